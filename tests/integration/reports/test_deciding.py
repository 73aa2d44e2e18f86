"""Deciding: what a confirmation and a dismissal do to the sanction."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from reports.incoming import findings, intake
from reports.models import (
    AuditEntry,
    Outcome,
    Report,
    Sanction,
    SanctionKind,
    State,
    Statement,
    Strike,
)
from reports.reviewing.handling import LostRaceError, StateError
from reports.reviewing.review import Effect
from reports.rules import Rule
from reports.sanctions.enforcement import LengthError
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, claimed, confirm, dismiss, is_barred
from tests.report_cases import NOW, finding, line_finding, user_report

pytestmark = pytest.mark.django_db


def test_a_closed_report_is_not_decided_again(mod: User) -> None:
    intake.receive(user_report())
    dismiss(claimed(mod), mod)
    with pytest.raises(StateError):
        confirm(Report.objects.get(), mod, Length.HOURS_24)


def test_what_another_holds_is_not_decided(mod: User, other_mod: User) -> None:
    intake.receive(user_report())
    claimed(mod)
    with pytest.raises(LostRaceError):
        dismiss(Report.objects.get(), other_mod)


def test_dismissing_lifts_at_once_and_voids_the_strike(mod: User) -> None:
    findings.record(finding())
    assert is_barred()
    assert dismiss(claimed(mod), mod) is Effect.DONE
    assert not is_barred()
    assert Sanction.objects.get().strike == Strike.VOID
    statement = Statement.objects.get()
    assert "taken back" in statement.facts
    assert statement.dsa["end_date_account_restriction"] == "2026-03-01"
    findings.record(finding(found_at=SOON))
    assert Sanction.objects.latest("starts_at").until == SOON + timedelta(minutes=10)


def test_confirming_makes_the_strike_count(mod: User) -> None:
    for day, expected in ((0, 10 * 60), (2, 24 * 3600), (4, 7 * 24 * 3600)):
        at = NOW + timedelta(days=day)
        findings.record(finding(found_at=at))
        newest = Sanction.objects.latest("starts_at")
        assert newest.until == at + timedelta(seconds=expected)
        confirm(claimed(mod), mod, Length.AS_IS)
    statement = Statement.objects.latest("issued_at")
    assert "confirmed" in statement.facts
    assert not statement.is_automated
    assert statement.dsa["automated_decision"] == "AUTOMATED_DECISION_PARTIALLY"


def test_confirming_can_replace_the_machines_end(mod: User) -> None:
    code = findings.record(finding()).sanction_code
    confirm(claimed(mod), mod, Length.DAYS_30)
    assert Sanction.objects.get().until == SOON + timedelta(days=30)
    assert Statement.objects.get().code == code


def test_confirming_a_persons_report_sanctions_the_one_reported(mod: User) -> None:
    intake.receive(user_report())
    confirm(claimed(mod), mod, Length.DAYS_7, Rule.HARASSMENT)
    assert is_barred()
    dsa = Statement.objects.get().dsa
    assert dsa["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"
    assert dsa["automated_detection"] == "No"


def test_confirming_without_a_sanction_is_possible(mod: User) -> None:
    intake.receive(user_report())
    confirm(claimed(mod), mod, Length.NONE, Rule.HARASSMENT)
    assert Report.objects.get().outcome == Outcome.CONFIRMED
    assert not Sanction.objects.exists()


def test_a_pressed_person_gets_no_strike_from_a_person_either(mod: User) -> None:
    findings.record(finding(was_pressed=True))
    confirm(claimed(mod), mod, Length.HOURS_24)
    assert Sanction.objects.get().strike == Strike.NONE


def test_a_hold_ends_in_a_length_and_not_as_it_is(guardian: User) -> None:
    findings.record(line_finding())
    with pytest.raises(LengthError):
        confirm(claimed(guardian), guardian, Length.AS_IS, Rule.MINOR)
    assert Report.objects.get().state == State.CLAIMED
    confirm(Report.objects.get(), guardian, Length.DAYS_30, Rule.MINOR)
    assert Sanction.objects.get().kind == SanctionKind.SUSPENSION


def test_every_decision_is_on_the_record_with_its_account(mod: User) -> None:
    findings.record(finding())
    confirm(claimed(mod), mod, Length.HOURS_24)
    by_mod = AuditEntry.objects.filter(actor=mod.pk).values_list("verb", flat=True)
    assert list(by_mod) == ["report.claimed", "sanction.confirmed", "report.confirmed"]
