"""How staff work off the queue: claim, skip, escalate, confirm, dismiss.

    ReviewError              a retry does not help, looking again may
    ├── LostRaceError        somebody (or something) was faster; `winner` says who
    ├── StateError           the report's state does not allow it
    ├── AppealOpenError      the appeal is to be decided, by somebody else
    └── TooManyClaimsError   decide some, or give them back

`NotAllowedError`, `Report.DoesNotExist` (also for what the account may not know of),
`enforcement.LengthError` and `enforcement.TwoPeopleNeededError` are raised as they are.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from reports.evidence_room import exposure, opt_outs
from reports.ids import DeviceId, ParticipantId
from reports.locks import lock_subject
from reports.models import (
    Decision,
    DecisionKind,
    Outcome,
    Policy,
    Queue,
    Report,
    Sanction,
    State,
)
from reports.reviewing import appeals
from reports.reviewing.gravity import leaves_it_out
from reports.reviewing.narrowing import EVERYTHING, Chosen, narrow
from reports.reviewing.transitions import Act, NoTransitionError, transition
from reports.roles import NotAllowedError, Right, has_right, require
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from reports.snapshot_json import decode
from reports.snapshots import Person
from reports.trail import audit

CLAIMS_MAX = 20
"""Of one account at once. A script that claims report after report, and keeps each by its
heartbeat, would keep the whole queue from everybody else."""
SKIP_REST = timedelta(hours=1)
"""A report that somebody skipped is not offered to them again for so long."""


class ReviewError(Exception):
    """The act is not possible as asked."""


class LostRaceError(ReviewError):
    """The report is no longer as it was shown. `winner` is an account's name, "" for none."""

    def __init__(self, winner: str) -> None:
        super().__init__(
            f"{winner} was faster" if winner else "the report has changed since; look again"
        )
        self.winner = winner


class StateError(ReviewError):
    """The transition table has no way from here."""


class AppealOpenError(ReviewError):
    """A decided report came back for its appeal: decide that instead."""


class TooManyClaimsError(ReviewError):
    """Nobody keeps the queue from the others."""


class Effect(StrEnum):
    """DONE, or PROPOSED where a second person has to agree."""

    DONE = "done"
    PROPOSED = "proposed"


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
        report = _locked(report_id, acting_user)
        if _is_held_by_another(report, acting_user, now) or report.version != version:
            raise LostRaceError(_winner(report, acting_user))
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
        raise LostRaceError(_winner(report, acting_user))
    return until


def skip(report_id: UUID, *, reason: str, acting_user: User, now: datetime) -> None:
    """Give a claimed report back, without penalty; skips show what is hard to judge."""
    with audit.trail():
        report = _locked(report_id, acting_user)
        _require_holder(report, acting_user, now)
        _move(report, Act.SKIP)
        _keep(report, DecisionKind.SKIPPED, reason=reason, acting_user=acting_user, now=now)


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
        _move(report, Act.ESCALATE)
        if to_child_safety:
            _seal(report)
        _keep(report, DecisionKind.ESCALATED, reason=reason, acting_user=acting_user, now=now)


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
        _keep(
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
        _keep(report, DecisionKind.DISMISSED, reason=reason, acting_user=acting_user, now=now)
    return Effect.DONE


def undo(report: Report, *, reason: str, acting_user: User, now: datetime) -> None:
    """A locked report is undecided again; what had followed is the caller's to restore."""
    with audit.trail():
        _move(report, Act.REOPEN)
        report.outcome = ""
        report.closed_by, report.closed_at = None, None
        _keep(report, DecisionKind.UNDONE, reason=reason, acting_user=acting_user, now=now)


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
        _require_holder(report, acting_user, now)
        _require_undecided(report, acting_user)
        _keep(report, kind, reason=reason, acting_user=acting_user, now=now, policy=policy)
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
    _keep(report, kind, reason=reason, acting_user=acting_user, now=now, policy=policy)


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
    report = _locked(report_id, acting_user)
    if _is_held_by_another(report, acting_user, now) or report.version != version:
        raise LostRaceError(_winner(report, acting_user))
    if report.state == State.ESCALATED:
        require(acting_user, Right.TAKE_ESCALATED)
    return report


def _locked(report_id: UUID, acting_user: User) -> Report:
    """The report as it is now, kept from others: subject first, then the row."""
    visible = Report.objects.visible_to(acting_user).without_context()
    identities = visible.values_list("subject_participant", "subject_device")
    participant, device = identities.get(pk=report_id)
    lock_subject(Person(participant=ParticipantId(participant), device=DeviceId(device)))
    return visible.select_for_update(of=("self",)).get(pk=report_id)


def _require_few_claims(report: Report, acting_user: User, now: datetime) -> None:
    # Locked: of many claims at once each counts those before it.
    User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
    held = Report.objects.filter(
        state=State.CLAIMED, claimed_by=acting_user, claimed_until__gt=now
    ).exclude(pk=report.pk)
    if held.count() >= CLAIMS_MAX:
        raise TooManyClaimsError(f"you hold {CLAIMS_MAX} reports; decide some or give them back")


def _claim(report: Report, *, acting_user: User, now: datetime) -> None:
    if report.state == State.ESCALATED:
        require(acting_user, Right.TAKE_ESCALATED)
    _move(report, Act.CLAIM)
    report.claimed_by = acting_user
    report.claimed_until = now + timedelta(seconds=settings.CLAIM_LEASE_S)
    _keep(report, DecisionKind.CLAIMED, reason="", acting_user=acting_user, now=now)


def _move(report: Report, act: Act) -> None:
    try:
        report.state = transition(State(report.state), act)
    except NoTransitionError as error:
        raise StateError(str(error)) from error


def _close(report: Report, outcome: Outcome, *, acting_user: User, now: datetime) -> None:
    _move(report, Act.CLOSE)
    report.outcome = outcome
    report.closed_by, report.closed_at = acting_user, now
    if outcome is Outcome.CONFIRMED:
        report.dismissal_proposed_by = None


def _keep(
    report: Report,
    kind: DecisionKind,
    *,
    reason: str,
    acting_user: User,
    now: datetime,
    policy: Policy | None = None,
    sanction: Sanction | None = None,
) -> None:
    """Save the report with what was decided about it."""
    if report.state != State.CLAIMED:
        report.claimed_by, report.claimed_until = None, None
    report.version += 1
    report.save()
    if kind is not DecisionKind.CLAIMED:
        exposure.cover(acting_user, now)
    is_open = report.queue == Queue.STANDARD
    is_sealed = is_open and policy is not None and policy.is_child_safety
    Decision.objects.create(
        report=report,
        sanction=sanction,
        queue=Queue.CHILD_SAFETY if is_sealed else report.queue,
        kind=kind,
        policy=policy,
        reason=reason,
        decided_by=acting_user,
        at=now,
    )
    audit.record(
        f"report.{kind.value}",
        target=report,
        payload={
            "queue": report.queue,
            "state": str(report.state),
            "outcome": str(report.outcome),
            "policy": str(policy) if policy else None,
        },
        acting_user=acting_user,
        now=now,
    )


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
        raise StateError("this report is closed")
    if not report.outcome:
        return
    if appeals.open_against(report).exists():
        raise AppealOpenError("this report came back for its appeal; decide the appeal")
    # Also without a claim: the form can be sent by who was never shown it.
    if appeals.has_decided(report, acting_user):
        raise NotAllowedError("a report that came back is decided by another account than before")


def _require_holder(report: Report, acting_user: User, now: datetime) -> None:
    if report.state != State.CLAIMED or report.claimed_by_id != acting_user.pk:
        raise LostRaceError(_winner(report, acting_user))


def _is_held_by_another(report: Report, acting_user: User, now: datetime) -> bool:
    return (
        report.state == State.CLAIMED
        and report.claimed_by_id != acting_user.pk
        and report.claimed_until is not None
        and report.claimed_until > now
    )


def _winner(report: Report, acting_user: User) -> str:
    if report.claimed_by is not None and report.claimed_by != acting_user:
        return report.claimed_by.get_username()
    last = report.decisions.select_related("decided_by").order_by("at", "pk").last()
    if last is None or last.decided_by == acting_user:
        return ""
    return last.decided_by.get_username()
