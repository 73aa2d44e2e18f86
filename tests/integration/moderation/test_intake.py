"""The front door on a real Redis and a real broker."""

import socket
import time
from dataclasses import replace

import pytest
import redis
import redis.asyncio
from celery import Celery

from moderation import dispatch
from moderation.context import finding_id
from moderation.dispatch import JUDGE_WAITING, OPS, SCREENING, Dispatcher
from moderation.intake import (
    Screening,
    ScreeningUnavailable,
    Submitted,
    WindowOutstanding,
    attach_media,
)
from moderation.packets import Kind
from moderation.samples import Purpose, Sample
from moderation.stores import bars, heartbeat, keys, media, verdicts
from moderation.stores.turns import Rank
from reports.ids import ConversationId, ReportId
from tests.integration.moderation.front_door import BO, FAR_MS, NOWHERE, sent, uuid
from tests.moderation_cases import NODE
from tests.moderation_cases import sample as make
from tests.packets import packet
from tests.rehearsal import verdict_on
from tests.streams import SUBJECT


def submission(purpose: Purpose = Purpose.SAMPLE, number: int = 1) -> Sample:
    return make([packet(Kind.KEY, 0, 0)], purpose=purpose, number=number, deadline_ms=FAR_MS)


def a_worker_lives(client: redis.Redis, name: str = "a worker") -> None:
    heartbeat.beat(client, name, time.time_ns() // 1_000_000)


async def test_screening_is_unavailable_when_redis_is_away(dispatcher: Dispatcher) -> None:
    screening = Screening(redis.asyncio.Redis.from_url(NOWHERE), dispatcher)

    with pytest.raises(ScreeningUnavailable):
        await screening.submit(submission(), is_opening=True)
    with pytest.raises(ScreeningUnavailable):
        await screening.latest_verdict(SUBJECT.stream)


async def test_nothing_stays_in_the_slot_when_no_task_can_be_sent(
    redis_url: str, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "WAITING_MAX", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        # It takes connections and never answers, as a Redis that was stopped does.
        port = silent.getsockname()[1]
        stuck = Dispatcher(Celery(broker=f"redis://127.0.0.1:{port}/0", set_as_current=False))
        screening = Screening(redis.asyncio.Redis.from_url(redis_url), stuck)
        for name in "abcd":
            a_worker_lives(redis_client, name)
        refused = 0
        for number in range(4):
            someone = replace(SUBJECT, conversation=ConversationId(uuid(number)))
            started = time.monotonic()
            try:
                await screening.submit(replace(submission(), subject=someone), is_opening=False)
            except ScreeningUnavailable:
                refused += 1
                assert redis_client.exists(keys.mailbox(someone.stream)) == 0
                assert redis_client.zscore(keys.turns(Rank.LIVE), someone.stream) is None
            assert time.monotonic() - started < 0.5, "the event loop waited for the broker"
        await screening.close()

    assert refused >= 1


async def test_a_second_window_is_the_callers_mistake(screening: Screening) -> None:
    await screening.submit(submission(Purpose.WINDOW), is_opening=True)

    with pytest.raises(WindowOutstanding):
        await screening.submit(submission(Purpose.WINDOW, 2), is_opening=True)


async def test_openings_and_live_streams_have_turns_of_their_own_and_share_a_shift(
    screening: Screening, dispatcher: Dispatcher, redis_client: redis.Redis
) -> None:
    a_worker_lives(redis_client)
    await screening.submit(submission(), is_opening=True)
    await screening.submit(replace(submission(), subject=BO), is_opening=False)
    dispatcher.close()

    assert redis_client.zrange(keys.turns(Rank.OPENING), 0, -1) == [SUBJECT.stream.encode()]
    assert redis_client.zrange(keys.turns(Rank.LIVE), 0, -1) == [BO.stream.encode()]
    ((task, kwargs),) = sent(redis_client, SCREENING)
    assert task == JUDGE_WAITING
    assert redis_client.zrange(keys.shifts(), 0, -1) == [str(kwargs["shift"]).encode()]


async def test_a_replaced_sample_is_told_and_keeps_its_turn(
    screening: Screening, dispatcher: Dispatcher, redis_client: redis.Redis
) -> None:
    answers = [
        await screening.submit(submission(number=number), is_opening=False) for number in (1, 2)
    ]
    dispatcher.close()

    assert answers == [Submitted.QUEUED, Submitted.REPLACED]
    assert redis_client.zcard(keys.turns(Rank.LIVE)) == 1


async def test_the_latest_verdict_is_there_for_who_missed_it(
    screening: Screening, redis_client: redis.Redis
) -> None:
    assert await screening.latest_verdict(SUBJECT.stream) is None
    draft = verdict_on(submission(number=1), n=0)
    published = verdicts.publish(redis_client, draft, NODE)

    assert await screening.latest_verdict(SUBJECT.stream) == published


async def test_a_bar_names_its_finding_and_clearing_one_leaves_the_other(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    first, second = (finding_id(SUBJECT, what) for what in ("a", "b"))
    for found in (first, second):
        await bars.set_bar(async_redis, SUBJECT.participant, SUBJECT.device, found)

    bars.clear_bar_now(redis_client, SUBJECT.participant, SUBJECT.device, first)
    assert await bars.has(async_redis, SUBJECT.participant, SUBJECT.device)

    bars.clear_bar_now(redis_client, SUBJECT.participant, SUBJECT.device, second)
    assert not await bars.has(async_redis, SUBJECT.participant, SUBJECT.device)


async def test_media_of_a_report_waits_for_its_task(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, dispatcher: Dispatcher
) -> None:
    report = ReportId(uuid(9))
    chain = [packet(Kind.KEY, 0, 0), packet(Kind.DELTA, 1, 100)]

    await attach_media(async_redis, report, [])
    assert media.load(redis_client, report) is None

    await attach_media(async_redis, report, chain)
    dispatcher.close()

    assert media.load(redis_client, report) == tuple(chain)
    assert sent(redis_client, OPS) == [(dispatch.ATTACH_EVIDENCE, {"report": str(report)})]
    assert 0 < redis_client.ttl(keys.media(report)) <= 24 * 3600
