"""Locks in PostgreSQL that last as long as the transaction.

Order, so that no two can wait for each other: the subject first, then rows, the audit trail last.
"""

from uuid import UUID

from django.db import connection

from reports.snapshots import Person


def lock_subject(*people: Person) -> None:
    """Serialise what is counted or merged per person: reports and strikes.

    Whoever needs several locks them in one call: in the same order everywhere.
    """
    numbers = sorted(
        {_number(identity) for one in people for identity in (one.participant, one.device)}
    )
    with connection.cursor() as cursor:
        # One after the other, as they stand in the array.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number",
            [numbers],
        )


def _number(identity: UUID) -> int:
    return int.from_bytes(identity.bytes[8:], signed=True)
