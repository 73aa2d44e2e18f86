"""What a member of the staff has before them: the report in hand, else the next; who reported it.

Whoever holds a claim goes on with it: nobody piles up reports that others could be looking at.
Errors of `reports.reviewing.review` and `reports.incoming.reporters` are raised as they are.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User

from reports.incoming import reporters
from reports.locks import lock_subject
from reports.models import DecisionKind, MeasureKind, Report, Reporter, ReporterMeasure, State
from reports.reviewing import claims, review
from reports.reviewing.narrowing import EVERYTHING, Chosen
from reports.roles import Right, require
from reports.snapshot_json import decode
from reports.trail import audit

FIRST_MUTE = timedelta(days=1)
"""What is offered beside a report; longer ones are on the reporter's page, with their record."""


def in_hand(*, acting_user: User, now: datetime) -> Report | None:
    """The most urgent report whose claim the account holds at `now`, or None."""
    return (
        Report.objects.visible_to(acting_user)
        .filter(state=State.CLAIMED, claimed_by=acting_user, claimed_until__gt=now)
        .order_by("-rank")
        .first()
    )


def next_report(*, acting_user: User, now: datetime, within: Chosen = EVERYTHING) -> Report | None:
    """The report in hand, else the most urgent one within the filter, claimed; None when nothing
    of it waits. What is in hand comes first also when it does not fit."""
    require(acting_user, Right.REVIEW)
    return in_hand(acting_user=acting_user, now=now) or claims.claim_next(
        acting_user=acting_user, now=now, within=within
    )


def measure_reporter(
    reporter_id: int,
    kind: MeasureKind,
    *,
    version: int,
    reason: str,
    acting_user: User,
    now: datetime,
) -> ReporterMeasure:
    """Warn, mute for a day or set aside who made a report that is in hand, as it was at `version`.

    The same form sent again is refused: the report's version has risen. Raises
    `Reporter.DoesNotExist`.
    """
    require(acting_user, Right.MANAGE_REPORTERS)
    with audit.trail():
        found = Reporter.objects.visible_to(acting_user).get(pk=reporter_id)
        # All at once: setting aside locks the subjects of whatever else they reported.
        reported = Reporter.objects.filter(device=found.device, report__outcome="")
        subjects = reported.values_list("report__snapshot", flat=True)
        lock_subject(*(decode(snapshot).subject for snapshot in subjects))
        review.add_act(
            found.report_id,
            version=version,
            kind=DecisionKind.REPORTER_MEASURED,
            policy=None,
            reason=reason,
            acting_user=acting_user,
            now=now,
        )
        return _MEASURES[kind](found.device, reason, acting_user, now)


def _warn(device: UUID, reason: str, user: User, now: datetime) -> ReporterMeasure:
    return reporters.warn(device, reason=reason, acting_user=user, now=now)


def _mute(device: UUID, reason: str, user: User, now: datetime) -> ReporterMeasure:
    return reporters.mute(device, time=FIRST_MUTE, reason=reason, acting_user=user, now=now)


def _invalidate(device: UUID, reason: str, user: User, now: datetime) -> ReporterMeasure:
    return reporters.invalidate(device, reason=reason, acting_user=user, now=now)


_MEASURES: Mapping[MeasureKind, Callable[[UUID, str, User, datetime], ReporterMeasure]] = {
    MeasureKind.WARNED: _warn,
    MeasureKind.MUTED: _mute,
    MeasureKind.INVALIDATED: _invalidate,
}
