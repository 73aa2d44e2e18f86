"""A trail to look at, somebody with every right to spoil it, and what the command says then."""

import hashlib
from io import StringIO

import psycopg
from django.core.management import CommandError, call_command

from reports.models import AuditEntry
from reports.trail import audit
from reports.trail.chain import GENESIS_HASH
from tests.report_cases import NOW

Superuser = psycopg.Connection[tuple[object, ...]]


def write(count: int, *, start: int = 0) -> None:
    """So many acts, each in a transaction of its own."""
    for number in range(start, start + count):
        with audit.trail():
            audit.record(
                "test.done",
                target=f"thing:{number}",
                payload={"number": number, "word": "भाषा"},
                acting_user=None,
                now=NOW,
            )


def verify(**options: object) -> tuple[int, str]:
    """Exit code and all output of the command."""
    out = StringIO()
    try:
        call_command("verify_audit", stdout=out, stderr=out, **options)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def rehash(superuser: Superuser) -> None:
    """Make the whole chain consistent again, as somebody with every right would."""
    previous = GENESIS_HASH
    for entry in AuditEntry.objects.order_by("sequence"):
        entry.previous_hash = previous
        entry.payload_digest = hashlib.sha256(entry.payload.encode()).hexdigest()
        previous = audit.entry_hash(entry)
        superuser.execute(
            "UPDATE reports_auditentry SET previous_hash = %s, hash = %s, payload_digest = %s"
            " WHERE sequence = %s",
            [entry.previous_hash, previous, entry.payload_digest, entry.sequence],
        )
