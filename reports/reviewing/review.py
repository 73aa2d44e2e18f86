"""How staff decide about a report: escalate, confirm, dismiss.

Errors of `reports.reviewing.handling` are raised as they are, and so are
`NotAllowedError`, `Report.DoesNotExist` (also for what the account may not know of),
`enforcement.LengthError` and `enforcement.TwoPeopleNeededError`.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import User

from reports.models import (
    DecisionKind,
    Outcome,
    Policy,
    Queue,
    Report,
    Sanction,
    State,
)
from reports.reviewing import appeals, handling
from reports.reviewing.gravity import leaves_it_out
from reports.reviewing.transitions import Act
from reports.roles import NotAllowedError, Right, has_right, require
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from reports.snapshot_json import decode
from reports.trail import audit


class Effect(StrEnum):
    """DONE, or PROPOSED where a second person has to agree."""

    DONE = "done"
    PROPOSED = "proposed"


def escalate(
    report_id: UUID,
    *,
    version: int,
    reason: str,
    acting_user: User,
    now: datetime,
    to_child_safety: bool = False,
) -> None:
    """Hand a report on to leads, or to the child-safety team, which seals it."""
    with audit.trail():
        report = _judged(report_id, version=version, acting_user=acting_user, now=now)
        handling.move(report, Act.ESCALATE)
        if to_child_safety:
            _seal(report)
        handling.keep(
            report, DecisionKind.ESCALATED, reason=reason, acting_user=acting_user, now=now
        )


def confirm(
    report_id: UUID,
    *,
    version: int,
    policy: Policy,
    length: Length,
    reason: str,
    acting_user: User,
    now: datetime,
) -> Effect:
    """The rule was broken: strikes count, and `length` says what follows for the subject.

    A policy lighter than what a report on the safety floor is about is only proposed by the first
    person, and nothing changes before a second one agrees that the grave thing was not there.
    """
    require(acting_user, Right.DECIDE)
    if policy.is_child_safety:
        require(acting_user, Right.CHILD_SAFETY)
    with audit.trail():
        report = _judged(report_id, version=version, acting_user=acting_user, now=now)
        _require_undecided(report, acting_user)
        if leaves_it_out(report, policy) and _is_first_of_two(report, acting_user):
            lighter = DecisionKind.LIGHTER_PROPOSED
            _propose(report, lighter, reason, acting_user=acting_user, now=now, policy=policy)
            return Effect.PROPOSED
        if policy.is_child_safety:
            _seal(report)
        sanction = _confirm_sanctions(
            report, policy=policy, length=length, reason=reason, acting_user=acting_user, now=now
        )
        _close(report, Outcome.CONFIRMED, acting_user=acting_user, now=now)
        handling.keep(
            report,
            DecisionKind.CONFIRMED,
            reason=reason,
            acting_user=acting_user,
            now=now,
            policy=policy,
            sanction=sanction,
        )
    return Effect.DONE


def dismiss(
    report_id: UUID, *, version: int, reason: str, acting_user: User, now: datetime
) -> Effect:
    """No rule was broken: what it led to is lifted at once and its strikes are void.

    On the safety floor (child safety, threat to life) the first person only proposes it: nothing
    is lifted before a second one agrees. Who doesn't decide reports only ever proposes.
    """
    may_close = has_right(acting_user, Right.DECIDE)
    with audit.trail():
        report = _judged(report_id, version=version, acting_user=acting_user, now=now)
        _require_undecided(report, acting_user)
        takes_two = report.is_safety_floor or not may_close
        if takes_two and _is_first_of_two(report, acting_user):
            kind = DecisionKind.DISMISSAL_PROPOSED
            _propose(report, kind, reason, acting_user=acting_user, now=now)
            return Effect.PROPOSED
        if takes_two and not may_close:
            raise enforcement.TwoPeopleNeededError("a second person has to dismiss this report")
        for sanction in _sanctions(report):
            enforcement.withdraw(sanction, acting_user=acting_user, now=now)
            appeals.grant_by_dismissal(sanction, reason=reason, acting_user=acting_user, now=now)
        _close(report, Outcome.DISMISSED, acting_user=acting_user, now=now)
        handling.keep(
            report, DecisionKind.DISMISSED, reason=reason, acting_user=acting_user, now=now
        )
    return Effect.DONE


def undo(report: Report, *, reason: str, acting_user: User, now: datetime) -> None:
    """A locked report is undecided again; what had followed is the caller's to restore."""
    with audit.trail():
        handling.move(report, Act.REOPEN)
        report.outcome = ""
        report.closed_by, report.closed_at = None, None
        handling.keep(report, DecisionKind.UNDONE, reason=reason, acting_user=acting_user, now=now)


def add_act(
    report_id: UUID,
    *,
    version: int,
    kind: DecisionKind,
    policy: Policy | None,
    reason: str,
    acting_user: User,
    now: datetime,
) -> Report:
    """Keep a further act on a report that stays in hand; its version rises, so that the same form
    sent again is refused."""
    with audit.trail():
        report = _judged(report_id, version=version, acting_user=acting_user, now=now)
        handling.require_holder(report, acting_user)
        _require_undecided(report, acting_user)
        handling.keep(report, kind, reason=reason, acting_user=acting_user, now=now, policy=policy)
    return report


def _is_first_of_two(report: Report, acting_user: User) -> bool:
    """Whether nobody has proposed yet to close it without what is grave in it. Raises
    `TwoPeopleNeededError` for who did."""
    if report.dismissal_proposed_by_id == acting_user.pk:
        raise enforcement.TwoPeopleNeededError("a second person has to agree to what you proposed")
    return report.dismissal_proposed_by_id is None


def _propose(
    report: Report,
    kind: DecisionKind,
    reason: str,
    *,
    acting_user: User,
    now: datetime,
    policy: Policy | None = None,
) -> None:
    """Give the report back for a second person; the first one is not offered it again."""
    report.dismissal_proposed_by = acting_user
    report.state = State.OPEN
    handling.keep(report, kind, reason=reason, acting_user=acting_user, now=now, policy=policy)


def _confirm_sanctions(
    report: Report,
    *,
    policy: Policy,
    length: Length,
    reason: str,
    acting_user: User,
    now: datetime,
) -> Sanction | None:
    """Every sanction's strike counts; the newest one takes the length, or a new one is made."""
    standing = [sanction for sanction in _sanctions(report) if sanction.lifted_at is None]
    for earlier in standing[:-1]:
        kept = Length.AS_IS if earlier.until is not None else length
        enforcement.confirm(earlier, policy=policy, length=kept, acting_user=acting_user, now=now)
    if standing:
        enforcement.confirm(
            standing[-1], policy=policy, length=length, acting_user=acting_user, now=now
        )
        return standing[-1]
    if length in (Length.NONE, Length.AS_IS):
        return None
    return enforcement.impose(
        person=decode(report.snapshot).subject,
        policy=policy,
        length=length,
        reason=reason,
        report=report,
        acting_user=acting_user,
        now=now,
    )


def _sanctions(report: Report) -> list[Sanction]:
    return [enforcement.lock(sanction) for sanction in report.sanctions.order_by("starts_at")]


def _judged(report_id: UUID, *, version: int, acting_user: User, now: datetime) -> Report:
    """The locked report, if this account may decide on it as it was at `version`."""
    require(acting_user, Right.REVIEW)
    report = handling.locked(report_id, acting_user)
    handling.require_unchanged(report, version, acting_user=acting_user, now=now)
    if report.state == State.ESCALATED:
        require(acting_user, Right.TAKE_ESCALATED)
    return report


def _close(report: Report, outcome: Outcome, *, acting_user: User, now: datetime) -> None:
    handling.move(report, Act.CLOSE)
    report.outcome = outcome
    report.closed_by, report.closed_at = acting_user, now
    if outcome is Outcome.CONFIRMED:
        report.dismissal_proposed_by = None


def _seal(report: Report) -> None:
    """Move a report to the child-safety team, with all that hangs on it."""
    if report.queue != Queue.STANDARD:
        return
    report.queue = Queue.CHILD_SAFETY
    report.is_safety_floor = True
    # Whoever proposed to dismiss it spoke of what it was before.
    report.dismissal_proposed_by = None
    report.sanctions.update(queue=Queue.CHILD_SAFETY)
    report.decisions.update(queue=Queue.CHILD_SAFETY)
    report.notices.update(queue=Queue.CHILD_SAFETY)


def _require_undecided(report: Report, acting_user: User) -> None:
    if report.state == State.CLOSED:
        raise handling.StateError("this report is closed")
    if not report.outcome:
        return
    if appeals.open_against(report).exists():
        raise handling.AppealOpenError("this report came back for its appeal; decide the appeal")
    # Also without a claim: the form can be sent by who was never shown it.
    if appeals.has_decided(report, acting_user):
        raise NotAllowedError("a report that came back is decided by another account than before")
