"""Whose turn it is, on a real Redis: order, the share of openings, and shifts that get lost."""

import asyncio
from collections import Counter
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
import redis
import redis.asyncio

from moderation.packets import Kind
from moderation.samples import Purpose, Sample, StreamId
from moderation.stores import heartbeat, keys, turns
from moderation.stores.turns import Pause, Rank, ShiftId, Turn
from reports.ids import ConversationId
from tests.moderation_cases import AT_MS
from tests.moderation_cases import sample as make
from tests.packets import packet
from tests.races import at_once
from tests.streams import SUBJECT

CHAIN = [packet(Kind.KEY, 0, 0)]
SHIFT = ShiftId("a shift")
TURN_MS = 30


def submission(purpose: Purpose = Purpose.WINDOW, *, later_ms: int = 0) -> Sample:
    """Of a stream of its own, handed in so long after AT_MS."""
    subject = replace(SUBJECT, conversation=ConversationId(uuid4()))
    wait_ms = 10_000 if purpose is Purpose.FAREWELL else 2000
    return replace(
        make(CHAIN, purpose=purpose, subject=subject),
        captured_ms=AT_MS + later_ms,
        deadline_ms=AT_MS + later_ms + wait_ms,
    )


@pytest.fixture
def worker(redis_client: redis.Redis) -> None:
    heartbeat.beat(redis_client, "a worker", AT_MS)


def take(client: redis.Redis, now_ms: int = AT_MS, opening_took_ms: int = 0) -> StreamId | None:
    turn = turns.take(client, SHIFT, now_ms, opening_took_ms)
    return turn.stream if isinstance(turn, Turn) else None


async def test_the_deadline_decides_and_what_is_being_seen_goes_ahead(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    late, farewell = submission(later_ms=100), submission(Purpose.FAREWELL)
    early, seen = submission(), submission(Purpose.SAMPLE, later_ms=300)
    for sample in (late, farewell, early, seen):
        await turns.wait_for(async_redis, sample, Rank.LIVE, AT_MS)

    taken = [take(redis_client) for _ in range(4)]

    assert taken == [sample.stream for sample in (seen, early, late, farewell)]


async def test_who_was_shown_already_goes_before_who_was_not(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    doors = [submission() for _ in range(10)]
    for sample in doors:
        await turns.wait_for(async_redis, sample, Rank.OPENING, AT_MS)
    inside = submission(later_ms=1500)
    await turns.wait_for(async_redis, inside, Rank.LIVE, AT_MS)

    # What openings are owed is less than three turns, whatever was saved up.
    first = [take(redis_client)]
    first += [take(redis_client, AT_MS + n * TURN_MS, TURN_MS) for n in range(1, 3)]

    assert inside.stream in first


async def test_a_farewell_is_taken_before_what_the_stream_showed_later(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    window = submission()
    farewell = replace(window, purpose=Purpose.FAREWELL, deadline_ms=AT_MS + 10_000)
    await turns.wait_for(async_redis, farewell, Rank.OPENING, AT_MS)
    await turns.wait_for(async_redis, window, Rank.LIVE, AT_MS)

    first, second = (turns.take(redis_client, SHIFT, AT_MS) for _ in range(2))

    assert isinstance(first, Turn)
    assert isinstance(second, Turn)
    assert (first.since_ms, second.since_ms) == (None, AT_MS)
    assert turns.take(redis_client, SHIFT, AT_MS) is None


@pytest.mark.usefixtures("worker")
async def test_openings_take_at_most_seven_tenths_and_those_inside_leave_them_a_tenth(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    async def wait(rank: Rank, number: int) -> None:
        for _ in range(number):
            await turns.wait_for(async_redis, submission(), rank, AT_MS)

    await wait(Rank.OPENING, 800)
    now_ms, until_ms = AT_MS, AT_MS + 20_000
    alone = _work(redis_client, now_ms, until_ms)
    await wait(Rank.LIVE, 700)
    crowded = _work(redis_client, until_ms, until_ms + 20_000)

    assert alone[Rank.LIVE] == 0
    # 70 per cent of 20 s and what was saved up before, in turns of 30 ms.
    assert 0.66 * 20_000 <= alone[Rank.OPENING] * TURN_MS <= 0.7 * 20_000 + 1000 + TURN_MS
    assert 0.08 * 20_000 <= crowded[Rank.OPENING] * TURN_MS <= 0.12 * 20_000
    assert crowded[Rank.LIVE] * TURN_MS >= 0.87 * 20_000


def _work(client: redis.Redis, now_ms: int, until_ms: int) -> Counter[Rank]:
    """What one worker does in that time, in turns of 30 ms."""
    done: Counter[Rank] = Counter()
    took_ms = 0
    while now_ms < until_ms:
        heartbeat.beat(client, "a worker", now_ms)
        match turns.take(client, SHIFT, now_ms, took_ms):
            case Pause(wait_ms=wait_ms):
                took_ms = 0
                now_ms += wait_ms
            case Turn(rank=rank):
                done[rank] += 1
                took_ms = TURN_MS if rank is Rank.OPENING else 0
                now_ms += TURN_MS
            case None:
                raise AssertionError("nobody waits any more")
    return done


@pytest.mark.usefixtures("worker")
async def test_however_many_wait_there_are_no_more_shifts_than_workers(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    heartbeat.beat(redis_client, "another", AT_MS)

    asked = [await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS) for _ in range(100)]

    assert len([shift for shift in asked if shift is not None]) == 2


async def test_nobody_is_asked_for_while_no_worker_lives_and_the_first_that_comes_asks(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    assert await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS) is None

    heartbeat.beat(redis_client, "a worker", AT_MS + 500)

    assert turns.ask_now(redis_client, AT_MS + 500) is not None
    assert turns.ask_now(redis_client, AT_MS + 501) is None


@pytest.mark.usefixtures("worker")
async def test_a_shift_that_is_lost_is_replaced_after_its_lease(
    async_redis: redis.asyncio.Redis,
) -> None:
    first, second, third = [
        await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS + later_ms)
        for later_ms in (0, turns.SHIFT_LEASE_MS - 1, turns.SHIFT_LEASE_MS)
    ]

    assert first is not None
    assert second is None
    assert third is not None


@pytest.mark.usefixtures("worker")
async def test_whoever_comes_as_a_shift_ends_is_served_by_it_or_asks_for_another(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    for _ in range(50):
        first = await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS)
        assert first is not None
        assert isinstance(turns.take(redis_client, first, AT_MS), Turn)
        late = submission()
        last, asked = await asyncio.gather(
            asyncio.to_thread(turns.take, redis_client, first, AT_MS),
            turns.wait_for(async_redis, late, Rank.LIVE, AT_MS),
        )
        assert (last is None) == (asked is not None)
        while asked is not None and turns.take(redis_client, asked, AT_MS) is not None:
            pass
        if last is not None:
            assert turns.take(redis_client, first, AT_MS) is None


async def test_of_many_who_take_turns_at_once_each_gets_another(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    for _ in range(8):
        await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS)

    taken = await asyncio.to_thread(at_once, *[partial(take, redis_client)] * 8)

    assert len(set(taken) - {None}) == 8


async def test_nothing_of_it_stays_for_ever(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    heartbeat.beat(redis_client, "a worker", AT_MS)
    await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS)
    await turns.wait_for(async_redis, submission(), Rank.LIVE, AT_MS)
    turns.take(redis_client, SHIFT, AT_MS)

    for key in (keys.turns(Rank.LIVE), keys.waiting_since(), keys.shifts(), keys.opening_budget()):
        assert 0 < redis_client.ttl(key) <= keys.TURNS_TTL_S
