"""A shift with the real models on the real Redis."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest
import redis
import redis.asyncio

from moderation import shifts
from moderation.classifiers.screening import ScreeningClassifier
from moderation.dispatch import JUDGE_WAITING, SCREENING
from moderation.intake import Screening
from moderation.judging import Judge, now_ms
from moderation.samples import Purpose, Sample
from moderation.shifts import Pace
from moderation.stores import figures, heartbeat, turns
from moderation.stores.turns import Rank, ShiftId
from reports.ids import ConversationId
from tests.integration.moderation.judged_room import RULES, now
from tests.integration.moderation.outbox import Outbox
from tests.moderation_cases import coffee, film
from tests.moderation_cases import sample as make
from tests.streams import SUBJECT

SHIFT = ShiftId("a shift")


def window(*, wait_ms: int = 2000) -> Sample:
    """A clean one of a stream of its own."""
    subject = replace(SUBJECT, conversation=ConversationId(uuid4()))
    made = make(now(film([coffee()])), purpose=Purpose.WINDOW, subject=subject)
    return replace(made, deadline_ms=now_ms() + wait_ms)


@pytest.fixture
def judge(redis_client: redis.Redis, classifier: ScreeningClassifier, outbox: Outbox) -> Judge:
    heartbeat.beat(redis_client, "a worker", now_ms())
    return Judge(client=redis_client, classifier=classifier, rules=RULES, send=outbox.send)


@pytest.fixture
def screening(async_redis: redis.asyncio.Redis) -> Screening:
    return Screening(async_redis)


async def test_it_judges_until_nobody_waits_and_its_figures_are_there(
    judge: Judge, screening: Screening, outbox: Outbox, async_redis: redis.asyncio.Redis
) -> None:
    for is_opening in (True, False, False):
        await screening.submit(window(), is_opening=is_opening)

    shifts.work(judge, Pace(), SHIFT)

    assert outbox.orders == []
    found = await figures.load_with_totals(async_redis, now_ms())
    assert [found.count(rank, "clear") for rank in (Rank.LIVE, Rank.OPENING)] == [2, 1]
    assert found.busy_ms(Rank.LIVE) > 0
    assert found.oldest_waiting_ms == 0
    assert len(found.verdict_ages_ms) == 3
    assert found.took_ms is not None
    assert found.capacity_per_s == pytest.approx(1000 / found.took_ms)


async def test_a_long_shift_goes_on_in_another_task(
    judge: Judge,
    screening: Screening,
    outbox: Outbox,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shifts, "SHIFT_MAX_S", 0.001)
    for _ in range(3):
        await screening.submit(window(), is_opening=True)

    shifts.work(judge, Pace(), SHIFT)

    (order,) = outbox.orders
    assert (order.task, order.queue) == (JUDGE_WAITING, SCREENING)
    assert order.kwargs["shift"] == SHIFT
    # What the last turn took is paid for by the next.
    assert int(order.kwargs["opening_took_ms"]) > 0
    assert turns.take(redis_client, SHIFT, now_ms()) is not None


async def test_windows_that_nobody_waits_for_are_given_up_in_no_time_and_counted(
    judge: Judge, screening: Screening, async_redis: redis.asyncio.Redis
) -> None:
    late = window(wait_ms=0)
    for _ in range(200):
        subject = replace(SUBJECT, conversation=ConversationId(uuid4()))
        await screening.submit(replace(late, subject=subject), is_opening=False)
    began_s = time.monotonic()

    shifts.work(judge, Pace(), SHIFT)

    assert time.monotonic() - began_s < 1
    found = await figures.load_with_totals(async_redis, now_ms())
    assert found.count(Rank.LIVE, figures.OVERDUE) == 200
    # It says nothing about how much can be judged.
    assert found.capacity_per_s is None
