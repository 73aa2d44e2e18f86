"""Alarms on staff who look without deciding, and on staff who lift unusually much (I18).

They say that somebody should ask, and decide nothing. A report that is skipped unseen is in no
number here: skipping is free. Looking at originals of report after report and deciding none is not.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q

from reports.models import Basis, Decision, DecisionKind, EvidenceView, Queue, Rendition, Sanction

PERIOD = timedelta(days=7)
TIME_TO_DECIDE = timedelta(hours=1)
"""Who looked a moment ago may still be deciding."""
SANCTIONS_LEAST = 10
"""A share of fewer says nothing."""
LOOKED_IN_VAIN_SHARE = 0.5
"""Of the reports whose originals somebody opened: to leave fewer than this undecided is work."""

_UPHOLDING = (DecisionKind.CONFIRMED, DecisionKind.SANCTIONED, DecisionKind.APPEAL_REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Reports of which an account opened originals, and those among them that it left."""

    account_id: int
    account: str
    opened: int
    undecided: int
    is_alarming: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifts:
    """Sanctions that an account lifted and upheld; `rate` is the share lifted, 0.0-1.0."""

    account_id: int
    account: str
    lifted: int
    upheld: int
    rate: float
    is_alarming: bool


def looks(queues: Collection[Queue], now: datetime) -> list[Looks]:
    """Who looked, in these queues, in the last days; the most undecided first."""
    answers = Decision.objects.filter(
        report=OuterRef("evidence__report"),
        decided_by=OuterRef("viewer"),
        at__gte=OuterRef("opened_at"),
    ).exclude(kind__in=(DecisionKind.CLAIMED, DecisionKind.SKIPPED))
    views = EvidenceView.objects.filter(
        rendition=Rendition.ORIGINAL,
        basis=Basis.CLAIM,
        # Opened, not served: whoever hangs up before the last byte has seen nearly all of it.
        opened_at__gte=now - PERIOD,
        opened_at__lt=now - TIME_TO_DECIDE,
        evidence__report__queue__in=queues,
    )
    found = (
        views.annotate(is_answered=Exists(answers))
        .order_by()
        .values_list("viewer", "viewer__username")
        .annotate(
            opened=Count("evidence__report", distinct=True),
            undecided=Count("evidence__report", distinct=True, filter=Q(is_answered=False)),
        )
        .order_by("-undecided", "viewer__username")
    )
    return [
        Looks(
            account_id=pk,
            account=name,
            opened=opened,
            undecided=undecided,
            is_alarming=undecided > settings.VIEWS_WITHOUT_DECISION_MAX
            and undecided > opened * LOOKED_IN_VAIN_SHARE,
        )
        for pk, name, opened, undecided in found
    ]


def lifts(queues: Collection[Queue], now: datetime) -> list[Lifts]:
    """Who lifted, in these queues, in the last days; the highest share first."""
    taken_back = Sanction.objects.filter(
        lifted_by__isnull=False, lifted_at__gte=now - PERIOD, queue__in=queues
    )
    upholding = Decision.objects.filter(
        kind__in=_UPHOLDING, sanction__isnull=False, at__gte=now - PERIOD, queue__in=queues
    )
    lifted = Counter(taken_back.order_by().values_list("lifted_by", flat=True))
    upheld = Counter(
        pk for pk, _ in upholding.order_by().values_list("decided_by", "sanction").distinct()
    )
    names = dict(
        User.objects.filter(pk__in=lifted.keys() | upheld.keys()).values_list("pk", "username")
    )
    found = [_lifts(pk, name, lifted, upheld) for pk, name in sorted(names.items())]
    return sorted(found, key=lambda one: one.rate, reverse=True)


def _lifts(pk: int, name: str, lifted: Counter[int], upheld: Counter[int]) -> Lifts:
    own = lifted[pk] + upheld[pk]
    rate = lifted[pk] / own
    others_lifted = lifted.total() - lifted[pk]
    others_rate = others_lifted / max(1, lifted.total() + upheld.total() - own)
    return Lifts(
        account_id=pk,
        account=name,
        lifted=lifted[pk],
        upheld=upheld[pk],
        rate=rate,
        is_alarming=own >= SANCTIONS_LEAST and rate > max(settings.LIFT_RATE_MAX, others_rate),
    )
