"""The audit trail as JSON lines: for auditors, checkable without us, and itself on the record.

One entry per line, oldest first, `payload` as the text that its digest is over. The last line is
no entry: `{"export": {"entries", "head", "sha256"}}`, the digest over every byte before it, so
that a file cut short shows.
"""

import json
from collections.abc import Iterator
from hashlib import sha256

from django.contrib.auth.models import User
from django.db import connection

from reports.trail import audit
from reports.trail import rows as trail_rows
from reports.trail.chain import GENESIS_HASH

BATCH_ROWS = 2000


def begin(*, acting_user: User | None) -> int:
    """Record the export; the last sequence that belongs to it. None: a command on the server."""
    last, _hash = audit.head()
    with audit.trail():
        audit.record(
            "audit.exported", target="trail:1", payload={"last": last}, acting_user=acting_user
        )
    return last


def chunks(last: int) -> Iterator[bytes]:
    """The file, some hundred kilobytes at a time; memory does not grow with the trail."""
    digest, head, entries = sha256(), GENESIS_HASH, 0
    for end in range(BATCH_ROWS, last + BATCH_ROWS, BATCH_ROWS):
        # Whatever is numbered below 1 was put in, and belongs into the file all the more.
        first = end - BATCH_ROWS + 1 if entries else trail_rows.LOWEST
        with connection.cursor() as cursor:
            rows = [
                trail_rows.as_json(trail_rows.parse(line))
                for line in trail_rows.copy_out(cursor, first, min(end, last))
            ]
        data = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
        digest.update(data)
        if rows:
            head, entries = str(rows[-1]["hash"]), entries + len(rows)
            yield data
    end_of_file = {"entries": entries, "head": head, "sha256": digest.hexdigest()}
    yield json.dumps({"export": end_of_file}).encode() + b"\n"
