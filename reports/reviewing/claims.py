"""Who is at which report: claimed for a while, renewed, given back.

Errors of `reports.reviewing.handling` are raised as they are, `NotAllowedError` and
`Report.DoesNotExist` (also for what the account may not know of), too.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from reports.evidence_room import opt_outs
from reports.models import Decision, DecisionKind, Report, State
from reports.reviewing import appeals, handling
from reports.reviewing.narrowing import EVERYTHING, Chosen, narrow
from reports.reviewing.transitions import Act
from reports.roles import NotAllowedError, Right, has_right, require
from reports.trail import audit

CLAIMS_MAX = 20
"""Of one account at once. A script that claims report after report, and keeps each by its
heartbeat, would keep the whole queue from everybody else."""
SKIP_REST = timedelta(hours=1)
"""A report that somebody skipped is not offered to them again for so long."""


def claim_next(*, acting_user: User, now: datetime, within: Chosen = EVERYTHING) -> Report | None:
    """Claim the most urgent report nobody is at, or None. Two callers never get the same one.

    `within` is a filter of `reports.reviewing.narrowing`: only what fits is claimed.
    """
    require(acting_user, Right.REVIEW)
    waiting = Q(state=State.OPEN) | Q(state=State.CLAIMED, claimed_until__lte=now)
    if has_right(acting_user, Right.TAKE_ESCALATED):
        waiting |= Q(state=State.ESCALATED)
    own = Decision.objects.filter(report=OuterRef("pk"), decided_by=acting_user)
    rests = own.filter(kind=DecisionKind.SKIPPED, at__gt=now - SKIP_REST)
    reports = Report.objects.visible_to(acting_user).without_context()
    fitting = narrow(reports, within, acting_user, now)
    with audit.trail():
        report = (
            opt_outs.leave_out(fitting, acting_user)
            .filter(waiting)
            .exclude(Exists(rests))
            .exclude(~Q(outcome=""), Exists(appeals.open_against(OuterRef("pk"))))
            .exclude(~Q(outcome=""), Exists(own.filter(kind__in=appeals.DECIDING)))
            .exclude(Q(dismissal_proposed_by=acting_user, outcome=""))
            .order_by("-rank")
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if report is None:
            return None
        _claim(report, acting_user=acting_user, now=now)
    return report


def claim(report_id: UUID, *, version: int, acting_user: User, now: datetime) -> Report:
    """Claim this report, as it was at `version`. Raises `LostRaceError` naming who was faster."""
    require(acting_user, Right.REVIEW)
    with audit.trail():
        report = handling.locked(report_id, acting_user)
        handling.require_unchanged(report, version, acting_user=acting_user, now=now)
        if report.outcome and appeals.has_decided(report, acting_user):
            raise NotAllowedError("an appeal is decided by another account than the decision")
        _require_few_claims(report, acting_user, now)
        _claim(report, acting_user=acting_user, now=now)
    return report


def heartbeat(report_id: UUID, *, acting_user: User, now: datetime) -> datetime:
    """Renew the lease; returns its new end. Raises `LostRaceError` when it is somebody else's."""
    until = now + timedelta(seconds=settings.CLAIM_LEASE_S)
    renewed = (
        Report.objects.visible_to(acting_user)
        .filter(pk=report_id, state=State.CLAIMED, claimed_by=acting_user)
        .update(claimed_until=until)
    )
    if not renewed:
        report = Report.objects.visible_to(acting_user).get(pk=report_id)
        raise handling.LostRaceError(handling.winner(report, acting_user))
    return until


def skip(report_id: UUID, *, reason: str, acting_user: User, now: datetime) -> None:
    """Give a claimed report back, without penalty; skips show what is hard to judge."""
    with audit.trail():
        report = handling.locked(report_id, acting_user)
        handling.require_holder(report, acting_user)
        handling.move(report, Act.SKIP)
        handling.keep(report, DecisionKind.SKIPPED, reason=reason, acting_user=acting_user, now=now)


def _require_few_claims(report: Report, acting_user: User, now: datetime) -> None:
    # Locked: of many claims at once each counts those before it.
    User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
    held = Report.objects.filter(
        state=State.CLAIMED, claimed_by=acting_user, claimed_until__gt=now
    ).exclude(pk=report.pk)
    if held.count() >= CLAIMS_MAX:
        raise handling.TooManyClaimsError(
            f"you hold {CLAIMS_MAX} reports; decide some or give them back"
        )


def _claim(report: Report, *, acting_user: User, now: datetime) -> None:
    if report.state == State.ESCALATED:
        require(acting_user, Right.TAKE_ESCALATED)
    handling.move(report, Act.CLAIM)
    report.claimed_by = acting_user
    report.claimed_until = now + timedelta(seconds=settings.CLAIM_LEASE_S)
    handling.keep(report, DecisionKind.CLAIMED, reason="", acting_user=acting_user, now=now)
