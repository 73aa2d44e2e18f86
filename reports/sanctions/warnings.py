"""Warnings: the ladder's first step for lines. They bar nobody, and count as strikes.

Whoever is warned reads it once on a live page, now or when they come back, and always in the
statement and on the page about them. `claim_untold` marks it before it is sent, so that of two
sockets one shows it; `put_back` is for what could not be sent after all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from reports.models import Policy, Sanction
from reports.rules import Rule
from reports.sanctions import ladder, statements
from reports.sanctions.ladder import Length
from reports.snapshots import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningToTell:
    """What the person is told; the addresses are relative to the site."""

    sanction: UUID
    rule: Rule
    statement_code: str
    statement_url: str
    appeal_url: str


def first_step(policy: Policy) -> Length:
    """Where a person's ladder begins under `policy`."""
    is_on_floor = policy.is_child_safety or policy.needs_two_to_dismiss or policy.floor is not None
    return ladder.first_step(policy.rule, severity=policy.severity, is_on_floor=is_on_floor)


def may_warn(policy: Policy) -> bool:
    """Whether a warning can be enough. A grave report under a lighter policy takes two people."""
    return first_step(policy) is Length.WARNING


def find_untold(people: Collection[Person]) -> set[Person]:
    """Those of `people` who have a warning that no page of theirs has shown, in one indexed
    query."""
    found = _untold(people).values_list("participant", "device")
    ids = {id_ for row in found for id_ in row}
    return {person for person in people if ids & {person.participant, person.device}}


def claim_untold(person: Person, now: datetime) -> list[WarningToTell]:
    """The warnings to show `person` now, oldest first; nobody else is given them.

    Of two callers one gets each.
    """
    rows = _untold([person]).select_related("policy", "statement").order_by("starts_at")
    return [
        WarningToTell(
            sanction=row.pk,
            rule=Rule(row.policy.rule),
            statement_code=row.statement.code,
            statement_url=statements.path(row.statement.code),
            appeal_url=statements.appeal_path(row.statement.code),
        )
        for row in rows
        if Sanction.objects.untold().filter(pk=row.pk).update(told_at=now)
    ]


def put_back(sanctions: Collection[UUID]) -> None:
    """These were claimed and not sent: they wait for the next page."""
    Sanction.objects.filter(pk__in=sanctions).update(told_at=None)


def _untold(people: Collection[Person]) -> QuerySet[Sanction]:
    return Sanction.objects.untold().filter(
        Q(participant__in=[person.participant for person in people])
        | Q(device__in=[person.device for person in people])
    )
