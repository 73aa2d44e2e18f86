"""What the control socket has to do with pictures: the gate, the tokens, and who never came."""

import asyncio
import json
import time
from uuid import UUID

import pytest
import redis
from django.conf import settings

from chat import conversations
from chat.events import RelayEvent, Reported, decode
from chat.stores.conversations import EndedBy
from moderation.events import node_channel
from moderation.samples import Side
from moderation.stores import keys as moderation_keys
from moderation.stores.client import connect_async
from reports.ids import ConversationId
from tests.e2e.waiting import wait_for
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.meeting import Meeting, meet, nothing_came, open_control, pair, seek


@pytest.mark.usefixtures("screening")
def test_a_video_pair_gets_a_token_each_and_a_fresh_one_on_demand(newcomer: Newcomer) -> None:
    meeting = _meet_by_video(newcomer)
    relays = [meeting.ada_paired["relay"], meeting.bo_paired["relay"]]
    meeting.ada.send("relay")
    fresh = meeting.ada.expect("relay")
    relays.append({"url": fresh["url"], "token": fresh["token"]})
    assert {relay["url"] for relay in relays} == {"/ws/media/"}
    assert len({relay["token"] for relay in relays}) == 3


@pytest.mark.usefixtures("screening")
def test_fresh_tokens_are_limited(newcomer: Newcomer) -> None:
    meeting = _meet_by_video(newcomer)
    for _ in range(settings.RELAYS_DEVICE_BURST):
        meeting.ada.send("relay")
        meeting.ada.expect("relay")
    meeting.ada.send("relay")
    refused = meeting.ada.expect("error")
    assert refused["code"] == "slow_down"
    assert refused["retry_after_s"] > 0


@pytest.mark.usefixtures("screening")
def test_whoever_attaches_no_camera_within_ten_seconds_has_lost_it(newcomer: Newcomer) -> None:
    meeting = _meet_by_video(newcomer)
    began_s = time.monotonic()
    for control in (meeting.ada, meeting.bo):
        assert control.expect("ended")["by"] == "lost"
    assert 9 < time.monotonic() - began_s < 12


@pytest.mark.usefixtures("screening")
def test_who_comes_back_attaches_a_camera_within_ten_seconds_too(newcomer: Newcomer) -> None:
    ada, bo = newcomer(), newcomer()
    meeting = meet(ada, bo, "video")
    meeting.ada.close()
    meeting.bo.close()
    back = [open_control(stranger)[0] for stranger in (ada, bo)]
    for control, paired in zip(back, (meeting.ada_paired, meeting.bo_paired), strict=True):
        control.send("resume", conversation=meeting.conversation, key=paired["key"])
        control.expect("paired")
    for control in back:
        assert control.expect("ended")["by"] == "lost"


@pytest.mark.usefixtures("screening")
def test_who_is_lost_to_a_slow_partner_looks_on_and_the_slow_one_does_not(
    newcomer: Newcomer,
) -> None:
    meeting = _meet_by_video(newcomer)
    asyncio.run(_give_up(ConversationId(UUID(meeting.conversation)), Side.B))
    # Who sought first waited, and sits on side A.
    for control in (meeting.ada, meeting.bo):
        assert control.expect("ended")["by"] == "lost"
    assert meeting.ada.expect("searching")["mode"] == "video"
    assert nothing_came(meeting.bo, "searching")


@pytest.mark.usefixtures("screening")
def test_a_search_for_video_ends_when_screening_does(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    control, welcome = open_control(newcomer())
    assert welcome["video_open"] is True
    seek(control, "video")
    control.expect("searching")
    redis_client.delete(moderation_keys.heartbeats())
    assert control.expect("error")["code"] == "video_closed"
    seek(control)
    control.expect("searching")


@pytest.mark.usefixtures("screening")
def test_a_late_report_has_the_reported_one_screened_again(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    earlier = meet(newcomer(), newcomer())
    earlier.ada.send("leave")
    earlier.bo.expect("ended")
    cleo, _ = open_control(newcomer())
    later = pair(earlier.bo, cleo, "video")
    channel = redis.client.PubSub(redis_client.connection_pool)
    channel.subscribe(node_channel(settings.RELAY_NODE))
    wait_for(lambda: channel.get_message(timeout=1), timeout_s=5, what="the channel is heard")
    earlier.ada.send("report", reason="nudity", conversation=earlier.conversation)
    earlier.ada.expect("reported")
    told = wait_for(lambda: _reported(channel), timeout_s=5, what="the relay is told")
    assert told == Reported(conversation=ConversationId(UUID(later.conversation)), side=Side.A)
    channel.close()


def test_a_text_conversation_has_no_relay(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    meeting.ada.send("relay")
    assert meeting.ada.expect("error")["code"] == "not_paired"


async def _give_up(conversation: ConversationId, slow: Side) -> None:
    """As a relay does when the socket of `slow` takes nothing."""
    client = connect_async()
    await conversations.end(
        client, conversation, by=EndedBy.LOST, search_on=frozenset({slow.other})
    )
    await client.aclose()


def _reported(channel: redis.client.PubSub) -> RelayEvent | None:
    message = channel.get_message(timeout=1)
    fields = json.loads(message["data"]) if message and message["type"] == "message" else {}
    return decode(fields) if fields.get("type") == "reported" else None


def _meet_by_video(newcomer: Newcomer) -> Meeting:
    return meet(newcomer(), newcomer(), "video")
