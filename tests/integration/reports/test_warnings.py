"""The ladder's first step: it bars nobody, counts as a strike, and an appeal takes it back."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.measures import outcomes
from reports.measures.scope import Scope
from reports.models import AuditEntry, Queue, Report, Sanction, SanctionKind, Statement, Strike
from reports.public import disclosure, statement_exports
from reports.reviewing import appeals, wave_work, waves
from reports.reviewing.waves import Pick, UnfitPolicyError, Verdict
from reports.rules import Rule
from reports.sanctions import in_force, statements, warnings
from reports.sanctions.enforcement import LengthError
from reports.sanctions.ladder import Length
from reports.sanctions.statements import StatementState
from tests.integration.reports.desk import SOON, confirm, is_barred
from tests.races import at_once
from tests.report_cases import MALLORY, NOW, finding, person, snapshot, user_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def rude() -> Report:
    """Bo reported what mallory wrote."""
    made = intake.receive(user_report(rule=Rule.HARASSMENT, snapshot=snapshot(scores=())))
    return Report.objects.get(pk=made.report)


def warn(report: Report, user: User) -> Sanction:
    """Confirm the report with a warning."""
    confirm(report, user, Length.WARNING, Rule.HARASSMENT)
    return Sanction.objects.get(report=report)


@pytest.mark.parametrize("rule", [Rule.NUDITY, Rule.VIOLENCE, Rule.BLACKMAIL, Rule.THREAT])
def test_what_is_shown_or_grave_is_not_let_off_with_one(
    rude: Report, mod: User, rule: Rule
) -> None:
    with pytest.raises(LengthError):
        confirm(rude, mod, Length.WARNING, rule)
    assert not Sanction.objects.exists()


def test_a_report_on_the_safety_floor_takes_two_people_to_end_with_one(
    mod: User, other_mod: User
) -> None:
    intake.receive(user_report(rule=Rule.THREAT))
    report = Report.objects.get()
    confirm(report, mod, Length.WARNING, Rule.HARASSMENT)
    assert not Sanction.objects.exists()
    report.refresh_from_db()
    assert warn(report, other_mod).kind == SanctionKind.WARNING


def test_a_bar_does_not_become_one(mod: User) -> None:
    findings.record(finding(rule=Rule.SPAM, snapshot=snapshot(scores=()), evidence=()))
    with pytest.raises(LengthError):
        confirm(Report.objects.get(), mod, Length.WARNING, Rule.SPAM)
    assert Sanction.objects.get().kind == SanctionKind.SUSPENSION
    assert is_barred()


def test_no_machine_warns_and_none_ends_later_than_it_begins(rude: Report, mod: User) -> None:
    warning = warn(rude, mod)
    for wrong in ({"decided_by": None}, {"until": NOW + timedelta(days=1)}, {"until": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Sanction.objects.filter(pk=warning.pk).update(**wrong)


def test_it_bars_nobody_and_the_ladder_climbs_from_it(rude: Report, mod: User) -> None:
    warning = warn(rude, mod)
    assert not is_barred()
    # Not even for a process whose clock is behind.
    early = SOON - timedelta(minutes=1)
    assert in_force.active_sanction(MALLORY.participant, MALLORY.device, early) is None
    assert in_force.find_sanctioned([MALLORY], early) == set()
    strikes = in_force.strikes(MALLORY, SOON)
    assert (strikes.confirmed, strikes.unconfirmed) == (1, 0)
    expires = SOON + timedelta(days=180)
    assert (warning.strike, warning.strike_weight) == (Strike.CONFIRMED, 1)
    assert warning.strike_expires_at == expires
    assert in_force.strikes(MALLORY, expires).confirmed == 0


def test_the_machine_s_next_cut_is_a_day(rude: Report, mod: User) -> None:
    warn(rude, mod)
    findings.record(finding(found_at=SOON))
    cut = Sanction.objects.get(kind=SanctionKind.SUSPENSION)
    assert cut.until == SOON + timedelta(hours=24)


def test_who_was_pressed_gets_no_strike_with_it(rude: Report, mod: User) -> None:
    Report.objects.filter(pk=rude.pk).update(was_pressed=True)
    assert warn(rude, mod).strike == Strike.NONE


def test_its_statement_gives_reasons_and_no_length_and_is_no_row_for_the_eu(
    rude: Report, mod: User, lead: User
) -> None:
    warning = warn(rude, mod)
    statement = warning.statement
    assert statements.state(warning, SOON) is StatementState.WARNED
    assert statements.end(warning) is None
    for words in ("Harassment", "A person has looked at it", "This is a warning"):
        assert words in statement.facts
    assert "until" not in statement.facts
    assert statement.appeal_until == SOON + timedelta(days=183)
    assert not statement.is_automated
    assert statement.dsa == {}
    # What restricts somebody is exported as ever, and the walk goes on past the warning.
    findings.record(finding(found_at=SOON))
    batch = statement_exports.export(None, acting_user=lead, now=SOON)
    cut = Sanction.objects.get(kind=SanctionKind.SUSPENSION)
    assert [row["puid"] for row in batch.statements] == [cut.pk.hex]


def test_an_appeal_that_is_granted_voids_its_strike(
    rude: Report, mod: User, other_mod: User
) -> None:
    statement = warn(rude, mod).statement
    appeal = appeals.write(statement.code, "It was a song", now=SOON)
    appeals.decide(appeal.pk, is_granted=True, reason="a song", acting_user=other_mod, now=SOON)
    warning = Sanction.objects.get()
    assert (warning.strike, warning.lifted_at) == (Strike.VOID, SOON)
    assert in_force.strikes(MALLORY, SOON).confirmed == 0
    assert statements.state(warning, SOON) is StatementState.LIFTED
    # What was taken back before anybody saw it is not told any more.
    assert warnings.claim_untold(MALLORY, SOON) == []


def test_it_stays_what_it_is_when_its_report_is_confirmed_again(
    rude: Report, mod: User, other_mod: User
) -> None:
    warn(rude, mod)
    warnings.claim_untold(MALLORY, SOON)
    Report.objects.update(state="open", version=9)
    rude.refresh_from_db()
    confirm(rude, other_mod, Length.WARNING, Rule.HARASSMENT)
    warning = Sanction.objects.get()
    assert (warning.kind, warning.decided_by) == (SanctionKind.WARNING, other_mod)
    assert warnings.claim_untold(MALLORY, SOON) == []


def test_it_can_become_a_bar_when_its_report_is_decided_again(
    rude: Report, mod: User, other_mod: User
) -> None:
    warn(rude, mod)
    Report.objects.update(state="open", version=9)
    rude.refresh_from_db()
    confirm(rude, other_mod, Length.HOURS_24, Rule.HARASSMENT)
    assert is_barred()
    assert Statement.objects.get().dsa["decision_account"] == "DECISION_ACCOUNT_SUSPENDED"


@pytest.mark.django_db(transaction=True)
def test_it_is_told_once_also_when_four_ask_at_once(rude: Report, mod: User) -> None:
    warning = warn(rude, mod)
    assert warnings.find_untold([MALLORY]) == {MALLORY}

    told = at_once(*[lambda: warnings.claim_untold(MALLORY, SOON)] * 4)

    (only,) = [one for each in told for one in each]
    assert (only.sanction, only.rule) == (warning.pk, Rule.HARASSMENT)
    assert warnings.find_untold([MALLORY]) == set()
    warnings.put_back([warning.pk])
    assert len(warnings.claim_untold(MALLORY, SOON)) == 1


def test_it_waits_for_the_device_under_whatever_participant(rude: Report, mod: User) -> None:
    warn(rude, mod)
    anew = replace(MALLORY, participant=person(7).participant)
    assert len(warnings.claim_untold(anew, SOON)) == 1


def test_a_wave_warns_and_undoing_it_voids_what_was_said(rude: Report, lead: User) -> None:
    policy = current(Rule.HARASSMENT, is_child_safety=False)
    picks = [Pick(report=rude.pk, version=rude.version)]
    unfit = Verdict(
        reason="all", policy=current(Rule.NUDITY, is_child_safety=False), length=Length.WARNING
    )
    with pytest.raises(UnfitPolicyError):
        waves.begin(uuid4(), picks, unfit, acting_user=lead, now=SOON)

    verdict = Verdict(reason="all", policy=policy, length=Length.WARNING)
    wave = waves.begin(uuid4(), picks, verdict, acting_user=lead, now=SOON)
    wave_work.carry_out(wave.pk, clock=lambda: SOON)
    assert warnings.find_untold([MALLORY]) == {MALLORY}
    waves.ask_undo(wave.pk, reason="no", acting_user=lead, now=SOON)
    wave_work.carry_out(wave.pk, clock=lambda: SOON)
    assert Sanction.objects.get().strike == Strike.VOID
    assert warnings.find_untold([MALLORY]) == set()


def test_it_is_counted_apart_recorded_and_disclosed(rude: Report, mod: User) -> None:
    warning = warn(rude, mod)
    scope = Scope(since=NOW, until=NOW + timedelta(days=1), queues=tuple(Queue), names_people=False)
    assert outcomes.automation(scope).rows == (("harassment", 0, 0, 0, 1),)
    entry = AuditEntry.objects.get(verb="sanction.imposed")
    assert '"kind":"warning"' in entry.payload.replace(" ", "")
    (told,) = disclosure.disclose(MALLORY.device, [MALLORY.participant], SOON).sanctions
    assert (told.kind, told.state, told.until) == ("warning", "warned", None)
    assert told.statement_url == statements.path(warning.statement.code)
