from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError

from reports.house_rules.policies import current
from reports.incoming import findings
from reports.models import Appeal, AppealState, AuditEntry, Report, Sanction, State, Statement
from reports.models import Strike as StrikeState
from reports.reviewing import appeals, claims, handling
from reports.roles import NotAllowedError
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, confirm, dismiss, is_barred
from tests.report_cases import MALLORY, NOW, finding, line_finding

pytestmark = pytest.mark.django_db


@pytest.fixture
def confirmed(mod: User) -> Statement:
    """A cut that *mod* has confirmed."""
    findings.record(finding())
    confirm(Report.objects.get(), mod, Length.DAYS_7, now=NOW)
    return Statement.objects.get()


def decide(appeal: Appeal, user: User, *, is_granted: bool = True) -> Appeal:
    return appeals.decide(
        appeal.pk, is_granted=is_granted, reason="looked again", acting_user=user, now=SOON
    )


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001])
def test_it_refuses_nothing_and_too_much(confirmed: Statement, text: str) -> None:
    with pytest.raises(appeals.BadTextError):
        appeals.write(confirmed.code, text, now=SOON)


def test_it_can_be_written_once(confirmed: Statement) -> None:
    appeals.write(confirmed.code, "It was a statue", now=SOON)
    with pytest.raises(appeals.AlreadyAppealedError):
        appeals.write(confirmed.code, "Really", now=SOON)


def test_it_can_be_written_for_183_days(confirmed: Statement) -> None:
    end = NOW + timedelta(days=183)
    with pytest.raises(appeals.TooLateError):
        appeals.write(confirmed.code, "late", now=end + timedelta(seconds=1))
    appeals.write(confirmed.code, "just in time", now=end)


def test_there_is_nothing_to_appeal_once_it_was_lifted(confirmed: Statement, mod: User) -> None:
    enforcement.lift(confirmed.sanction, reason="", acting_user=mod, now=NOW)
    with pytest.raises(appeals.NothingToAppealError):
        appeals.write(confirmed.code, "why", now=SOON)


def test_nobody_can_appeal_with_a_guessed_code(confirmed: Statement) -> None:
    with pytest.raises(Statement.DoesNotExist):
        appeals.write("x" * 22, "hello", now=SOON)


def test_who_decided_is_refused_and_nothing_changes(confirmed: Statement, mod: User) -> None:
    appeal = appeals.write(confirmed.code, "It was a statue", now=SOON)
    for is_granted in (True, False):
        with pytest.raises(NotAllowedError):
            decide(appeal, mod, is_granted=is_granted)
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OPEN
    assert is_barred()


def test_the_database_refuses_the_decider_too(confirmed: Statement, mod: User) -> None:
    appeals.write(confirmed.code, "It was a statue", now=SOON)
    with pytest.raises(IntegrityError, match="appeal_decided_by_another"):
        Appeal.objects.update(state=AppealState.GRANTED, decided_by=mod, decided_at=SOON)


def test_it_comes_back_into_the_queue_for_others_only(
    confirmed: Statement, mod: User, other_mod: User
) -> None:
    appeals.write(confirmed.code, "It was a statue", now=SOON)
    report = Report.objects.get()
    assert report.state == State.OPEN
    assert claims.claim_next(acting_user=mod, now=SOON) is None
    with pytest.raises(NotAllowedError):
        claims.claim(report.pk, version=report.version, acting_user=mod, now=SOON)
    # Nor handed to the other: it is taken for its appeal, and decided there.
    assert claims.claim_next(acting_user=other_mod, now=SOON) is None
    taken = claims.claim(report.pk, version=report.version, acting_user=other_mod, now=SOON)
    assert taken == report


def test_a_report_that_came_back_is_decided_by_its_appeal(
    confirmed: Statement, other_mod: User
) -> None:
    appeals.write(confirmed.code, "It was a statue", now=SOON)
    with pytest.raises(handling.AppealOpenError):
        dismiss(Report.objects.get(), other_mod)


def test_granting_lifts_at_once_and_voids_the_strike(confirmed: Statement, other_mod: User) -> None:
    appeal = appeals.write(confirmed.code, "It was a statue", now=SOON)
    assert is_barred()
    decide(appeal, other_mod)
    assert not is_barred()
    sanction = Sanction.objects.get()
    assert sanction.strike == StrikeState.VOID
    assert Report.objects.get().state == State.CLOSED
    assert Appeal.objects.get().state == AppealState.GRANTED


def test_refusing_keeps_it_and_is_recorded(confirmed: Statement, other_mod: User) -> None:
    appeal = appeals.write(confirmed.code, "It was a statue", now=SOON)
    decide(appeal, other_mod, is_granted=False)
    assert is_barred()
    assert Appeal.objects.get().state == AppealState.REFUSED
    assert AuditEntry.objects.latest("sequence").verb == "appeal.refused"
    with pytest.raises(appeals.AlreadyDecidedError):
        decide(appeal, other_mod)


def test_an_undecided_report_is_decided_before_its_appeal(mod: User, other_mod: User) -> None:
    findings.record(finding())
    appeal = appeals.write(Statement.objects.get().code, "It was a statue", now=SOON)
    with pytest.raises(appeals.UndecidedReportError):
        decide(appeal, mod)


def test_dismissing_the_report_grants_the_appeal(mod: User) -> None:
    findings.record(finding())
    appeals.write(Statement.objects.get().code, "It was a statue", now=SOON)
    dismiss(Report.objects.get(), mod)
    assert Appeal.objects.get().state == AppealState.GRANTED


def test_an_appeal_is_no_way_around_the_second_person(guardian: User, other_guardian: User) -> None:
    findings.record(line_finding())
    appeal = appeals.write(Statement.objects.get().code, "I am 30", now=SOON)
    with pytest.raises(appeals.UndecidedReportError):
        decide(appeal, guardian)
    with pytest.raises(enforcement.TwoPeopleNeededError):
        enforcement.lift(Sanction.objects.get(), reason="", acting_user=guardian, now=SOON)
    assert is_barred()


def test_a_sanction_without_a_report_is_appealed_to_another_account(
    mod: User, other_mod: User
) -> None:
    sanction = enforcement.impose(
        person=MALLORY,
        policy=current(Rule.SPAM, is_child_safety=False),
        length=Length.DAYS_7,
        reason="seen elsewhere",
        acting_user=mod,
        now=NOW,
    )
    appeal = appeals.write(sanction.statement.code, "not me", now=SOON)
    with pytest.raises(NotAllowedError):
        decide(appeal, mod)
    decide(appeal, other_mod)
    assert not is_barred()
