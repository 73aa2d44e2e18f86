"""Reports and blocks: a receipt only for what is written, and the two never meet again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import redis
from django.conf import settings

from chat.models import Block, Device, Participant
from chat.stores import keys
from reports.ids import ConversationId
from reports.incoming import reporters
from reports.models import Report, Reporter
from reports.roles import Role
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Control
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import House
from tests.integration.chat.meeting import (
    Meeting,
    look_in_vain,
    meet,
    nothing_came,
    open_control,
    pair,
    person,
)
from tests.report_cases import staff


def test_a_report_without_a_partner_is_about_nobody(newcomer: Newcomer) -> None:
    control, _ = open_control(newcomer())
    control.send("report", reason="spam")
    assert control.expect("error")["code"] == "not_paired"
    control.send("report", reason="spam", conversation=str(uuid4()))
    assert control.expect("error")["code"] == "no_such_conversation"
    assert not Report.objects.exists()


@pytest.mark.parametrize("kind", ["report", "block"])
def test_nobody_complains_about_a_conversation_of_others(newcomer: Newcomer, kind: str) -> None:
    meeting = meet(newcomer(), newcomer())
    mallory, _ = open_control(newcomer())
    mallory.send(kind, reason="spam", conversation=meeting.conversation)
    assert mallory.expect("error")["code"] == "no_such_conversation"
    assert nothing_came(meeting.ada, "ended")
    assert not Report.objects.exists()
    assert not Block.objects.exists()


def test_a_report_ends_the_conversation_and_carries_the_lines(newcomer: Newcomer) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo)
    meeting.bo.send("say", id="1", text="you are a fool")
    meeting.ada.expect("said")
    meeting.ada.send("report", reason="harassment", note="rude\x00")
    assert meeting.ada.expect("ended")["by"] == "you"
    receipt = meeting.ada.expect("reported")["receipt"]
    assert Reporter.objects.get().receipt == receipt
    report = Report.objects.get()
    assert report.conversation == UUID(meeting.conversation)
    assert report.subject_participant == _participant(meeting, "bo")
    assert "you are a fool" in str(report.snapshot)


def test_who_was_reported_learns_no_more_than_that_the_partner_left(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("report", reason="nudity")
    meeting.ada.expect("reported")
    assert meeting.bo.expect("ended") == {
        "type": "ended",
        "conversation": meeting.conversation,
        "by": "partner",
    }
    assert nothing_came(meeting.bo, "reported")


@pytest.mark.parametrize("kind", ["report", "block"])
def test_the_two_never_meet_again_even_when_redis_forgot(
    newcomer: Newcomer, redis_client: redis.Redis, kind: str
) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send(kind, reason="spam")
    for control in (meeting.ada, meeting.bo):
        control.expect("ended")
    look_in_vain(meeting)
    meeting.ada.send("leave")
    meeting.bo.send("leave")
    _wait_for_block()
    for key in redis_client.scan_iter("*:avoid:*"):
        redis_client.delete(key)
    look_in_vain(meeting)


def test_a_late_report_is_taken_for_24_hours(newcomer: Newcomer, redis_client: redis.Redis) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.bo.send("leave")
    meeting.ada.expect("ended")
    key = keys.conversation(ConversationId(UUID(meeting.conversation)))
    assert 24 * 3600 - 60 < int(redis_client.ttl(key)) <= 24 * 3600
    meeting.ada.send("report", reason="minor", conversation=meeting.conversation)
    meeting.ada.expect("reported")
    started_ms = int(redis_client.hget(key, "started_ms") or 0)
    redis_client.hset(key, "started_ms", started_ms - 24 * 3600 * 1000 - 1)
    meeting.ada.send("report", reason="minor", conversation=meeting.conversation)
    assert meeting.ada.expect("error")["code"] == "no_such_conversation"


def test_a_report_from_a_new_socket_ends_the_old_conversation(newcomer: Newcomer) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo)
    back, _ = open_control(ada)
    back.send("report", reason="threat", conversation=meeting.conversation)
    back.expect("reported")
    assert meeting.bo.expect("ended")["by"] == "partner"
    back.send("resume", conversation=meeting.conversation, key=meeting.ada_paired["key"])
    assert back.expect("error")["code"] == "no_such_conversation"


def test_a_report_goes_on_when_its_socket_has_gone(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("report", reason="spam")
    meeting.ada.close()
    _wait_for_block()
    wait_for(Report.objects.exists, timeout_s=5, what="the report is there")


def told(control: Control) -> list[str]:
    """How each report was answered so far."""
    kinds = [str(message["type"]) for message in control.received]
    return [kind for kind in kinds if kind in {"reported", "error"}]


def test_many_reports_at_once_are_slowed_down(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    for _ in range(6):
        meeting.ada.send("report", reason="spam", conversation=meeting.conversation)
    # Reports are written beside the socket: the refusal may come before the receipts.
    wait_for(lambda: len(told(meeting.ada)) == 6, timeout_s=15, what="all six are answered")
    assert sorted(told(meeting.ada)) == ["error"] + ["reported"] * settings.REPORTS_DEVICE_BURST
    (error,) = (message for message in meeting.ada.received if message["type"] == "error")
    assert error["code"] == "slow_down"
    assert 0 < error["retry_after_s"] <= 30
    assert Report.objects.count() == 1


@pytest.mark.parametrize("kind", ["report", "block"])
def test_who_has_complained_too_often_is_rid_of_the_partner_all_the_same(
    newcomer: Newcomer, kind: str
) -> None:
    ada, bo = newcomer(), newcomer()
    earlier = meet(ada, newcomer())
    for _ in range(settings.REPORTS_DEVICE_BURST):
        earlier.ada.send("block", conversation=earlier.conversation)
    earlier.ada.expect("ended")
    control, _ = open_control(bo)
    meeting = pair(earlier.ada, control)
    meeting.ada.send(kind, reason="nudity")
    assert meeting.ada.expect("ended")["by"] == "you"
    assert meeting.ada.expect("error")["code"] == "slow_down"
    assert meeting.bo.expect("ended")["by"] == "partner"
    look_in_vain(meeting)


def test_entering_anew_gives_nobody_more_reports(newcomer: Newcomer) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo)
    for _ in range(settings.REPORTS_DEVICE_BURST):
        meeting.ada.send("report", reason="spam", conversation=meeting.conversation)
    wait_for(
        lambda: len(told(meeting.ada)) == settings.REPORTS_DEVICE_BURST,
        timeout_s=15,
        what="all answered",
    )
    ada.enter()
    again = meet(ada, newcomer())
    again.ada.send("report", reason="spam")
    assert again.ada.expect("error")["code"] == "slow_down"


def test_a_reported_person_is_told_on_another_process_too(
    newcomer: Newcomer, neighbour: House
) -> None:
    meeting = meet(newcomer(), newcomer(at=neighbour))
    meeting.bo.send("report", reason="hate")
    meeting.bo.expect("reported")
    assert meeting.ada.expect("ended")["by"] == "partner"


def test_a_reporter_is_kept_with_a_keyed_neighbourhood_and_as_new_here(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("report", reason="spam")
    meeting.ada.expect("reported")
    row = Reporter.objects.get()
    assert row.is_newcomer
    assert len(row.prefix) == 16
    # Where the subject came from is known by another key: the two can't be held together.
    assert len(row.report.subject_prefix) == 16
    assert row.report.subject_prefix != row.prefix


def test_a_device_of_long_standing_is_no_newcomer(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    Device.objects.update(created_at=datetime.now(UTC) - timedelta(hours=2))
    meeting.ada.send("report", reason="spam")
    meeting.ada.expect("reported")
    assert not Reporter.objects.get().is_newcomer


def test_who_was_warned_about_false_reports_reads_it_after_the_next_one(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    device = Participant.objects.get(pk=_participant(meeting, "ada")).device_id
    lead = staff("lead", Role.LEAD)
    reporters.warn(device, reason="often wrong", acting_user=lead, now=datetime.now(UTC))
    meeting.ada.send("report", reason="spam")
    meeting.ada.expect("reported")
    assert meeting.ada.expect("notice")["level"] == "warning"
    assert nothing_came(meeting.bo, "notice")


def _participant(meeting: Meeting, which: str) -> UUID:
    received = getattr(meeting, which).received
    welcome = next(message for message in received if message["type"] == "welcome")
    return person(str(welcome["participant"])).participant


def _wait_for_block() -> None:
    wait_for(Block.objects.exists, timeout_s=5, what="the block is there")
