"""What leads do about people who report falsely: warn, mute, set aside what is undecided.

Nothing here hides a report: it is kept, and a person decides it, but a voice that was set aside
raises no priority. Everything can be taken back, and then counts again (DSA Art. 23: case by case,
after a warning, for a limited time).

    ReporterError            a retry does not help
    ├── UnwarnedError        so long a mute, or a second one, needs a warning first, and another
    │                        false report since
    ├── MuteLengthError      no mute lasts so long
    ├── NothingToDoError     there is nothing that the measure would change
    └── AlreadyLiftedError   somebody took it back before

`NotAllowedError` is raised as it is.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from reports.house_rules.priority import JUDGED_MINIMUM, UNRELIABLE_SHARE
from reports.incoming import intake, reliability
from reports.locks import lock_subject
from reports.models import (
    MeasureKind,
    Outcome,
    Report,
    Reporter,
    ReporterMeasure,
    State,
)
from reports.roles import Right, require
from reports.snapshot_json import decode
from reports.trail import audit

UNWARNED_MAX = timedelta(days=1)
"""A mute without a warning: long enough to end a wave, too short to be the suspension itself."""
MUTE_MAX = timedelta(days=90)
LOOKED_AT = timedelta(days=90)
"""Whose reports of this time were mostly wrong is brought to a lead's eyes."""
BROUGHT_UP = 20


class ReporterError(Exception):
    """The measure is not possible as asked."""


class UnwarnedError(ReporterError):
    """The person has to know first, and to go on."""


class MuteLengthError(ReporterError):
    """A mute has an end, and not a distant one."""


class NothingToDoError(ReporterError):
    """No undecided report of theirs counts."""


class AlreadyLiftedError(ReporterError):
    """The measure was taken back."""


def warn(device: UUID, *, reason: str, acting_user: User, now: datetime) -> ReporterMeasure:
    """Tell whoever reports from `device`, where they report, that false reports have an end."""
    require(acting_user, Right.MANAGE_REPORTERS)
    with audit.trail():
        return _measure(device, MeasureKind.WARNED, reason, acting_user=acting_user, now=now)


def mute(
    device: UUID, *, time: timedelta, reason: str, acting_user: User, now: datetime
) -> ReporterMeasure:
    """What `device` reports from now on counts for nothing until `time` is over."""
    require(acting_user, Right.MANAGE_REPORTERS)
    if not timedelta() < time <= MUTE_MAX:
        raise MuteLengthError(f"a mute lasts at most {MUTE_MAX.days} days")
    is_more = time > UNWARNED_MAX or _was_muted(device, now)
    if is_more and not has_gone_on(device, acting_user):
        raise UnwarnedError(
            "a mute of more than a day, or another one, needs a warning and a false report since"
        )
    with audit.trail():
        return _measure(
            device, MeasureKind.MUTED, reason, until=now + time, acting_user=acting_user, now=now
        )


def invalidate(device: UUID, *, reason: str, acting_user: User, now: datetime) -> ReporterMeasure:
    """Set aside the voice of `device` in every undecided report that the account may see."""
    require(acting_user, Right.MANAGE_REPORTERS)
    with audit.trail():
        rows = _undecided(device, acting_user).exclude(
            set_aside_by__kind=MeasureKind.INVALIDATED, set_aside_by__lifted_at=None
        )
        reports = _locked(rows)
        if not reports:
            raise NothingToDoError("none of their undecided reports counts")
        measure = _measure(
            device, MeasureKind.INVALIDATED, reason, acting_user=acting_user, now=now
        )
        Reporter.objects.filter(device=device, report__in=reports).update(set_aside_by=measure)
        _count_again(reports, measure, "reporter.set_aside", acting_user=acting_user, now=now)
    return measure


def lift(measure_id: int, *, reason: str, acting_user: User, now: datetime) -> ReporterMeasure:
    """Take a measure back: what it set aside and is undecided counts again.

    Raises `ReporterMeasure.DoesNotExist`.
    """
    require(acting_user, Right.MANAGE_REPORTERS)
    with audit.trail():
        rows = Reporter.objects.filter(set_aside_by=measure_id, report__outcome="")
        reports = _locked(rows)
        measure = ReporterMeasure.objects.select_for_update().get(pk=measure_id)
        if measure.lifted_at is not None:
            raise AlreadyLiftedError("this measure was taken back already")
        measure.lifted_at, measure.lifted_by = now, acting_user
        measure.lift_reason = reason
        measure.save()
        for row in Reporter.objects.filter(set_aside_by=measure, report__in=reports):
            row.set_aside_by = reliability.mute_at(row.device, row.at)
            row.save(update_fields=["set_aside_by"])
        audit.record(
            "reporter.measure_lifted",
            target=measure,
            payload={"kind": str(measure.kind), "device": str(measure.device)},
            acting_user=acting_user,
            now=now,
        )
        _count_again(reports, measure, "reporter.counts_again", acting_user=acting_user, now=now)
    return measure


def measures(user: User) -> QuerySet[ReporterMeasure]:
    """The measures about devices of which `user` knows a report: others would tell of a sealed one
    (I11)."""
    known = Reporter.objects.visible_to(user).filter(device=OuterRef("device"))
    return ReporterMeasure.objects.filter(Exists(known))


def discreet_accounts() -> set[int]:
    """The accounts whose reasons may speak of what is sealed."""
    permitted = User.objects.filter(groups__permissions__codename=Right.CHILD_SAFETY.value)
    return set(permitted.values_list("pk", flat=True))


def has_gone_on(device: UUID, user: User) -> bool:
    """Whether a report that `device` made after a standing warning, and that `user` may know of,
    was dismissed."""
    warned = ReporterMeasure.objects.filter(
        device=device, kind=MeasureKind.WARNED, lifted_at=None
    ).order_by("at")
    first = warned.first()
    return (
        first is not None
        and Reporter.objects.visible_to(user)
        .filter(device=device, at__gt=first.at, report__outcome=Outcome.DISMISSED)
        .exists()
    )


def often_wrong(user: User, now: datetime) -> list[UUID]:
    """The devices whose reports of late were mostly dismissed, the worst first.

    From what the account may see; never more than BROUGHT_UP.
    """
    judged = Count("report", filter=~Q(report__outcome=""), distinct=True)
    upheld = Count("report", filter=Q(report__outcome=Outcome.CONFIRMED), distinct=True)
    found = (
        Reporter.objects.visible_to(user)
        .filter(at__gt=now - LOOKED_AT)
        .order_by()
        .values("device")
        .annotate(judged=judged, upheld=upheld)
        .filter(judged__gt=JUDGED_MINIMUM, upheld__lte=UNRELIABLE_SHARE * judged)
        .order_by("-judged", "device")
    )
    return [row["device"] for row in found[:BROUGHT_UP]]


def _was_muted(device: UUID, now: datetime) -> bool:
    """Days without a warning, one after the other, would be the suspension itself."""
    mutes = ReporterMeasure.objects.filter(device=device, kind=MeasureKind.MUTED, lifted_at=None)
    return mutes.filter(at__gt=now - LOOKED_AT).exists()


def _measure(
    device: UUID,
    kind: MeasureKind,
    reason: str,
    *,
    acting_user: User,
    now: datetime,
    until: datetime | None = None,
) -> ReporterMeasure:
    measure = ReporterMeasure.objects.create(
        device=device, kind=kind, reason=reason, by=acting_user, at=now, until=until
    )
    audit.record(
        f"reporter.{kind.value}",
        target=measure,
        payload={"device": str(device), "until": until.isoformat() if until else None},
        acting_user=acting_user,
        now=now,
    )
    return measure


def _undecided(device: UUID, user: User) -> QuerySet[Reporter]:
    rows = Reporter.objects.visible_to(user).filter(device=device, report__outcome="")
    return rows.exclude(report__state=State.CLOSED)


def _locked(rows: QuerySet[Reporter]) -> list[Report]:
    """The undecided reports of `rows`, locked: all their subjects first, then the reports.

    `rows` is asked again once the locks are held: of two at once the second finds nothing to do.
    """
    found = list(Report.objects.filter(pk__in=rows.values("report")))
    lock_subject(*(decode(report.snapshot).subject for report in found))
    return list(
        Report.objects.select_for_update()
        .filter(pk__in=[report.pk for report in found], outcome="")
        .filter(pk__in=rows.values("report"))
        .order_by("pk")
    )


def _count_again(
    reports: Iterable[Report],
    measure: ReporterMeasure,
    verb: str,
    *,
    acting_user: User,
    now: datetime,
) -> None:
    for report in reports:
        before = report.priority
        intake.reprioritise(report, now)
        audit.record(
            verb,
            target=report,
            payload={
                "measure": str(measure.public_id),
                "priority_before": round(before, 1),
                "priority": round(report.priority, 1),
            },
            acting_user=acting_user,
            now=now,
        )
