"""Video closes when pictures wait too long for their verdict, and opens again (invariant I7)."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import redis
import redis.asyncio
from django.conf import settings

from chat import video_gate
from chat.consumers.outbox import Outbox
from chat.consumers.video_news import VideoNews
from chat.stores import nodes
from chat.stores import valve as valve_store
from chat.trust import Level
from chat.valve import CALM_MS
from moderation.samples import StreamId
from moderation.stores import figures, heartbeat
from moderation.stores import keys as moderation_keys
from moderation.stores.client import connect_async
from moderation.stores.turns import Rank, Turn
from moderation.verdicts import Decision
from reports.ids import ConversationId, ParticipantId
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import ADMIT_MAX_AGE_S
from tests.integration.chat.meeting import meet, open_control, seek

NOW_MS = 1_800_000_000_000
LIMIT_MS = int(settings.SCREENING_ADMIT_MAX_AGE_S * 1000)
LOW = {Level.NEGATIVE, Level.DOUBTFUL}


@pytest.fixture
async def client(redis_client: redis.Redis) -> AsyncIterator[redis.asyncio.Redis]:
    """Of a web process; a worker and a relay node live."""
    heartbeat.beat(redis_client, "a worker", NOW_MS + 60_000)
    async with connect_async() as client:
        await nodes.renew(client, settings.RELAY_NODE)
        yield client


async def closed_for(client: redis.asyncio.Redis, now_ms: int = NOW_MS) -> set[Level]:
    """As another web process finds it, which has not asked before."""
    async with connect_async() as asking:
        return {level for level in Level if not await video_gate.is_open(asking, level, now_ms)}


def note_verdicts(client: redis.Redis, *ages_ms: int, at_ms: int = NOW_MS) -> None:
    for age_ms in ages_ms:
        turn = Turn(stream=StreamId("s.a"), rank=Rank.LIVE, since_ms=at_ms - age_ms)
        figures.note(client, turn, Decision.CLEAR, took_ms=30, now_ms=at_ms)


async def test_it_is_open_while_verdicts_come_in_time(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    note_verdicts(redis_client, *[LIMIT_MS // 2] * 99, 60_000)
    assert await closed_for(client) == set()


async def test_late_verdicts_close_it_for_the_least_trusted_first(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    note_verdicts(redis_client, *[LIMIT_MS + 1] * 20)
    assert await closed_for(client) == LOW
    note_verdicts(redis_client, *[LIMIT_MS * 2] * 20)
    assert await closed_for(client) == set(Level)


async def test_it_closes_when_somebody_waits_and_nothing_is_judged(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    since_ms = NOW_MS - 2 * LIMIT_MS
    redis_client.zadd(moderation_keys.waiting_since(), {"a stream": since_ms})
    assert await closed_for(client) == set(Level)


async def test_what_was_judged_long_ago_does_not_count(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    note_verdicts(redis_client, *[LIMIT_MS * 9] * 20, at_ms=NOW_MS - figures.LATELY_MS - 1)
    assert await closed_for(client) == set()


async def test_it_opens_again_by_itself_and_for_all_processes_at_once(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    redis_client.zadd(moderation_keys.waiting_since(), {"a stream": NOW_MS - 2 * LIMIT_MS})
    assert await closed_for(client) == set(Level)
    redis_client.delete(moderation_keys.waiting_since())
    seen = [await closed_for(client, NOW_MS + n * (CALM_MS // 2)) for n in range(1, 12)]
    assert seen[0] == set(Level)
    assert [len(closed) for closed in seen] == sorted((len(c) for c in seen), reverse=True)
    assert LOW in seen
    assert seen[-1] == set()
    assert (await valve_store.load(client)).step == 0


async def test_of_two_the_less_trusted_decides(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    note_verdicts(redis_client, *[LIMIT_MS + 1] * 20)
    conversation = ConversationId(uuid4())
    trusted = (Level.TRUSTED, Level.NEW)
    mixed = (Level.TRUSTED, Level.DOUBTFUL)
    chosen = await video_gate.choose_node(client, conversation, trusted, NOW_MS)
    assert chosen == settings.RELAY_NODE
    assert await video_gate.choose_node(client, conversation, mixed, NOW_MS) is None


async def test_asking_often_costs_one_look(
    client: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    before = redis_client.info("stats")["total_commands_processed"]
    for later_ms in range(200):
        await video_gate.is_open(client, Level.NEW, NOW_MS + later_ms)
    after = redis_client.info("stats")["total_commands_processed"]
    assert after - before < 20


async def test_who_was_refused_in_a_moment_that_nobody_saw_is_told_when_it_is_open(
    client: redis.asyncio.Redis,
) -> None:
    heard: list[dict[str, Any]] = []

    async def hear(event: dict[str, Any]) -> None:
        heard.append(json.loads(event["text"]))

    news = VideoNews(client, Outbox(hear), ParticipantId(uuid4()))
    assert await news.begin()
    await news.refuse("no video conversations now")
    await news.tell()
    await news.tell()

    assert [message["type"] for message in heard] == ["error", "video"]
    assert heard[1]["open"] is True


@pytest.mark.usefixtures("screening")
def test_the_page_is_told_when_video_closes_and_when_it_opens_and_text_goes_on(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    established = meet(newcomer(), newcomer(), "video")
    control, welcome = open_control(newcomer())
    assert welcome["video_open"] is True
    searching, _ = open_control(newcomer())
    seek(searching, "video")
    searching.expect("searching")

    since_ms = time.time_ns() // 1_000_000 - int(2 * ADMIT_MAX_AGE_S * 1000)
    redis_client.zadd(moderation_keys.waiting_since(), {"a stream": since_ms})
    assert control.expect("video")["open"] is False
    assert searching.expect("error")["code"] == "video_closed"
    seek(control, "video")
    assert control.expect("error")["code"] == "video_closed"
    assert open_control(newcomer())[1]["video_open"] is False
    seek(control)
    control.expect("searching")
    # Those who are together already stay together.
    established.ada.send("ping")
    established.ada.expect("pong")
    assert all(message["type"] != "ended" for message in established.ada.received)

    redis_client.delete(moderation_keys.waiting_since())
    assert control.expect("video")["open"] is True
