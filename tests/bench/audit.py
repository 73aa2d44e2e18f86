"""How fast the audit trail is verified, from ten thousand entries to a million.

`python -m tests.bench.audit` prints `verify_entries_per_s_<entries>` for each size but the
largest, and for that `verify_entries_per_s` with its `growth`: how many times the rate of the
smallest it is. What is measured is the command `verify_audit` on a trail with an anchor for every
thousand entries, the median of three walks. The baseline is the same rows copied out of PostgreSQL
and thrown away; `memory_mib` is the most that this process has held so far.
`BENCH_AUDIT_SIZES=1000,20000` is a short run.
"""

import json
import os
import resource
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from io import StringIO

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from reports.keys import anchor_private_key
from reports.trail import anchors
from reports.trail import rows as trail_rows
from reports.trail.anchor_stores import FileStore
from reports.trail.anchors import Anchor
from tests.bench.audit_entries import fill
from tests.bench.figures import publish
from tests.services import services

SIZES = [
    int(size) for size in os.environ.get("BENCH_AUDIT_SIZES", "10000,100000,1000000").split(",")
]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ANCHOR_EVERY = 1000
ROUNDS = 3


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    call_command("migrate", verbosity=0)
    publish_walks(SIZES)


def publish_walks(sizes: Sequence[int]) -> None:
    """Let the trail grow from size to size, and walk along it at each."""
    held, rates = _entries(), []
    for size in sizes:
        began_s = time.perf_counter()
        fill(size - held, NOW)
        filled_per_s = (size - held) / (time.perf_counter() - began_s)
        _anchor(held, size)
        held = size
        rates.append(statistics.median(_walk_per_s(size) for _ in range(ROUNDS)))
        is_largest = size == sizes[-1]
        publish(
            "verify_entries_per_s" if is_largest else f"verify_entries_per_s_{size}",
            rates[-1],
            "entries/s",
            baseline="PostgreSQL copies the same rows out",
            baseline_value=statistics.median(_copy_per_s(size) for _ in range(ROUNDS)),
            memory_mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            filled_per_s=round(filled_per_s),
            **({"entries": size, "growth": round(rates[-1] / rates[0], 2)} if is_largest else {}),
        )


def _entries() -> int:
    """Those that the migrations wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reports_auditentry")
        count: int = cursor.fetchone()[0]
    return count


def _anchor(held: int, size: int) -> None:
    store, key = FileStore(settings.AUDIT_ANCHOR_DIR), anchor_private_key(settings.AUDIT_ANCHOR_KEY)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence, hash FROM reports_auditentry"
            " WHERE sequence > %s AND sequence <= %s AND sequence %% %s = 0 ORDER BY sequence",
            [held, size, ANCHOR_EVERY],
        )
        for sequence, own_hash in cursor.fetchall():
            anchor = Anchor(sequence=sequence, hash=own_hash, at=NOW.isoformat())
            store.append(anchors.sign(anchor, store.last(), key))


def _walk_per_s(size: int) -> float:
    said = StringIO()
    call_command("verify_audit", json=True, stdout=said)
    found = json.loads(said.getvalue())
    assert found["is_intact"]
    assert found["entries"] == size
    assert found["anchors"] == size // ANCHOR_EVERY
    return size / float(found["took_s"])


def _copy_per_s(size: int) -> float:
    began_s = time.perf_counter()
    with connection.cursor() as cursor:
        assert sum(1 for _line in trail_rows.copy_out(cursor, 1, size)) == size
    return size / (time.perf_counter() - began_s)


if __name__ == "__main__":
    main()
