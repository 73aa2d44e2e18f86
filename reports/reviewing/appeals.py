"""Appeals: written once by the person, decided by somebody who has not decided before.

    AppealError
    ├── AlreadyAppealedError   once per statement
    ├── TooLateError           the period is over
    ├── NothingToAppealError   the sanction was lifted already
    ├── BadTextError           empty, or too long
    ├── AlreadyDecidedError    somebody else was faster
    └── UndecidedReportError   no person has decided the report yet: decide that first

A retry helps with none of them.
"""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import OuterRef, Q, QuerySet

from reports.locks import lock_subject
from reports.models import (
    Appeal,
    AppealState,
    Decision,
    DecisionKind,
    Report,
    Sanction,
    State,
    Statement,
)
from reports.reviewing.transitions import Act, transition
from reports.roles import NotAllowedError, Right, require
from reports.sanctions import enforcement, statements
from reports.snapshot_json import storable
from reports.snapshots import Person
from reports.trail import audit

TEXT_MAX = 2000
DECIDING = (
    DecisionKind.CONFIRMED,
    DecisionKind.DISMISSED,
    DecisionKind.SANCTIONED,
    DecisionKind.SECONDED,
    DecisionKind.LIGHTER_PROPOSED,
)
"""Who did one of these has had their say."""


class AppealError(Exception):
    """The appeal is not possible as asked."""


class AlreadyAppealedError(AppealError):
    """There is an appeal against this statement."""


class TooLateError(AppealError):
    """The statement can no longer be appealed."""


class NothingToAppealError(AppealError):
    """The sanction was lifted."""


class BadTextError(AppealError):
    """The text is empty or has more than TEXT_MAX characters."""


class AlreadyDecidedError(AppealError):
    """The appeal was decided meanwhile."""


class UndecidedReportError(AppealError):
    """The report is decided by a person before its appeal is decided by another."""


def write(code: str, text: str, *, now: datetime) -> Appeal:
    """Keep the person's appeal and bring its report back into the queue.

    Raises `Statement.DoesNotExist` and the errors above.
    """
    words = storable(text).strip()
    if not words or len(words) > TEXT_MAX:
        raise BadTextError(f"write between 1 and {TEXT_MAX} characters")
    with audit.trail():
        statement = Statement.objects.select_related("sanction").get(code=code)
        lock_subject(_person(statement.sanction))
        _require_open(statement, now)
        sanction = enforcement.lock(statement.sanction)
        appeal = Appeal.objects.create(
            statement=statement,
            text=words,
            written_at=now,
            disputed_by=sanction.decided_by,
            disputed_second=sanction.seconded_by,
        )
        if sanction.report_id is not None:
            _reopen(Report.objects.select_for_update().get(pk=sanction.report_id))
        audit.record(
            "appeal.written",
            target=appeal,
            payload={"sanction": str(sanction.pk)},
            acting_user=None,
            now=now,
        )
    return appeal


def decide(
    appeal_id: int, *, is_granted: bool, reason: str, acting_user: User, now: datetime
) -> Appeal:
    """Grant or refuse. Raises `NotAllowedError` for whoever took part in the decision.

    Granting lifts the sanction at once and voids its strike.
    """
    require(acting_user, Right.DECIDE_APPEAL)
    visible = Appeal.objects.visible_to(acting_user)
    with audit.trail():
        found = visible.select_related("statement__sanction").get(pk=appeal_id)
        lock_subject(_person(found.statement.sanction))
        appeal = Appeal.objects.select_for_update().get(pk=found.pk)
        sanction = enforcement.lock(found.statement.sanction)
        if appeal.state != AppealState.OPEN:
            raise AlreadyDecidedError("this appeal has been decided")
        report = sanction.report
        if report is not None and not report.outcome:
            raise UndecidedReportError("no person has decided the report yet; decide it first")
        if took_part(sanction, acting_user):
            raise NotAllowedError("an appeal is decided by another account than the decision")
        if is_granted:
            enforcement.withdraw(sanction, acting_user=acting_user, now=now)
        _decide(
            appeal, sanction, is_granted=is_granted, reason=reason, acting_user=acting_user, now=now
        )
        if report is not None:
            _close_again(Report.objects.select_for_update().get(pk=report.pk), now)
    return appeal


def grant_by_dismissal(
    sanction: Sanction, *, reason: str, acting_user: User, now: datetime
) -> None:
    """A dismissed report leaves nothing to decide: an open appeal against it is granted."""
    appeal = Appeal.objects.select_for_update().filter(
        statement__sanction=sanction, state=AppealState.OPEN
    )
    for row in appeal:
        _decide(row, sanction, is_granted=True, reason=reason, acting_user=acting_user, now=now)


def open_against(report: Report | OuterRef) -> QuerySet[Appeal]:
    """The open appeals against what the report led to."""
    return Appeal.objects.filter(statement__sanction__report=report, state=AppealState.OPEN)


def has_decided(report: Report, user: User) -> bool:
    """Whether the account took part in deciding the report or one of its sanctions."""
    return Decision.objects.filter(
        Q(report=report) | Q(sanction__report=report), decided_by=user, kind__in=DECIDING
    ).exists()


def took_part(sanction: Sanction, user: User) -> bool:
    """Whether the account had its say: then somebody else decides the appeal."""
    if user.pk in (sanction.decided_by_id, sanction.seconded_by_id):
        return True
    if sanction.report is not None:
        return has_decided(sanction.report, user)
    return Decision.objects.filter(sanction=sanction, decided_by=user, kind__in=DECIDING).exists()


def _decide(
    appeal: Appeal,
    sanction: Sanction,
    *,
    is_granted: bool,
    reason: str,
    acting_user: User,
    now: datetime,
) -> None:
    appeal.state = AppealState.GRANTED if is_granted else AppealState.REFUSED
    # The decision that stands now is what is appealed, also when it came after the writing.
    appeal.disputed_by, appeal.disputed_second = sanction.decided_by, sanction.seconded_by
    appeal.decided_by, appeal.decided_at, appeal.reason = acting_user, now, reason
    appeal.save()
    kind = DecisionKind.APPEAL_GRANTED if is_granted else DecisionKind.APPEAL_REFUSED
    enforcement.decide(sanction, kind, reason=reason, acting_user=acting_user, now=now)
    statements.rebuild(sanction, now)
    audit.record(
        f"appeal.{appeal.state}",
        target=appeal,
        payload={"sanction": str(sanction.pk)},
        acting_user=acting_user,
        now=now,
    )


def _require_open(statement: Statement, now: datetime) -> None:
    if Appeal.objects.filter(statement=statement).exists():
        raise AlreadyAppealedError("there is an appeal against this statement already")
    if now > statement.appeal_until:
        raise TooLateError("the period for appeals is over")
    if statement.sanction.lifted_at is not None:
        raise NothingToAppealError("this sanction was lifted")


def _reopen(report: Report) -> None:
    if report.state == State.CLOSED:
        report.state = transition(State.CLOSED, Act.REOPEN)
    report.version += 1
    report.save()


def _close_again(report: Report, now: datetime) -> None:
    if open_against(report).exists() or report.state == State.CLOSED:
        return
    report.state = transition(State(report.state), Act.CLOSE)
    report.claimed_by, report.claimed_until = None, None
    report.closed_at = now
    report.version += 1
    report.save()


def _person(sanction: Sanction) -> Person:
    participant, device = enforcement.ids(sanction)
    return Person(participant=participant, device=device)
