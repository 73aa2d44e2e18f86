from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from reports.ids import ReportId
from reports.incoming import findings, intake
from reports.models import Evidence, Opener, Queue, Report, Reporter, Sanction
from reports.rules import Rule
from reports.sanctions.in_force import active_sanction
from tests.report_cases import (
    MALLORY,
    NOW,
    finding,
    frame,
    person,
    snapshot,
    user_report,
)

pytestmark = pytest.mark.django_db


def test_evidence_without_a_report_is_not_kept() -> None:
    with pytest.raises(Report.DoesNotExist):
        intake.attach(ReportId(snapshot().conversation), [frame()])


def test_ten_coordinated_false_reports_bar_nobody() -> None:
    for number in range(10, 20):
        intake.receive(user_report(rule=Rule.NUDITY, snapshot=snapshot(partner=person(number))))
    assert active_sanction(MALLORY.participant, MALLORY.device, NOW) is None
    assert not Sanction.objects.exists()
    report = Report.objects.get()
    assert report.reporters.count() == 10
    assert report.opened_by == Opener.PERSON


def test_reporters_who_share_a_device_count_once() -> None:
    def reported_by(*devices: int) -> float:
        Reporter.objects.all().delete()
        Report.objects.all().delete()
        for number, device in enumerate(devices, start=10):
            by = person(number)
            by = type(by)(participant=by.participant, device=person(device).device)
            intake.receive(user_report(snapshot=snapshot(partner=by)))
        return Report.objects.get().priority

    alone = reported_by(10)
    assert reported_by(10, 10, 10) == alone
    assert reported_by(10, 11, 12) > alone


def test_the_same_report_again_gets_the_same_receipt() -> None:
    said = user_report()
    first = intake.receive(said)
    assert intake.receive(said) == first
    assert Reporter.objects.count() == 1


def test_reports_outside_the_window_are_reports_of_their_own(settings: Settings) -> None:
    intake.receive(user_report())
    later = NOW + timedelta(seconds=settings.REPORT_WINDOW_S)
    intake.receive(user_report(snapshot=snapshot(partner=person(3)), reported_at=later))
    assert Report.objects.count() == 2


def test_a_person_and_the_machine_share_a_report_and_are_told_apart() -> None:
    context = snapshot()
    found = findings.record(finding(snapshot=context))
    told = intake.receive(user_report(rule=Rule.NUDITY, snapshot=context))
    assert found.report == told.report
    report = Report.objects.get()
    assert report.opened_by == Opener.MACHINE
    assert (report.findings.count(), report.reporters.count()) == (1, 1)


@pytest.mark.parametrize("rule", [Rule.MINOR, Rule.GROOMING])
def test_child_safety_is_sealed_at_intake(rule: Rule) -> None:
    intake.receive(user_report(rule=rule))
    report = Report.objects.get()
    assert report.queue == Queue.CHILD_SAFETY
    assert report.is_safety_floor
    assert report.priority >= 95


def test_a_threat_stands_on_the_safety_floor() -> None:
    intake.receive(user_report(rule=Rule.THREAT))
    report = Report.objects.get()
    assert report.queue == Queue.STANDARD
    assert report.is_safety_floor
    assert report.priority >= 90


def test_a_note_no_database_could_keep_is_kept_anyway() -> None:
    intake.receive(user_report(note="a\x00b\ud800c" + "x" * 2000))
    note = Reporter.objects.get().note
    assert note.startswith("a\ufffdb?c")
    assert len(note) == 1000


def test_attaching_twice_keeps_evidence_once() -> None:
    report = intake.receive(user_report()).report
    intake.attach(report, [frame(1), frame(2)])
    intake.attach(report, [frame(2), frame(3)])
    assert Evidence.objects.count() == 3


def test_a_report_by_a_person_needs_the_person() -> None:
    with pytest.raises(ValueError, match="partner"):
        intake.receive(user_report(snapshot=snapshot(partner=None)))
