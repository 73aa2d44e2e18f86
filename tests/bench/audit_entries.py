"""A long audit trail in little time: valid, chained entries, copied straight into the table.

They are what `reports.trail.audit` would have written, made without an object each; whoever
verifies them can't tell. For benches that need a trail of a year.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection, transaction

from reports.trail.chain import GENESIS_HASH

_COPY = """
COPY reports_auditentry (sequence, actor, actor_name, verb, object_type, object_id, payload,
    payload_digest, previous_hash, hash, at) FROM STDIN
"""
_HEAD = "SELECT sequence, hash FROM reports_auditentry ORDER BY sequence DESC LIMIT 1"
_ACTS = (
    ("report.opened", "report", False),
    ("finding.recorded", "machinefinding", False),
    ("report.claimed", "report", True),
    ("report.lines_served", "report", True),
    ("evidence.opened", "evidence", True),
    ("evidence.served", "evidence", True),
    ("report.confirmed", "report", True),
    ("sanction.confirmed", "sanction", True),
)
_STAFF = 20
_WRITE_ROWS = 2000


def fill(count: int, newest_at: datetime) -> None:
    """Add `count` entries behind the trail's head, a second apart, the last one at `newest_at`.

    In one transaction, by the application's role; nobody else may write the trail meanwhile. Some
    20 µs and 600 bytes each. Needs Django to be set up, and imports no models.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(_HEAD)
        sequence, previous_hash = cursor.fetchone() or (0, GENESIS_HASH)
        with cursor.copy(_COPY) as copy:
            lines: list[str] = []
            for ago_s in range(count - 1, -1, -1):
                sequence += 1
                at = newest_at - timedelta(seconds=ago_s)
                line, previous_hash = _line(sequence, previous_hash, at)
                lines.append(line)
                if len(lines) == _WRITE_ROWS:
                    copy.write("".join(lines))
                    lines.clear()
            copy.write("".join(lines))


def _line(sequence: int, previous_hash: str, at: datetime) -> tuple[str, str]:
    verb, object_type, is_by_staff = _ACTS[sequence % len(_ACTS)]
    number = sequence % _STAFF + 1
    name, actor = (f"mod{number}", str(number)) if is_by_staff else ("", "null")
    object_id = f"00000000-0000-4000-8000-{sequence // len(_ACTS):012d}"
    payload = f'{{"conversation":"{object_id}","queue":"standard","version":{sequence % 7}}}'
    payload_digest = sha256(payload.encode()).hexdigest()
    told = at.isoformat(timespec="microseconds")
    text = (
        f'{{"actor":{actor},"actor_name":"{name}","at":"{told}","object_id":"{object_id}",'
        f'"object_type":"{object_type}","payload_digest":"{payload_digest}",'
        f'"previous_hash":"{previous_hash}","sequence":{sequence},"verb":"{verb}"}}'
    )
    own_hash = sha256(text.encode()).hexdigest()
    columns = (
        str(sequence),
        actor if is_by_staff else "\\N",
        *(name, verb, object_type, object_id, payload),
        *(payload_digest, previous_hash, own_hash, told),
    )
    return "\t".join(columns) + "\n", own_hash
