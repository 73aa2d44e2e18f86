"""Which reports may be decided together, and which of them belong to the same wave.

Only ordinary ones that nobody has decided: nothing sealed, nothing on the safety floor, nothing
escalated, nothing in somebody else's hands.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from reports.models import Queue, Report, State

NETWORKS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Fitting reports whose subjects share a neighbourhood; `key` is the keyed prefix."""

    key: str
    reports: int


def fitting(user: User, now: datetime) -> QuerySet[Report]:
    """The reports that the account may decide together."""
    free = Q(state=State.OPEN) | Q(state=State.CLAIMED, claimed_until__lte=now)
    return (
        Report.objects.visible_to(user)
        .filter(free | Q(state=State.CLAIMED, claimed_by=user))
        .filter(queue=Queue.STANDARD, is_safety_floor=False, outcome="")
    )


def alike(report: Report, user: User, now: datetime) -> QuerySet[Report]:
    """The fitting reports under the same rule whose subject said a line of this one's."""
    found = fitting(user, now).filter(rule=report.rule)
    return found.filter(Q(line_keys__overlap=report.line_keys) | Q(pk=report.pk))


def of_network(key: str, user: User, now: datetime) -> QuerySet[Report]:
    """The fitting reports whose subject came from this neighbourhood; none for an unknown one."""
    found = fitting(user, now)
    return found.filter(subject_prefix=key) if key else found.none()


def networks(user: User, now: datetime) -> list[Network]:
    """The neighbourhoods that most fitting reports are about, two reports at least."""
    counted = (
        fitting(user, now)
        .exclude(subject_prefix="")
        .order_by()
        .values("subject_prefix")
        .annotate(number=Count("pk"))
        .filter(number__gte=2)
        .order_by("-number", "subject_prefix")
    )
    return [
        Network(key=row["subject_prefix"], reports=row["number"])
        for row in counted[:NETWORKS_SHOWN]
    ]
