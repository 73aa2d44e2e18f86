"""Drawing a quality sample: what can be drawn, under which policy, and the record of it.

Left out: what was drawn before, what was appealed (somebody looks a second time anyway), and what
is no longer there to see.

`NothingToDrawError` — nothing fits in that time; a longer one may help.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from reports.house_rules import policies
from reports.models import (
    Decision,
    DecisionKind,
    ItemKind,
    Opener,
    Outcome,
    QualityItem,
    QualitySample,
    Queue,
    Report,
    Sanction,
    State,
)
from reports.reviewing.sampling import Candidate, Stratum, draw
from reports.roles import Right, has_right, require
from reports.rules import Rule
from reports.trail import audit

SEALED = (Queue.CHILD_SAFETY, Queue.AGE_DOUBT)


class NothingToDrawError(Exception):
    """No report fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when to when what is drawn was decided."""

    since: datetime
    until: datetime


def draw_for_day(day: date, seed: str, *, size: int, span: Span, now: datetime) -> int:
    """The daily samples of `day`, each drawn once; returns how many were drawn now.

    One of what everybody who reviews may see, and one of what is sealed.
    """
    made = 0
    for queue in (Queue.STANDARD, Queue.CHILD_SAFETY):
        if QualitySample.objects.filter(day=day, queue=queue).exists():
            continue
        try:
            _draw(queue, span, seed, size=size, acting_user=None, day=day, now=now)
        except NothingToDrawError:
            continue
        made += 1
    return made


def draw_now(seed: str, *, days: int, size: int, acting_user: User, now: datetime) -> None:
    """Samples of the last `days`, of what the acting lead may see."""
    require(acting_user, Right.LEAD_QUALITY)
    queues = [Queue.STANDARD]
    if has_right(acting_user, Right.CHILD_SAFETY):
        queues.append(Queue.CHILD_SAFETY)
    span, made = Span(since=now - timedelta(days=days), until=now), 0
    for queue in queues:
        try:
            _draw(queue, span, seed, size=size, acting_user=acting_user, day=None, now=now)
        except NothingToDrawError:
            continue
        made += 1
    if not made:
        raise NothingToDrawError("nothing was decided in that time that was not drawn before")


def candidates(queue: Queue, span: Span) -> Iterator[Candidate]:
    """What can be drawn, each with its stratum."""
    queues = [Queue.STANDARD] if queue == Queue.STANDARD else list(SEALED)
    free = (
        Report.objects.filter(queue__in=queues, quality_items=None)
        .exclude(evidence__destroyed_at__isnull=False)
        .exclude(sanctions__statement__appeal__isnull=False)
    )
    decided = free.filter(state=State.CLOSED, closed_at__gte=span.since, closed_at__lt=span.until)
    yield from _confirmed(decided.filter(outcome=Outcome.CONFIRMED))
    yield from _dismissed(decided.filter(outcome=Outcome.DISMISSED))
    yield from _automatic(free.filter(outcome="", opened_by=Opener.MACHINE), span)


def _confirmed(reports: QuerySet[Report]) -> Iterator[Candidate]:
    newest = dict(
        Decision.objects.filter(report__in=reports, kind=DecisionKind.CONFIRMED)
        .order_by("at", "pk")
        .values_list("report", "policy__code")
    )
    for report, policy in newest.items():
        yield _candidate(report, policy, ItemKind.CONFIRMED)


def _dismissed(reports: QuerySet[Report]) -> Iterator[Candidate]:
    current = cache(policies.current)
    for report, rule, queue in reports.values_list("pk", "rule", "queue"):
        policy = current(Rule(rule), is_child_safety=queue != Queue.STANDARD)
        yield _candidate(report, policy.code, ItemKind.DISMISSED)


def _automatic(reports: QuerySet[Report], span: Span) -> Iterator[Candidate]:
    started = Q(starts_at__gte=span.since, starts_at__lt=span.until)
    newest = dict(
        Sanction.objects.filter(started, report__in=reports, decided_by=None, lifted_at=None)
        .order_by("starts_at")
        .values_list("report", "policy__code")
    )
    for report, policy in newest.items():
        if report is not None:
            yield _candidate(report, policy, ItemKind.AUTOMATIC)


def _candidate(report: UUID, policy: str | None, kind: ItemKind) -> Candidate:
    return Candidate(report=report, stratum=Stratum(policy=policy or "", kind=kind.value))


def _draw(
    queue: Queue,
    span: Span,
    seed: str,
    *,
    size: int,
    acting_user: User | None,
    day: date | None,
    now: datetime,
) -> None:
    with audit.trail():
        drawn = draw(candidates(queue, span), size=size, seed=seed)
        if not drawn:
            raise NothingToDrawError("nothing fits")
        sample = QualitySample.objects.create(
            queue=queue,
            seed=seed,
            size=size,
            since=span.since,
            until=span.until,
            day=day,
            drawn_at=now,
            drawn_by=acting_user,
        )
        reports = Report.objects.in_bulk([one.report for one in drawn])
        QualityItem.objects.bulk_create(
            _item(sample, place, one, reports[one.report]) for place, one in enumerate(drawn)
        )
        audit.record(
            "quality.drawn",
            target=sample,
            payload={
                "seed": seed,
                "size": size,
                "queue": queue.value,
                "since": span.since.isoformat(),
                "until": span.until.isoformat(),
                "items": len(drawn),
            },
            acting_user=acting_user,
            now=now,
        )


def _item(sample: QualitySample, place: int, drawn: Candidate, report: Report) -> QualityItem:
    return QualityItem(
        sample=sample,
        report=report,
        place=place,
        kind=drawn.stratum.kind,
        policy=drawn.stratum.policy,
        first_by=report.closed_by if report.outcome else None,
        lines_count=len(report.snapshot["lines"]),
        evidence_count=report.evidence.count(),
    )
