"""Verdicts on a real Redis: numbered without gaps, stored before they are told, CUT for ever."""

from dataclasses import replace
from itertools import chain

import pytest
import redis
import redis.asyncio

from moderation.events import decode_verdict, node_channel
from moderation.stores import keys, verdicts
from moderation.verdicts import Decision, Reason, Verdict
from tests.moderation_cases import NODE
from tests.races import at_once
from tests.streams import SUBJECT

DRAFT = Verdict(
    stream=SUBJECT.stream,
    epoch=3,
    n=0,
    sample=9,
    decision=Decision.CLEAR,
    reasons=(),
    first_seq=4,
    last_seq=8,
    sha256="ab" * 32,
    judged_captured_ms=1_800_000_000_123,
    score=0.123456789012345,
    again_in_ms=None,
    keep_screened=True,
    model_version="m",
    thresholds_version="t",
)
HOLD = replace(DRAFT, decision=Decision.HOLD, reasons=(Reason.NUDITY,), again_in_ms=250)
CUT = replace(DRAFT, decision=Decision.CUT, reasons=(Reason.NUDITY, Reason.UNDER_AGE))


def test_a_verdict_that_has_a_number_is_no_draft(redis_client: redis.Redis) -> None:
    with pytest.raises(ValueError, match="draft"):
        verdicts.publish(redis_client, replace(DRAFT, n=1), NODE)


def test_numbers_count_from_one_without_gaps(redis_client: redis.Redis) -> None:
    published = [verdicts.publish(redis_client, draft, NODE) for draft in (DRAFT, HOLD, DRAFT)]

    assert published == [replace(DRAFT, n=1), replace(HOLD, n=2), replace(DRAFT, n=3)]


def test_numbers_have_no_gap_when_several_publish_at_once(redis_client: redis.Redis) -> None:
    def publish() -> list[int]:
        return [verdicts.publish(redis_client, DRAFT, NODE).n for _ in range(25)]

    published = at_once(*[publish] * 4)

    assert sorted(chain.from_iterable(published)) == list(range(1, 101))


async def test_what_is_told_is_stored_already(
    redis_client: redis.Redis, async_redis: redis.asyncio.Redis
) -> None:
    async with async_redis.pubsub() as ears:
        await ears.subscribe(node_channel(NODE))
        await ears.get_message(timeout=5)
        verdicts.publish(redis_client, HOLD, NODE)
        told = await ears.get_message(timeout=5)

    assert told is not None
    assert decode_verdict(told["data"]) == replace(HOLD, n=1)
    assert await verdicts.latest(async_redis, SUBJECT.stream) == replace(HOLD, n=1)


async def test_after_a_cut_everything_is_that_cut(
    redis_client: redis.Redis, async_redis: redis.asyncio.Redis
) -> None:
    verdicts.publish(redis_client, DRAFT, NODE)
    cut = verdicts.publish(redis_client, CUT, NODE)

    async with async_redis.pubsub() as ears:
        await ears.subscribe(node_channel(NODE))
        await ears.get_message(timeout=5)
        after = verdicts.publish(redis_client, DRAFT, NODE)
        told = await ears.get_message(timeout=5)

    assert cut == after == replace(CUT, n=2)
    assert told is not None
    assert decode_verdict(told["data"]) == cut
    assert await verdicts.latest(async_redis, SUBJECT.stream) == cut


async def test_before_the_first_there_is_none(async_redis: redis.asyncio.Redis) -> None:
    assert await verdicts.latest(async_redis, SUBJECT.stream) is None


def test_every_verdict_ends_with_its_time(redis_client: redis.Redis) -> None:
    verdicts.publish(redis_client, DRAFT, NODE)
    assert 0 < redis_client.ttl(keys.verdict(SUBJECT.stream)) <= keys.VERDICT_TTL_S

    verdicts.publish(redis_client, CUT, NODE)
    assert redis_client.ttl(keys.verdict(SUBJECT.stream)) > keys.VERDICT_TTL_S
