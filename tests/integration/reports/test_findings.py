from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from pytest_django.fixtures import Settings

from reports import snapshot_json
from reports.house_rules import policies
from reports.ids import DeviceId, ParticipantId
from reports.incoming import findings
from reports.keys import KeyFormatError
from reports.models import (
    AuditEntry,
    Evidence,
    MachineFinding,
    Opener,
    Queue,
    Report,
    Sanction,
    SanctionKind,
    Statement,
    Strike,
)
from reports.rules import Rule
from reports.sanctions.in_force import active_sanction
from reports.snapshots import Person, Score
from tests.report_cases import BO, MALLORY, NOW, finding, frame, line_finding, snapshot

pytestmark = pytest.mark.django_db


def test_nothing_is_kept_when_the_evidence_cannot_be_sealed(settings: Settings) -> None:
    settings.EVIDENCE_PUBLIC_KEY = "broken"
    with pytest.raises(KeyFormatError):
        findings.record(finding())
    for model in (Report, Sanction, Statement, Evidence, MachineFinding, AuditEntry):
        assert not model.objects.exists()


def test_recording_the_same_finding_twice_changes_nothing() -> None:
    cut = finding()
    first = findings.record(cut)
    entries = AuditEntry.objects.count()
    assert findings.record(cut) == first
    assert Sanction.objects.count() == 1
    assert Evidence.objects.count() == 1
    assert AuditEntry.objects.count() == entries


def test_a_robot_is_out_for_ten_minutes_and_its_lines_are_text() -> None:
    spam = line_finding(rule=Rule.SPAM, is_child_safety=False, cut=True)
    code = findings.record(spam).sanction_code

    active = active_sanction(MALLORY.participant, MALLORY.device, NOW)
    assert active is not None
    assert (active.until, active.rule) == (NOW + timedelta(minutes=10), Rule.SPAM)
    assert Statement.objects.get(code=code).dsa["content_type"] == ["CONTENT_TYPE_TEXT"]


def test_a_line_that_bars_nobody_is_a_report_all_the_same() -> None:
    threat = line_finding(rule=Rule.THREAT, is_child_safety=False)
    assert findings.record(threat).sanction_code is None
    assert Report.objects.get().rule == Rule.THREAT


def test_a_cut_bars_participant_and_device_for_ten_minutes() -> None:
    code = findings.record(finding()).sanction_code
    stranger = Person(participant=ParticipantId(uuid4()), device=DeviceId(uuid4()))
    for participant, device in (
        (MALLORY.participant, stranger.device),
        (stranger.participant, MALLORY.device),
    ):
        active = active_sanction(participant, device, NOW)
        assert active is not None
        assert active.until == NOW + timedelta(minutes=10)
        assert active.rule is Rule.NUDITY
        assert active.statement_code == code
        assert active.statement_url == f"/statement/{code}/"
        assert active.appeal_url == f"/statement/{code}/appeal/"
    assert active_sanction(stranger.participant, stranger.device, NOW) is None
    assert active_sanction(BO.participant, BO.device, NOW) is None
    later = NOW + timedelta(minutes=10)
    assert active_sanction(MALLORY.participant, MALLORY.device, later) is None


def test_unconfirmed_repeats_stay_at_a_day() -> None:
    lengths = []
    for day in range(4):
        at = NOW + timedelta(days=3 * day)
        findings.record(finding(found_at=at))
        newest = Sanction.objects.latest("starts_at")
        assert newest.until is not None
        lengths.append(newest.until - at)
    assert lengths == [timedelta(minutes=10), *[timedelta(hours=24)] * 3]


def test_strikes_follow_the_device_to_a_new_participant_and_expire(settings: Settings) -> None:
    findings.record(finding())
    reborn = Person(participant=ParticipantId(uuid4()), device=MALLORY.device)
    at = NOW + timedelta(days=1)
    findings.record(finding(snapshot=snapshot(subject=reborn), found_at=at))
    assert Sanction.objects.latest("starts_at").until == at + timedelta(hours=24)
    much_later = NOW + timedelta(days=settings.STRIKE_EXPIRY_DAYS + 2)
    findings.record(finding(found_at=much_later))
    assert Sanction.objects.latest("starts_at").until == much_later + timedelta(minutes=10)


def test_what_was_found_in_a_camera_check_is_sanctioned_and_names_no_partner() -> None:
    recorded = findings.record(finding(snapshot=snapshot(partner=None, mode="check")))
    assert recorded.sanction_code is not None
    report = Report.objects.get(pk=recorded.report)
    assert (report.mode, report.partner_participant, report.partner_device) == ("check", None, None)
    assert snapshot_json.decode(report.snapshot).partner is None


def test_who_was_pressed_gets_no_sanction_and_the_report_names_both() -> None:
    recorded = findings.record(finding(was_pressed=True))
    assert recorded.sanction_code is None
    assert not Sanction.objects.exists()
    report = Report.objects.get(pk=recorded.report)
    assert report.was_pressed
    assert report.subject_participant == MALLORY.participant
    assert report.partner_participant == BO.participant


def test_a_finding_without_a_cut_only_opens_a_report() -> None:
    assert findings.record(finding(cut=False)).sanction_code is None
    assert Report.objects.get().opened_by == Opener.MACHINE


def test_nudity_in_doubt_of_somebody_young_is_sealed_and_still_bars_nobody() -> None:
    findings.record(finding(cut=False, is_child_safety=True))
    assert Report.objects.get().queue == Queue.CHILD_SAFETY
    assert not Sanction.objects.exists()


def test_a_line_under_age_holds_the_speaker_until_a_person_decides() -> None:
    findings.record(line_finding())
    sanction = Sanction.objects.get()
    assert sanction.kind == SanctionKind.HOLD
    assert sanction.strike == Strike.NONE
    assert sanction.queue == Queue.CHILD_SAFETY
    assert Report.objects.get().queue == Queue.CHILD_SAFETY
    years_later = NOW + timedelta(days=3650)
    active = active_sanction(MALLORY.participant, MALLORY.device, years_later)
    assert active is not None
    assert active.until is None


def test_nudity_with_the_age_in_doubt_is_held_without_a_strike_also_when_pressed() -> None:
    findings.record(finding(is_child_safety=True, was_pressed=True))
    sanction = Sanction.objects.get()
    assert sanction.kind == SanctionKind.HOLD
    assert sanction.strike == Strike.NONE
    assert sanction.policy.code == "nudity-age-doubt"


def test_a_hold_is_overdue_after_its_time_and_still_holds(settings: Settings) -> None:
    findings.record(line_finding())
    due = NOW + timedelta(seconds=settings.HOLD_DECIDE_WITHIN_S)
    assert not Sanction.objects.overdue(due - timedelta(seconds=1)).exists()
    assert Sanction.objects.overdue(due).exists()
    assert active_sanction(MALLORY.participant, MALLORY.device, due) is not None


def test_age_doubt_waits_in_a_queue_of_its_own_below_the_floors() -> None:
    estimate = snapshot(scores=(Score(label="age", value=15.2),), lines=())
    findings.record(finding(rule=Rule.MINOR, snapshot=estimate, evidence=(), cut=True))
    report = Report.objects.get()
    assert report.queue == Queue.AGE_DOUBT
    assert report.priority < 80
    assert not report.is_safety_floor
    assert Sanction.objects.get().kind == SanctionKind.HOLD


def test_child_safety_and_standard_findings_of_one_conversation_stay_apart() -> None:
    context = snapshot()
    plain = findings.record(finding(snapshot=context))
    sealed = findings.record(line_finding(snapshot=context))
    assert plain.report != sealed.report


def test_everything_is_on_the_record_in_order() -> None:
    findings.record(finding(evidence=(frame(1), frame(2))))
    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == [
        "report.opened",
        "finding.recorded",
        "sanction.imposed",
        "evidence.sealed",
        "evidence.sealed",
    ]
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {None}


def test_a_machine_cannot_bar_for_longer_than_a_week() -> None:
    findings.record(finding())
    with pytest.raises(IntegrityError, match="sanction_long_by_a_person"):
        Sanction.objects.update(until=NOW + timedelta(days=8))


def test_every_rule_has_one_current_policy() -> None:
    for rule in Rule:
        for is_child_safety in (False, True):
            assert policies.current(rule, is_child_safety=is_child_safety).rule == rule
