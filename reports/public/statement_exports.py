"""Statements of reasons for the EU's Transparency Database: rows as its API takes them.

At most 100 at once, in the order of issue, without personal data: what a row holds is built from
fixed words, codes and dates (`reports.sanctions.statements.dsa_fields`). Warnings restrict nothing
and are none of them. Handing them in is left to
the operator: the database takes a `puid` once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User

from reports.measures.scope import countable_queues
from reports.models import Statement
from reports.roles import Right, require
from reports.trail import audit

ROWS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows, and the `puid` to go on after; None when there are no more."""

    statements: tuple[dict[str, Any], ...]
    next_after: str | None


def export(after: UUID | None, *, acting_user: User, now: datetime) -> Batch:
    """The next rows after the one whose `puid` is `after`, None from the first on. Sealed ones only
    for the child-safety role. Raises `NotAllowedError`, and `Statement.DoesNotExist` also for what
    the account may not know of.

    Never by number: what is missing between two numbers would tell of what is sealed (I11).
    """
    require(acting_user, Right.EXPORT_STATEMENTS)
    known = Statement.objects.filter(sanction__queue__in=countable_queues(acting_user)).exclude(
        # Whoever judges a report blind finds nothing of what came of it here, either.
        sanction__report__quality_items__held_by=acting_user
    )
    found = known.exclude(dsa={}).order_by("pk")
    if after is not None:
        found = found.filter(pk__gt=known.get(sanction=after).pk)
    rows = list(found.values_list("sanction", "dsa")[: ROWS_MAX + 1])
    batch = rows[:ROWS_MAX]
    last = batch[-1][0] if batch else after
    with audit.trail():
        audit.record(
            "statements.exported",
            target="statements:dsa",
            payload={
                "after": None if after is None else after.hex,
                "last": None if last is None else last.hex,
                "count": len(batch),
            },
            acting_user=acting_user,
            now=now,
        )
    return Batch(
        statements=tuple(fields for _pk, fields in batch),
        next_after=last.hex if last is not None and len(rows) > ROWS_MAX else None,
    )
