"""A partner that doesn't keep up, Redis away, a lost channel: nothing unjudged passes meanwhile."""

import os
import signal

import redis

from chat.stores.conversations import EndedBy
from moderation.packets import Kind
from moderation.samples import Side
from tests.clients import until
from tests.integration.relay.conftest import Pair
from tests.integration.relay.judge import TestJudge
from tests.services import TestServices


async def test_a_receiver_that_never_acknowledges_gets_4408_and_the_conversation_is_lost(
    pair: Pair,
) -> None:
    ada = await pair.attach(Side.A)
    bo = await pair.attach(Side.B, acknowledges=False)
    await ada.film(lambda: bo.close_code is not None)
    assert bo.close_code == 4408
    await until(lambda: ada.close_code, "the healthy side is let go")
    assert ada.close_code == 1000
    ending = await pair.ending()
    assert ending is not None
    assert ending.by is EndedBy.LOST


async def test_a_stopped_redis_holds_the_picture_and_it_recovers(
    pair: Pair, services: TestServices
) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: bo.picture("partner") == "shown")
    pid = services.pids()["redis"]
    os.kill(pid, signal.SIGSTOP)
    try:
        await ada.film(lambda: bo.picture("partner") == "held")
        held_at = len(bo.packets)
        count = 0

        def a_while() -> bool:
            nonlocal count
            count += 1
            return count > 20

        await ada.film(a_while)
        assert len(bo.packets) == held_at
    finally:
        os.kill(pid, signal.SIGCONT)
    await ada.film(lambda: bo.picture("partner") == "shown", timeout_s=25)
    assert ada.close_code is None


async def test_a_lost_channel_is_listened_to_again(pair: Pair, redis_client: redis.Redis) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: bo.picture("partner") == "shown")
    assert redis_client.client_kill_filter(_type="pubsub") >= 1
    before = len(bo.packets)
    await ada.film(
        lambda: bo.picture("partner") == "shown" and len(bo.packets) > before + 10, timeout_s=25
    )


async def test_a_verdict_that_got_lost_on_the_way_holds_until_the_store_was_read(
    pair: Pair, judge: TestJudge, redis_client: redis.Redis
) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: bo.picture("partner") == "shown")
    # A number is spent on a verdict that nobody hears.
    stream = pair.conversation.subject(Side.A).stream
    redis_client.hincrby(f"parley:moderation:{{{stream}}}:verdict", "n", 1)
    await ada.film(lambda: bo.picture("partner") == "held")
    await ada.film(lambda: bo.picture("partner") == "shown")


async def test_a_side_that_never_sends_a_picture_is_held_as_having_none(pair: Pair) -> None:
    _, bo = await pair.both()
    await until(lambda: bo.picture("partner") == "held", "held")
    last = [t for t in bo.messages if t["type"] == "picture" and t["whose"] == "partner"][-1]
    assert last["reason"] == "no_picture"
    assert bo.received(Kind.KEY) == []
