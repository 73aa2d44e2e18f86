import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from pytest_django.fixtures import Settings

from reports import findings, intake, review
from reports.enforcement import LengthError, TwoPeopleNeededError, active_sanction, second
from reports.ladder import Length
from reports.models import (
    AuditEntry,
    Decision,
    DecisionKind,
    Outcome,
    Report,
    Sanction,
    SanctionKind,
    State,
    Statement,
    Strike,
)
from reports.policies import current
from reports.review import Dismissal, LostRaceError, StateError
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from tests.report_cases import (
    MALLORY,
    NOW,
    finding,
    line_finding,
    person,
    snapshot,
    staff,
    user_report,
)

SOON = NOW + timedelta(minutes=5)


def is_barred() -> bool:
    return active_sanction(MALLORY.participant, MALLORY.device, SOON) is not None


def claimed(user: User) -> Report:
    report = review.claim_next(acting_user=user, now=SOON)
    assert report is not None
    return report


def confirm(report: Report, user: User, length: Length, rule: Rule = Rule.NUDITY) -> None:
    review.confirm(
        report.pk,
        version=report.version,
        policy=current(rule, is_child_safety=False),
        length=length,
        reason="seen",
        acting_user=user,
        now=SOON,
    )


def dismiss(report: Report, user: User) -> Dismissal:
    return review.dismiss(
        report.pk, version=report.version, reason="nothing", acting_user=user, now=SOON
    )


@pytest.mark.django_db
class TestClaiming:
    def test_an_auditor_claims_nothing(self, auditor: User) -> None:
        intake.receive(user_report())
        with pytest.raises(NotAllowedError):
            review.claim_next(acting_user=auditor, now=NOW)

    def test_the_loser_is_told_who_won(self, mod: User, other_mod: User) -> None:
        intake.receive(user_report())
        seen = Report.objects.get()
        review.claim(seen.pk, version=seen.version, acting_user=mod, now=NOW)
        with pytest.raises(LostRaceError) as lost:
            review.claim(seen.pk, version=seen.version, acting_user=other_mod, now=NOW)
        assert lost.value.winner == "mod"

    def test_who_decided_first_is_named_as_well(self, mod: User, other_mod: User) -> None:
        intake.receive(user_report())
        seen = Report.objects.get()
        dismiss(seen, mod)
        with pytest.raises(LostRaceError) as lost:
            dismiss(seen, other_mod)
        assert lost.value.winner == "mod"

    def test_a_report_that_grew_meanwhile_is_looked_at_again(self, mod: User) -> None:
        intake.receive(user_report())
        report = claimed(mod)
        intake.receive(user_report(snapshot=snapshot(partner=person(7))))
        with pytest.raises(LostRaceError, match="look again"):
            dismiss(report, mod)

    def test_a_lease_lapses_and_a_heartbeat_renews_it(
        self, mod: User, other_mod: User, settings: Settings
    ) -> None:
        intake.receive(user_report())
        report = claimed(mod)
        lease = timedelta(seconds=settings.CLAIM_LEASE_S)
        before_the_end = SOON + lease - timedelta(seconds=1)
        until = review.heartbeat(report.pk, acting_user=mod, now=before_the_end)
        assert review.claim_next(acting_user=other_mod, now=SOON + lease) is None
        taken = review.claim_next(acting_user=other_mod, now=until)
        assert taken is not None
        with pytest.raises(LostRaceError) as lost:
            review.heartbeat(report.pk, acting_user=mod, now=until)
        assert lost.value.winner == "other-mod"

    def test_the_most_urgent_comes_first(self, mod: User) -> None:
        intake.receive(user_report(rule=Rule.SPAM))
        urgent = intake.receive(user_report(rule=Rule.THREAT, snapshot=snapshot(subject=person(8))))
        assert claimed(mod).pk == urgent.report

    def test_a_skip_is_recorded_and_the_report_goes_to_somebody_else(
        self, mod: User, other_mod: User
    ) -> None:
        intake.receive(user_report())
        report = claimed(mod)
        review.skip(report.pk, reason="can't tell", acting_user=mod, now=SOON)
        assert review.claim_next(acting_user=mod, now=SOON) is None
        assert claimed(other_mod).pk == report.pk
        assert Decision.objects.filter(kind=DecisionKind.SKIPPED, reason="can't tell").exists()

    def test_nobody_skips_what_somebody_else_holds(self, mod: User, other_mod: User) -> None:
        intake.receive(user_report())
        report = claimed(mod)
        with pytest.raises(LostRaceError):
            review.skip(report.pk, reason="", acting_user=other_mod, now=SOON)

    def test_only_leads_and_child_safety_take_what_was_escalated(
        self, mod: User, other_mod: User, lead: User
    ) -> None:
        intake.receive(user_report())
        report = claimed(mod)
        review.escalate(report.pk, version=report.version, reason="hard", acting_user=mod, now=SOON)
        report.refresh_from_db()
        assert review.claim_next(acting_user=other_mod, now=SOON) is None
        with pytest.raises(NotAllowedError):
            dismiss(report, other_mod)
        assert claimed(lead).pk == report.pk


@pytest.mark.django_db
class TestDeciding:
    def test_a_closed_report_is_not_decided_again(self, mod: User) -> None:
        intake.receive(user_report())
        dismiss(claimed(mod), mod)
        with pytest.raises(StateError):
            confirm(Report.objects.get(), mod, Length.HOURS_24)

    def test_what_another_holds_is_not_decided(self, mod: User, other_mod: User) -> None:
        intake.receive(user_report())
        claimed(mod)
        with pytest.raises(LostRaceError):
            dismiss(Report.objects.get(), other_mod)

    def test_dismissing_lifts_at_once_and_voids_the_strike(self, mod: User) -> None:
        findings.record(finding())
        assert is_barred()
        assert dismiss(claimed(mod), mod) is Dismissal.DONE
        assert not is_barred()
        assert Sanction.objects.get().strike == Strike.VOID
        statement = Statement.objects.get()
        assert "taken back" in statement.facts
        assert statement.dsa["end_date_account_restriction"] == "2026-03-01"
        findings.record(finding(found_at=SOON))
        assert Sanction.objects.latest("starts_at").until == SOON + timedelta(minutes=10)

    def test_confirming_makes_the_strike_count(self, mod: User) -> None:
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

    def test_confirming_can_replace_the_machines_end(self, mod: User) -> None:
        code = findings.record(finding()).sanction_code
        confirm(claimed(mod), mod, Length.DAYS_30)
        assert Sanction.objects.get().until == SOON + timedelta(days=30)
        assert Statement.objects.get().code == code

    def test_confirming_a_persons_report_sanctions_the_one_reported(self, mod: User) -> None:
        intake.receive(user_report())
        confirm(claimed(mod), mod, Length.DAYS_7, Rule.HARASSMENT)
        assert is_barred()
        dsa = Statement.objects.get().dsa
        assert dsa["source_type"] == "SOURCE_TYPE_OTHER_NOTIFICATION"
        assert dsa["automated_detection"] == "No"

    def test_confirming_without_a_sanction_is_possible(self, mod: User) -> None:
        intake.receive(user_report())
        confirm(claimed(mod), mod, Length.NONE, Rule.HARASSMENT)
        assert Report.objects.get().outcome == Outcome.CONFIRMED
        assert not Sanction.objects.exists()

    def test_a_pressed_person_gets_no_strike_from_a_person_either(self, mod: User) -> None:
        findings.record(finding(was_pressed=True))
        confirm(claimed(mod), mod, Length.HOURS_24)
        assert Sanction.objects.get().strike == Strike.NONE

    def test_a_hold_ends_in_a_length_and_not_as_it_is(self, guardian: User) -> None:
        findings.record(line_finding())
        with pytest.raises(LengthError):
            confirm(claimed(guardian), guardian, Length.AS_IS, Rule.MINOR)
        assert Report.objects.get().state == State.CLAIMED
        confirm(Report.objects.get(), guardian, Length.DAYS_30, Rule.MINOR)
        assert Sanction.objects.get().kind == SanctionKind.SUSPENSION


@pytest.mark.django_db
class TestTwoPeople:
    def test_one_person_alone_cannot_dismiss_child_safety(self, guardian: User) -> None:
        findings.record(line_finding())
        assert dismiss(claimed(guardian), guardian) is Dismissal.PROPOSED
        assert is_barred()
        assert review.claim_next(acting_user=guardian, now=SOON) is None
        with pytest.raises(TwoPeopleNeededError):
            dismiss(Report.objects.get(), guardian)
        assert is_barred()

    def test_two_people_can(self, guardian: User, other_guardian: User) -> None:
        findings.record(line_finding())
        dismiss(claimed(guardian), guardian)
        assert dismiss(claimed(other_guardian), other_guardian) is Dismissal.DONE
        assert not is_barred()

    def test_the_second_person_may_see_it_otherwise(
        self, guardian: User, other_guardian: User
    ) -> None:
        findings.record(line_finding())
        dismiss(claimed(guardian), guardian)
        confirm(claimed(other_guardian), other_guardian, Length.DAYS_7, Rule.MINOR)
        assert is_barred()

    def test_a_threat_to_life_needs_two_as_well(self, mod: User) -> None:
        intake.receive(user_report(rule=Rule.SELF_HARM))
        assert dismiss(claimed(mod), mod) is Dismissal.PROPOSED

    def test_the_database_refuses_a_lone_dismissal_too(self, guardian: User) -> None:
        findings.record(line_finding())
        dismiss(claimed(guardian), guardian)
        with pytest.raises(IntegrityError, match="report_safety_dismissed_by_two"):
            Report.objects.update(
                state=State.CLOSED, outcome=Outcome.DISMISSED, closed_by=guardian, closed_at=SOON
            )

    def test_the_first_line_cannot_bar_for_ever(self, mod: User) -> None:
        findings.record(finding())
        with pytest.raises(NotAllowedError):
            confirm(claimed(mod), mod, Length.FOR_EVER)

    def test_a_bar_for_ever_needs_a_second_lead(self, lead: User, other_lead: User) -> None:
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

    def test_the_database_refuses_a_lone_bar_for_ever_too(self, lead: User) -> None:
        findings.record(finding())
        with pytest.raises(IntegrityError, match="sanction_for_ever_by_two"):
            Sanction.objects.update(
                kind=SanctionKind.EXPULSION, until=None, decided_by=lead, seconded_by=lead
            )


@pytest.mark.django_db
def test_every_decision_is_on_the_record_with_its_account(mod: User) -> None:
    findings.record(finding())
    confirm(claimed(mod), mod, Length.HOURS_24)
    by_mod = AuditEntry.objects.filter(actor=mod.pk).values_list("verb", flat=True)
    assert list(by_mod) == ["report.claimed", "sanction.confirmed", "report.confirmed"]


def at_once(*calls: object) -> list[object]:
    """Run the calls in threads of their own that start together; results or errors, in order."""
    barrier = threading.Barrier(len(calls))

    def run(call: object) -> object:
        try:
            barrier.wait(timeout=10)
            return call()  # type: ignore[operator]
        except (LostRaceError, StateError) as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_moderators_never_get_the_same_report(self) -> None:
        users = [staff(f"mod-{number}", Role.MODERATOR) for number in range(4)]
        for number in range(3):
            intake.receive(user_report(snapshot=snapshot(subject=person(20 + number))))
        found = at_once(
            *(lambda user=user: review.claim_next(acting_user=user, now=NOW) for user in users)
        )
        got = [report.pk for report in found if isinstance(report, Report)]
        assert len(got) == len(set(got)) == 3

    def test_a_report_somebody_is_at_this_moment_is_passed_over(self) -> None:
        mod = staff("mod", Role.MODERATOR)
        intake.receive(user_report(rule=Rule.THREAT))
        intake.receive(user_report(rule=Rule.SPAM, snapshot=snapshot(subject=person(21))))
        urgent, mild = Report.objects.order_by("-rank")
        is_locked, is_done = threading.Event(), threading.Event()

        def hold() -> None:
            try:
                with transaction.atomic():
                    Report.objects.select_for_update().get(pk=urgent.pk)
                    is_locked.set()
                    assert is_done.wait(timeout=30)
            finally:
                connection.close()

        holder = threading.Thread(target=hold)
        holder.start()
        assert is_locked.wait(timeout=10)
        try:
            assert claimed(mod) == mild
        finally:
            is_done.set()
            holder.join(timeout=10)

    def test_of_two_who_claim_the_same_report_one_wins_and_is_named(self) -> None:
        users = [staff(f"mod-{number}", Role.MODERATOR) for number in range(2)]
        intake.receive(user_report())
        seen = Report.objects.get()
        found = at_once(
            *(
                lambda user=user: review.claim(
                    seen.pk, version=seen.version, acting_user=user, now=NOW
                )
                for user in users
            )
        )
        lost = [error for error in found if isinstance(error, LostRaceError)]
        assert len(lost) == 1
        seen.refresh_from_db()
        assert seen.claimed_by is not None
        assert lost[0].winner == seen.claimed_by.username

    def test_of_confirming_and_dismissing_at_once_one_counts(self) -> None:
        users = [staff(f"mod-{number}", Role.MODERATOR) for number in range(2)]
        findings.record(finding())
        seen = Report.objects.get()
        found = at_once(
            lambda: confirm(seen, users[0], Length.HOURS_24), lambda: dismiss(seen, users[1])
        )
        assert sum(isinstance(result, LostRaceError) for result in found) == 1
        seen.refresh_from_db()
        assert is_barred() == (seen.outcome == Outcome.CONFIRMED)

    def test_the_same_finding_recorded_at_once_counts_once(self) -> None:
        cut = finding()
        found = at_once(*[lambda: findings.record(cut)] * 4)
        assert len(set(found)) == 1
        assert Sanction.objects.count() == 1

    def test_two_findings_at_once_climb_one_step_and_not_two_first_ones(self) -> None:
        at_once(*(lambda cut=cut: findings.record(cut) for cut in (finding(), finding())))
        untils = list(Sanction.objects.order_by("until").values_list("until", flat=True))
        assert untils == [NOW + timedelta(minutes=10), NOW + timedelta(hours=24)]

    def test_reports_by_many_at_once_become_one(self) -> None:
        at_once(
            *(
                lambda number=number: intake.receive(
                    user_report(snapshot=snapshot(partner=person(number)))
                )
                for number in range(30, 36)
            )
        )
        assert Report.objects.get().reporters.count() == 6

    def test_a_rolled_back_act_leaves_no_trace(self) -> None:
        class StopError(Exception):
            pass

        def fail() -> UUID:
            with transaction.atomic():
                findings.record(finding())
                raise StopError

        with pytest.raises(StopError):
            fail()
        assert not AuditEntry.objects.exists()
        assert not Sanction.objects.exists()
