"""Races on the real database: of several at once, one counts."""

import threading
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import connection, transaction

from reports.incoming import findings, intake
from reports.known_pictures import bank_imports
from reports.models import AuditEntry, Outcome, Report, Sanction
from reports.reviewing import claims
from reports.reviewing.handling import LostRaceError
from reports.roles import Role
from reports.rules import Rule
from reports.sanctions.ladder import Length
from tests.bank_cases import DAY
from tests.integration.reports.desk import SOON, claimed, confirm, dismiss, is_barred
from tests.integration.reports.test_bank_imports import met, proposed
from tests.races import at_once
from tests.report_cases import NOW, finding, person, snapshot, staff, user_report

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_moderators_never_get_the_same_report() -> None:
    users = [staff(f"mod-{number}", Role.MODERATOR) for number in range(4)]
    for number in range(3):
        intake.receive(user_report(snapshot=snapshot(subject=person(20 + number))))
    found = at_once(*(partial(claims.claim_next, acting_user=user, now=NOW) for user in users))
    got = [report.pk for report in found if isinstance(report, Report)]
    assert len(got) == len(set(got)) == 3


def test_a_report_somebody_is_at_this_moment_is_passed_over() -> None:
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


def test_of_two_who_claim_the_same_report_one_wins_and_is_named() -> None:
    users = [staff(f"mod-{number}", Role.MODERATOR) for number in range(2)]
    intake.receive(user_report())
    seen = Report.objects.get()
    found = at_once(
        *(
            partial(claims.claim, seen.pk, version=seen.version, acting_user=user, now=NOW)
            for user in users
        ),
        losing=LostRaceError,
    )
    lost = [error for error in found if isinstance(error, LostRaceError)]
    assert len(lost) == 1
    seen.refresh_from_db()
    assert seen.claimed_by is not None
    assert lost[0].winner == seen.claimed_by.username


def test_of_confirming_and_dismissing_at_once_one_counts() -> None:
    users = [staff(f"mod-{number}", Role.MODERATOR) for number in range(2)]
    findings.record(finding())
    seen = Report.objects.get()
    found = at_once(
        partial(confirm, seen, users[0], Length.HOURS_24),
        partial(dismiss, seen, users[1]),
        losing=LostRaceError,
    )
    assert sum(isinstance(result, LostRaceError) for result in found) == 1
    seen.refresh_from_db()
    assert is_barred() == (seen.outcome == Outcome.CONFIRMED)


def test_the_same_finding_recorded_at_once_counts_once() -> None:
    cut = finding()
    found = at_once(*[partial(findings.record, cut)] * 4)
    assert len(set(found)) == 1
    assert Sanction.objects.count() == 1


def test_two_findings_at_once_climb_one_step_and_not_two_first_ones() -> None:
    at_once(*(partial(findings.record, cut) for cut in (finding(), finding())))
    untils = list(Sanction.objects.order_by("until").values_list("until", flat=True))
    assert untils == [NOW + timedelta(minutes=10), NOW + timedelta(hours=24)]


def test_reports_by_many_at_once_become_one() -> None:
    at_once(
        *(
            lambda number=number: intake.receive(
                user_report(snapshot=snapshot(partner=person(number)))
            )
            for number in range(30, 36)
        )
    )
    assert Report.objects.get().reporters.count() == 6


def test_revoking_an_import_waits_for_what_it_is_about_to_bring_about() -> None:
    mod, lead = staff("mod", Role.MODERATOR), staff("lead", Role.LEAD)
    imported = proposed(mod)
    bank_imports.approve(imported.pk, acting_user=lead, now=SOON)
    bank_imports.settle(SOON + DAY)
    entry = imported.entries.all()[0]
    is_recorded, is_done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                met(entry, person(20))
                is_recorded.set()
                assert is_done.wait(timeout=30)
        finally:
            connection.close()

    def revoke() -> None:
        try:
            bank_imports.revoke(imported.pk, reason="bad", acting_user=lead, now=SOON + DAY)
        finally:
            connection.close()

    recording, revoking = threading.Thread(target=hold), threading.Thread(target=revoke)
    recording.start()
    assert is_recorded.wait(timeout=10)
    revoking.start()
    revoking.join(timeout=1)
    assert revoking.is_alive()
    is_done.set()
    recording.join(timeout=10)
    revoking.join(timeout=10)
    assert Sanction.objects.get().lifted_by == lead


def test_a_rolled_back_act_leaves_no_trace() -> None:
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
