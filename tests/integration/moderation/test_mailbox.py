"""The mailbox on a real Redis: what waits, what gives way, who gets it."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest
import redis
import redis.asyncio

from moderation.packets import Kind
from moderation.samples import Purpose, Sample
from moderation.stores import keys, mailbox
from moderation.stores.mailbox import Saved
from tests.moderation_cases import AT_MS
from tests.moderation_cases import sample as make
from tests.packets import packet
from tests.races import at_once
from tests.streams import SUBJECT

STREAM = SUBJECT.stream
CHAIN = [
    packet(kind, seq, seq * 100) for seq, kind in enumerate((Kind.KEY, Kind.DELTA, Kind.DELTA))
]


def submission(purpose: Purpose, number: int = 1) -> Sample:
    return replace(make(CHAIN, purpose=purpose, number=number), deadline_ms=AT_MS + 2000)


async def test_a_window_its_relay_waits_for_is_never_overwritten(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    await mailbox.save(async_redis, submission(Purpose.WINDOW, 1), AT_MS)

    for purpose in (Purpose.WINDOW, Purpose.SAMPLE):
        answer = await mailbox.save(async_redis, submission(purpose, 2), AT_MS + 2000)
        assert answer is Saved.OCCUPIED

    claimed = mailbox.claim(redis_client, STREAM)
    assert claimed == submission(Purpose.WINDOW, 1)


async def test_a_window_that_was_given_up_makes_room_and_needs_a_task(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    await mailbox.save(async_redis, submission(Purpose.WINDOW, 1), AT_MS)

    answer = await mailbox.save(async_redis, submission(Purpose.WINDOW, 2), AT_MS + 2001)

    assert answer is Saved.OVERDUE
    assert (claimed := mailbox.claim(redis_client, STREAM)) is not None
    assert claimed.number == 2


async def test_a_sample_gives_way_to_a_newer_one_and_that_is_told(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    answers = [
        await mailbox.save(async_redis, submission(Purpose.SAMPLE, number), AT_MS + number * 1000)
        for number in range(1, 6)
    ]

    assert answers == [Saved.NEW, Saved.REPLACED, Saved.REPLACED, Saved.REPLACED, Saved.OVERDUE]
    assert (claimed := mailbox.claim(redis_client, STREAM)) is not None
    assert claimed.number == 5


async def test_a_farewell_has_a_slot_of_its_own_and_comes_first(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    await mailbox.save(async_redis, submission(Purpose.FAREWELL, 2), AT_MS)
    await mailbox.save(async_redis, submission(Purpose.SAMPLE, 1), AT_MS)

    purposes = [
        claimed.purpose for claimed in iter(lambda: mailbox.claim(redis_client, STREAM), None)
    ]

    assert purposes == [Purpose.FAREWELL, Purpose.SAMPLE]


async def test_a_farewell_gives_way_to_none_and_gets_another_task_when_the_first_is_lost(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    lost_ms = AT_MS + mailbox.TASK_LOST_AFTER_MS + 1
    answers = [
        await mailbox.save(async_redis, submission(Purpose.FAREWELL, number), at_ms)
        for number, at_ms in ((1, AT_MS), (2, AT_MS + 1), (3, lost_ms), (4, lost_ms + 1))
    ]

    assert answers == [Saved.NEW, Saved.KEPT, Saved.OVERDUE, Saved.KEPT]
    assert (claimed := mailbox.claim(redis_client, STREAM)) is not None
    assert claimed.number == 1


async def test_of_many_claiming_at_once_one_gets_the_sample(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    for number in range(20):
        await mailbox.save(async_redis, submission(Purpose.SAMPLE, number), AT_MS)
        claims = [partial(mailbox.claim, redis_client, STREAM)] * 4
        got = await asyncio.to_thread(at_once, *claims)
        assert [sample.number for sample in got if sample is not None] == [number]


async def test_of_two_windows_saved_at_once_one_is_taken(async_redis: redis.asyncio.Redis) -> None:
    answers = await asyncio.gather(
        *(mailbox.save(async_redis, submission(Purpose.WINDOW, n), AT_MS) for n in range(8))
    )

    assert sorted(answers) == sorted([Saved.NEW, *[Saved.OCCUPIED] * 7])


async def test_what_nobody_claims_is_gone_in_ten_seconds(
    async_redis: redis.asyncio.Redis,
) -> None:
    await mailbox.save(async_redis, submission(Purpose.SAMPLE), AT_MS)

    assert 0 < await async_redis.ttl(keys.mailbox(STREAM)) <= 10


def test_a_mark_stands_until_it_is_removed(redis_client: redis.Redis) -> None:
    assert mailbox.mark(redis_client, STREAM)
    assert not mailbox.mark(redis_client, STREAM)

    mailbox.unmark(redis_client, STREAM)

    assert mailbox.mark(redis_client, STREAM)
    assert 0 < redis_client.ttl(keys.marker(STREAM)) <= 60


def test_nothing_waiting_is_no_sample(redis_client: redis.Redis) -> None:
    assert mailbox.claim(redis_client, STREAM) is None


@pytest.mark.parametrize("purpose", Purpose)
async def test_a_sample_comes_out_as_it_went_in(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, purpose: Purpose
) -> None:
    sent = submission(purpose)
    await mailbox.save(async_redis, sent, AT_MS)

    claimed = mailbox.claim(redis_client, STREAM)

    assert claimed == sent
    assert claimed is not None
    assert claimed.sha256 == sent.sha256
