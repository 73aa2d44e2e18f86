"""Questions to the database that are put as one: nobody is left without an answer."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from chat.batches import CALLS_MAX, QUESTIONS_MAX, Batch
from chat.database import DatabaseUnavailable


async def test_a_crowd_is_answered_in_few_calls_and_each_gets_its_own() -> None:
    calls: list[int] = []

    def double(numbers: Sequence[int]) -> dict[int, int]:
        calls.append(len(numbers))
        return {number: 2 * number for number in numbers}

    batch = Batch(double)
    crowd = range(4 * QUESTIONS_MAX)
    answers = await asyncio.gather(*(batch.ask(number) for number in crowd))
    assert [answer[number] for number, answer in zip(crowd, answers, strict=True)] == [
        2 * number for number in crowd
    ]
    assert len(calls) <= 4 + CALLS_MAX


async def test_work_that_fails_leaves_nobody_waiting() -> None:
    def fail(numbers: Sequence[int]) -> dict[int, int]:
        raise ValueError(len(numbers))

    batch = Batch(fail)
    async with asyncio.timeout(5):
        answers = await asyncio.gather(
            *(batch.ask(number) for number in range(3 * QUESTIONS_MAX)), return_exceptions=True
        )
    assert all(isinstance(answer, DatabaseUnavailable) for answer in answers)


async def test_when_the_database_is_away_everybody_hears_it_at_once() -> None:
    calls: list[int] = []
    may_go_on = threading.Event()

    def be_away(numbers: Sequence[int]) -> dict[int, int]:
        calls.append(len(numbers))
        may_go_on.wait(5)
        raise OperationalError("away")

    batch = Batch(be_away)
    asked = [asyncio.create_task(batch.ask(number)) for number in range(6 * QUESTIONS_MAX)]
    await asyncio.sleep(0.1)
    may_go_on.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(answer, DatabaseUnavailable) for answer in answers)
    assert len(calls) <= CALLS_MAX


async def test_who_has_gone_takes_nobody_along() -> None:
    batch = Batch(lambda numbers: {number: number for number in numbers})
    gone, stays = (asyncio.create_task(batch.ask(number)) for number in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays)[2] == 2
    with pytest.raises(asyncio.CancelledError):
        await gone
