"""A crowd at the door and those inside, with a real worker (invariant I7)."""

import asyncio
import subprocess
import time
from dataclasses import replace
from uuid import uuid4

import pytest
import redis
import redis.asyncio

from moderation.intake import Screening
from moderation.judging import now_ms
from moderation.samples import Purpose, Sample, Subject
from moderation.stores import figures, heartbeat
from moderation.stores.turns import Rank
from reports.ids import ConversationId
from tests.integration.moderation.judged_room import now
from tests.moderation_cases import coffee, film
from tests.moderation_cases import sample as make
from tests.streams import SUBJECT

CROWD = 1000
WAITS_MAX_S = 2.0
STARTS_WITHIN_S = 40


@pytest.fixture
async def running(worker: subprocess.Popen[bytes], redis_client: redis.Redis) -> None:
    async with asyncio.timeout(STARTS_WITHIN_S):
        while not heartbeat.is_alive(redis_client, now_ms()):
            assert worker.poll() is None
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("running")
async def test_a_thousand_at_the_door_do_not_hold_somebody_inside(
    async_redis: redis.asyncio.Redis,
) -> None:
    screening = Screening(async_redis)
    inside = replace(SUBJECT, conversation=ConversationId(uuid4()))
    packets = film([coffee()])

    def window(subject: Subject, number: int) -> Sample:
        made = make(now(packets), purpose=Purpose.WINDOW, number=number, subject=subject)
        return replace(made, deadline_ms=now_ms() + 2000)

    async def crowd() -> None:
        for number in range(CROWD):
            somebody = replace(SUBJECT, conversation=ConversationId(uuid4()))
            await screening.submit(window(somebody, number), is_opening=True)

    began_ms = now_ms()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(crowd())
        waited_s = [await _verdict_after(screening, window(inside, n)) for n in range(1, 12)]

    # In the order in which they came, the thousand would be judged for half a minute first.
    assert max(waited_s) < WAITS_MAX_S
    found = await figures.load_with_totals(async_redis, now_ms())
    passed_ms = now_ms() - began_ms
    assert found.busy_ms(Rank.OPENING) <= 0.7 * passed_ms + 1500
    async with asyncio.timeout(10):
        while any((await figures.load(async_redis, now_ms())).waiting.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await screening.close()


async def _verdict_after(screening: Screening, sample: Sample) -> float:
    """The seconds until the verdict on `sample` is there."""
    await asyncio.sleep(0.15)
    began_s = time.monotonic()
    await screening.submit(sample, is_opening=False)
    async with asyncio.timeout(5):
        while True:
            verdict = await screening.latest_verdict(sample.stream)
            if verdict is not None and verdict.sample == sample.number:
                return time.monotonic() - began_s
            await asyncio.sleep(0.005)
