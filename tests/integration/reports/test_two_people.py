"""Two people: what nobody decides alone, in the services and in the database."""

from dataclasses import replace
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError

from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.models import Outcome, Report, Sanction, SanctionKind, State, Statement
from reports.reviewing import appeals, claims, other_side, review
from reports.reviewing.review import Effect
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from reports.sanctions.enforcement import TwoPeopleNeededError, lift, second
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, claimed, confirm, dismiss, is_barred
from tests.report_cases import finding, line_finding, person, snapshot, staff, user_report

pytestmark = pytest.mark.django_db


def test_one_person_alone_cannot_dismiss_child_safety(guardian: User) -> None:
    findings.record(line_finding())
    assert dismiss(claimed(guardian), guardian) is Effect.PROPOSED
    assert is_barred()
    assert claims.claim_next(acting_user=guardian, now=SOON) is None
    with pytest.raises(TwoPeopleNeededError):
        dismiss(Report.objects.get(), guardian)
    assert is_barred()


def test_two_people_can(guardian: User, other_guardian: User) -> None:
    findings.record(line_finding())
    dismiss(claimed(guardian), guardian)
    assert dismiss(claimed(other_guardian), other_guardian) is Effect.DONE
    assert not is_barred()


def test_the_second_person_may_see_it_otherwise(guardian: User, other_guardian: User) -> None:
    findings.record(line_finding())
    dismiss(claimed(guardian), guardian)
    confirm(claimed(other_guardian), other_guardian, Length.DAYS_7, Rule.MINOR)
    assert is_barred()


def test_a_threat_to_life_needs_two_as_well(mod: User) -> None:
    intake.receive(user_report(rule=Rule.SELF_HARM))
    assert dismiss(claimed(mod), mod) is Effect.PROPOSED


def test_the_database_refuses_a_lone_dismissal_too(guardian: User) -> None:
    findings.record(line_finding())
    dismiss(claimed(guardian), guardian)
    with pytest.raises(IntegrityError, match="report_safety_dismissed_by_two"):
        Report.objects.update(
            state=State.CLOSED, outcome=Outcome.DISMISSED, closed_by=guardian, closed_at=SOON
        )


def test_the_first_line_cannot_bar_for_ever(mod: User) -> None:
    findings.record(finding())
    with pytest.raises(NotAllowedError):
        confirm(claimed(mod), mod, Length.FOR_EVER)


def test_a_bar_for_ever_needs_a_second_lead(lead: User, other_lead: User) -> None:
    findings.record(finding())
    confirm(claimed(lead), lead, Length.FOR_EVER)
    sanction = Sanction.objects.get()
    assert sanction.kind == SanctionKind.HOLD
    with pytest.raises(TwoPeopleNeededError):
        second(sanction, reason="", acting_user=lead, now=SOON)
    second(sanction, reason="agreed", acting_user=other_lead, now=SOON)
    sanction.refresh_from_db()
    assert sanction.kind == SanctionKind.EXPULSION
    assert Statement.objects.get().dsa["decision_account"] == "DECISION_ACCOUNT_TERMINATED"


def test_the_database_refuses_a_lone_bar_for_ever_too(lead: User) -> None:
    findings.record(finding())
    with pytest.raises(IntegrityError, match="sanction_for_ever_by_two"):
        Sanction.objects.update(
            kind=SanctionKind.EXPULSION, until=None, decided_by=lead, seconded_by=lead
        )


def test_who_confirmed_a_grave_report_does_not_lift_what_followed_alone(
    guardian: User, other_guardian: User
) -> None:
    findings.record(line_finding())
    confirm(claimed(guardian), guardian, Length.DAYS_7, Rule.MINOR)
    sanction = Sanction.objects.get()
    with pytest.raises(TwoPeopleNeededError):
        lift(sanction, reason="never mind", acting_user=guardian, now=SOON)
    assert is_barred()
    lift(sanction, reason="I looked, too", acting_user=other_guardian, now=SOON)
    assert not is_barred()


def test_a_proposal_from_before_a_report_was_sealed_is_not_the_first_of_two(
    mod: User, other_mod: User, guardian: User, other_guardian: User
) -> None:
    intake.receive(user_report(rule=Rule.SELF_HARM))
    assert dismiss(claimed(mod), mod) is Effect.PROPOSED
    report = claimed(other_mod)
    review.escalate(
        report.pk,
        version=report.version,
        reason="a child",
        acting_user=other_mod,
        now=SOON,
        to_child_safety=True,
    )
    assert dismiss(claimed(guardian), guardian) is Effect.PROPOSED
    assert dismiss(claimed(other_guardian), other_guardian) is Effect.DONE


def test_nor_is_one_from_before_somebody_spoke_of_a_threat(mod: User, other_mod: User) -> None:
    beginner = staff("beginner", Role.TRIAGE)
    intake.receive(user_report(rule=Rule.SPAM))
    assert dismiss(claimed(beginner), beginner) is Effect.PROPOSED
    context = snapshot(partner=person(70), conversation=uuid4())
    intake.receive(user_report(rule=Rule.THREAT, snapshot=context))
    assert dismiss(claimed(mod), mod) is Effect.PROPOSED
    assert dismiss(claimed(other_mod), other_mod) is Effect.DONE


def test_a_lighter_policy_is_no_way_around_the_second_person(
    guardian: User, other_guardian: User
) -> None:
    findings.record(line_finding())
    assert confirm(claimed(guardian), guardian, Length.MINUTES_10, Rule.SPAM) is Effect.PROPOSED
    report = Report.objects.get()
    assert (report.state, report.outcome) == (State.OPEN, "")
    assert Sanction.objects.get().until is None
    assert claims.claim_next(acting_user=guardian, now=SOON) is None
    with pytest.raises(TwoPeopleNeededError):
        confirm(report, guardian, Length.MINUTES_10, Rule.SPAM)
    with pytest.raises(TwoPeopleNeededError):
        dismiss(report, guardian)
    second = claimed(other_guardian)
    assert confirm(second, other_guardian, Length.MINUTES_10, Rule.SPAM) is Effect.DONE
    assert Sanction.objects.get().until is not None


def test_who_proposed_the_lighter_policy_still_confirms_the_grave_one(guardian: User) -> None:
    findings.record(line_finding())
    confirm(claimed(guardian), guardian, Length.MINUTES_10, Rule.SPAM)
    assert confirm(Report.objects.get(), guardian, Length.DAYS_7, Rule.MINOR) is Effect.DONE


def test_who_proposed_it_does_not_decide_the_appeal(guardian: User, other_guardian: User) -> None:
    findings.record(line_finding())
    confirm(claimed(guardian), guardian, Length.MINUTES_10, Rule.SPAM)
    confirm(claimed(other_guardian), other_guardian, Length.DAYS_7, Rule.SPAM)
    sanction = Sanction.objects.get()
    appeal = appeals.write(sanction.statement.code, "I am an adult.", now=SOON)
    for who in (guardian, other_guardian):
        with pytest.raises(NotAllowedError):
            appeals.decide(appeal.pk, is_granted=True, reason="x", acting_user=who, now=SOON)


def test_a_threat_confirmed_as_rudeness_takes_two_as_well(mod: User, other_mod: User) -> None:
    intake.receive(user_report(rule=Rule.THREAT))
    assert confirm(claimed(mod), mod, Length.NONE, Rule.HARASSMENT) is Effect.PROPOSED
    assert dismiss(claimed(other_mod), other_mod) is Effect.DONE


def test_the_other_side_is_no_way_around_it_either(mod: User, other_mod: User) -> None:
    """A threat by Mallory waits; confirming it from Bo's report, as something light, would close it
    alone."""
    talk = snapshot()
    assert talk.partner is not None
    intake.receive(user_report(rule=Rule.THREAT, snapshot=talk))
    threat = Report.objects.get()
    turned = replace(talk, subject=talk.partner, partner=talk.subject)
    made = intake.receive(user_report(rule=Rule.SPAM, snapshot=turned))
    report = Report.objects.get(pk=made.report)
    claims.claim(report.pk, version=report.version, acting_user=mod, now=SOON)
    report.refresh_from_db()
    said = other_side.sanction(
        report.pk,
        version=report.version,
        policy=current(Rule.HARASSMENT, is_child_safety=False),
        length=Length.NONE,
        reason="rude",
        acting_user=mod,
        now=SOON,
    )
    assert said is Effect.PROPOSED
    threat.refresh_from_db()
    assert threat.state == State.OPEN
