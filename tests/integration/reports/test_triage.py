"""Triage hands reports on: it decides nothing and bars nobody."""

import pytest
from django.contrib.auth.models import User

from reports import accounts
from reports.accounts import MixedRolesError, OwnAccountError
from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.models import Outcome, Report, Sanction, State
from reports.reviewing import appeals, claims, review
from reports.reviewing.review import Effect
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, claimed, confirm, dismiss, is_barred
from tests.report_cases import MALLORY, finding, staff, user_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def first(db: None) -> User:
    return staff("first", Role.TRIAGE)


def test_it_claims_skips_and_hands_on(first: User, lead: User) -> None:
    intake.receive(user_report())
    report = claimed(first)
    claims.skip(report.pk, reason="", acting_user=first, now=SOON)
    report.refresh_from_db()
    review.escalate(report.pk, version=report.version, reason="look", acting_user=first, now=SOON)
    assert claimed(lead) == report


def test_it_confirms_nothing_and_bars_nobody(first: User) -> None:
    intake.receive(user_report())
    report = claimed(first)
    with pytest.raises(NotAllowedError):
        confirm(report, first, Length.NONE, Rule.HARASSMENT)
    with pytest.raises(NotAllowedError):
        enforcement.impose(
            person=MALLORY,
            policy=current(Rule.SPAM, is_child_safety=False),
            length=Length.MINUTES_10,
            reason="x",
            acting_user=first,
            now=SOON,
        )
    assert not is_barred()


def test_it_only_proposes_to_dismiss_and_somebody_who_decides_agrees(
    first: User, mod: User
) -> None:
    findings.record(finding())
    report = claimed(first)
    assert dismiss(report, first) is Effect.PROPOSED
    report.refresh_from_db()
    assert (report.state, report.outcome) == (State.OPEN, "")
    assert is_barred()
    agreed = claimed(mod)
    assert agreed == report
    assert dismiss(agreed, mod) is Effect.DONE
    assert not is_barred()


def test_two_of_triage_together_dismiss_nothing(first: User) -> None:
    findings.record(finding())
    dismiss(claimed(first), first)
    second = staff("second", Role.TRIAGE)
    report = claimed(second)
    with pytest.raises(enforcement.TwoPeopleNeededError):
        dismiss(report, second)
    assert is_barred()
    assert Report.objects.get().outcome == ""


def test_it_lifts_nothing_and_decides_no_appeal(first: User, mod: User) -> None:
    findings.record(finding())
    confirm(claimed(mod), mod, Length.HOURS_24)
    sanction = Sanction.objects.get()
    appeal = appeals.write(sanction.statement.code, "no", now=SOON)
    with pytest.raises(NotAllowedError):
        enforcement.lift(sanction, reason="x", acting_user=first, now=SOON)
    with pytest.raises(NotAllowedError):
        appeals.decide(appeal.pk, is_granted=True, reason="x", acting_user=first, now=SOON)
    assert Report.objects.get().outcome == Outcome.CONFIRMED


def test_who_manages_accounts_has_no_other_role_and_gives_themselves_none() -> None:
    admin, other = staff("admin", Role.ADMIN), staff("other")
    accounts.set_roles(other, [Role.MODERATOR], acting_user=admin)
    with pytest.raises(MixedRolesError):
        accounts.set_roles(other, [Role.ADMIN, Role.MODERATOR], acting_user=admin)
    with pytest.raises(OwnAccountError):
        accounts.set_roles(admin, [Role.CHILD_SAFETY], acting_user=admin)
    with pytest.raises(NotAllowedError):
        accounts.set_roles(admin, [Role.LEAD], acting_user=staff("mod", Role.MODERATOR))
    assert not Report.objects.visible_to(admin).exists()
