"""Ends, reports and lost control sockets reach the media sockets through the node's channel."""

import uuid

import redis

from chat import conversations, events
from chat.clock import now_ms
from chat.stores import seats
from chat.stores.conversations import EndedBy
from moderation.packets import Kind
from moderation.samples import Purpose, Side
from moderation.stores import media
from reports.ids import ReportId
from tests.clients import MediaClient, until
from tests.integration.relay.conftest import NODE, Pair
from tests.integration.relay.judge import TestJudge


async def shown_to(pair: Pair) -> tuple[MediaClient, MediaClient]:
    """Both attached, and bo sees ada in the sampled phase."""
    ada, bo = await pair.both()
    await ada.film(lambda: len(bo.packets) > 15)
    return ada, bo


async def test_both_sockets_close_and_the_last_seconds_are_judged_at_the_end(
    pair: Pair, judge: TestJudge
) -> None:
    ada, bo = await shown_to(pair)
    await bo.film(lambda: len(ada.packets) > 3)
    assert await conversations.end(pair.redis, pair.conversation.id, by=EndedBy.SIDE_A)
    assert await ada.closed() == await bo.closed() == 1000
    await until(
        lambda: {s.subject.side for s in judge.taken_as(Purpose.FAREWELL)} == set(Side),
        "both farewells",
    )
    assert await (await pair.attach(Side.A)).closed() == 4404


async def test_a_side_without_control_socket_is_sent_nothing_until_it_is_back(pair: Pair) -> None:
    ada, bo = await shown_to(pair)
    gone = events.ControlGone(conversation=pair.conversation.id, side=Side.B)
    await events.publish(pair.redis, NODE, gone)
    # A second message on the same channel: when it has been obeyed, so has the first.
    reported = events.Reported(conversation=pair.conversation.id, side=Side.A)
    await events.publish(pair.redis, NODE, reported)
    await until(lambda: ada.picture("you") == "checking", "the report was obeyed")
    packets, messages = len(bo.packets), len(bo.messages)
    await ada.film(lambda: ada.picture("you") == "shown")
    assert (len(bo.packets), len(bo.messages)) == (packets, messages)
    back = events.ControlBack(conversation=pair.conversation.id, side=Side.B)
    await events.publish(pair.redis, NODE, back)
    await ada.film(lambda: len(bo.packets) > packets)
    assert bo.packets[packets][0] == Kind.KEY
    assert bo.picture("partner") == "shown"


async def test_a_control_socket_that_went_before_the_media_socket_came_counts_too(
    pair: Pair, judge: TestJudge
) -> None:
    seat = seats.Seat(conversation=pair.conversation.id, side=Side.B, socket="one")
    assert await seats.join(pair.redis, seat, now_ms())
    assert await seats.leave(pair.redis, seat, now_ms())
    ada, bo = await pair.both()
    await ada.film(lambda: judge.taken_as(Purpose.SAMPLE))
    assert not bo.packets
    assert not bo.messages


async def test_a_reported_picture_is_screened_again(pair: Pair, judge: TestJudge) -> None:
    ada, _ = await shown_to(pair)
    before = len(judge.taken_as(Purpose.WINDOW))
    reported = events.Reported(conversation=pair.conversation.id, side=Side.A)
    await events.publish(pair.redis, NODE, reported)
    await ada.film(lambda: len(judge.taken_as(Purpose.WINDOW)) > before)
    last = [text for text in ada.messages if text["type"] == "picture"][-1]
    assert last["reason"] is None


async def test_a_report_gets_the_last_seconds_also_after_the_end(
    pair: Pair, redis_client: redis.Redis
) -> None:
    await shown_to(pair)
    await conversations.end(pair.redis, pair.conversation.id, by=EndedBy.SIDE_B)
    report = ReportId(uuid.uuid4())
    wanted = events.EvidenceWanted(conversation=pair.conversation.id, side=Side.A, report=report)
    await events.publish(pair.redis, NODE, wanted)
    await until(lambda: media.load(redis_client, report), "evidence arrives")
    packets = media.load(redis_client, report)
    assert packets is not None
    assert packets[0].kind is Kind.KEY
    assert len(packets) > 15


async def test_what_is_not_understood_on_the_channel_changes_nothing(pair: Pair) -> None:
    ada, bo = await shown_to(pair)
    for nonsense in ("", "{}", "[1]", '{"type":"verdict"}', '{"type":"verdict","stream":5}', "x"):
        await pair.redis.publish(f"parley:node:{NODE}", nonsense)
    before = len(bo.packets)
    await ada.film(lambda: len(bo.packets) > before + 3)
