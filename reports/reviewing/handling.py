"""What every act of staff on a report has in common: it is locked, as it was shown, moved and kept.

ReviewError              a retry does not help, looking again may
├── LostRaceError        somebody (or something) was faster; `winner` says who
├── StateError           the report's state does not allow it
├── AppealOpenError      the appeal is to be decided, by somebody else
└── TooManyClaimsError   decide some, or give them back
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User

from reports.evidence_room import exposure
from reports.ids import DeviceId, ParticipantId
from reports.locks import lock_subject
from reports.models import Decision, DecisionKind, Policy, Queue, Report, Sanction, State
from reports.reviewing.transitions import Act, NoTransitionError, transition
from reports.snapshots import Person
from reports.trail import audit


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


def locked(report_id: UUID, acting_user: User) -> Report:
    """The report as it is now, kept from others: subject first, then the row."""
    visible = Report.objects.visible_to(acting_user).without_context()
    identities = visible.values_list("subject_participant", "subject_device")
    participant, device = identities.get(pk=report_id)
    lock_subject(Person(participant=ParticipantId(participant), device=DeviceId(device)))
    return visible.select_for_update(of=("self",)).get(pk=report_id)


def require_unchanged(report: Report, version: int, *, acting_user: User, now: datetime) -> None:
    """Raise `LostRaceError` unless a locked report is as it was at `version`, and nobody else's."""
    is_held_by_another = (
        report.state == State.CLAIMED
        and report.claimed_by_id != acting_user.pk
        and report.claimed_until is not None
        and report.claimed_until > now
    )
    if is_held_by_another or report.version != version:
        raise LostRaceError(winner(report, acting_user))


def require_holder(report: Report, acting_user: User) -> None:
    """Raise `LostRaceError` unless the account holds the report's claim."""
    if report.state != State.CLAIMED or report.claimed_by_id != acting_user.pk:
        raise LostRaceError(winner(report, acting_user))


def winner(report: Report, acting_user: User) -> str:
    """Who was faster than `acting_user`: an account's name, "" for none."""
    if report.claimed_by is not None and report.claimed_by != acting_user:
        return report.claimed_by.get_username()
    last = report.decisions.select_related("decided_by").order_by("at", "pk").last()
    if last is None or last.decided_by == acting_user:
        return ""
    return last.decided_by.get_username()


def move(report: Report, act: Act) -> None:
    """Change the state of a locked report. Raises `StateError`."""
    try:
        report.state = transition(State(report.state), act)
    except NoTransitionError as error:
        raise StateError(str(error)) from error


def keep(
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
