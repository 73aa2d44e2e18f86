"""Claiming: who gets a report, for how long, and what the loser is told."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports.incoming import intake
from reports.models import Decision, DecisionKind, Report
from reports.reviewing import claims, handling, review
from reports.reviewing.handling import LostRaceError
from reports.roles import NotAllowedError
from reports.rules import Rule
from tests.integration.reports.desk import SOON, claimed, dismiss
from tests.report_cases import NOW, person, snapshot, user_report

pytestmark = pytest.mark.django_db


def test_an_auditor_claims_nothing(auditor: User) -> None:
    intake.receive(user_report())
    with pytest.raises(NotAllowedError):
        claims.claim_next(acting_user=auditor, now=NOW)


def test_the_loser_is_told_who_won(mod: User, other_mod: User) -> None:
    intake.receive(user_report())
    seen = Report.objects.get()
    claims.claim(seen.pk, version=seen.version, acting_user=mod, now=NOW)
    with pytest.raises(LostRaceError) as lost:
        claims.claim(seen.pk, version=seen.version, acting_user=other_mod, now=NOW)
    assert lost.value.winner == "mod"


def test_who_decided_first_is_named_as_well(mod: User, other_mod: User) -> None:
    intake.receive(user_report())
    seen = Report.objects.get()
    dismiss(seen, mod)
    with pytest.raises(LostRaceError) as lost:
        dismiss(seen, other_mod)
    assert lost.value.winner == "mod"


def test_a_report_that_grew_meanwhile_is_looked_at_again(mod: User) -> None:
    intake.receive(user_report())
    report = claimed(mod)
    intake.receive(user_report(snapshot=snapshot(partner=person(7))))
    with pytest.raises(LostRaceError, match="look again"):
        dismiss(report, mod)


def test_a_lease_lapses_and_a_heartbeat_renews_it(
    mod: User, other_mod: User, settings: Settings
) -> None:
    intake.receive(user_report())
    report = claimed(mod)
    lease = timedelta(seconds=settings.CLAIM_LEASE_S)
    before_the_end = SOON + lease - timedelta(seconds=1)
    until = claims.heartbeat(report.pk, acting_user=mod, now=before_the_end)
    assert claims.claim_next(acting_user=other_mod, now=SOON + lease) is None
    taken = claims.claim_next(acting_user=other_mod, now=until)
    assert taken is not None
    with pytest.raises(LostRaceError) as lost:
        claims.heartbeat(report.pk, acting_user=mod, now=until)
    assert lost.value.winner == "other-mod"


def test_the_most_urgent_comes_first(mod: User) -> None:
    intake.receive(user_report(rule=Rule.SPAM))
    urgent = intake.receive(user_report(rule=Rule.THREAT, snapshot=snapshot(subject=person(8))))
    assert claimed(mod).pk == urgent.report


def test_a_skip_is_recorded_and_the_report_goes_to_somebody_else(
    mod: User, other_mod: User
) -> None:
    intake.receive(user_report())
    report = claimed(mod)
    claims.skip(report.pk, reason="can't tell", acting_user=mod, now=SOON)
    assert claims.claim_next(acting_user=mod, now=SOON) is None
    assert claimed(other_mod).pk == report.pk
    assert Decision.objects.filter(kind=DecisionKind.SKIPPED, reason="can't tell").exists()


def test_nobody_skips_what_somebody_else_holds(mod: User, other_mod: User) -> None:
    intake.receive(user_report())
    report = claimed(mod)
    with pytest.raises(LostRaceError):
        claims.skip(report.pk, reason="", acting_user=other_mod, now=SOON)


def test_only_leads_and_child_safety_take_what_was_escalated(
    mod: User, other_mod: User, lead: User
) -> None:
    intake.receive(user_report())
    report = claimed(mod)
    review.escalate(report.pk, version=report.version, reason="hard", acting_user=mod, now=SOON)
    report.refresh_from_db()
    assert claims.claim_next(acting_user=other_mod, now=SOON) is None
    with pytest.raises(NotAllowedError):
        dismiss(report, other_mod)
    assert claimed(lead).pk == report.pk


def test_nobody_keeps_the_queue_from_the_others(
    mod: User, other_mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "CLAIMS_MAX", 2)
    made = [
        intake.receive(user_report(snapshot=snapshot(subject=person(20 + number)))).report
        for number in range(3)
    ]

    def claim(report: UUID, user: User) -> Report:
        row = Report.objects.get(pk=report)
        return claims.claim(report, version=row.version, acting_user=user, now=SOON)

    first, second, third = made
    claim(first, mod)
    claim(second, mod)
    claim(second, mod)  # one's own, again
    with pytest.raises(handling.TooManyClaimsError):
        claim(third, mod)
    assert claim(third, other_mod).claimed_by == other_mod
    claims.skip(second, reason="", acting_user=mod, now=SOON)
    claims.skip(third, reason="", acting_user=other_mod, now=SOON)
    assert claim(third, mod).claimed_by == mod
