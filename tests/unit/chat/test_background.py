"""Tasks with an owner, and how they end."""

import asyncio

from chat.consumers.background import Tasks, cancel


async def _deaf_to(cancellations: int) -> None:
    """Goes on after that many cancellations, as `asyncio.wait_for` may make a task do."""
    for _ in range(cancellations):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    await asyncio.Event().wait()


async def test_a_task_that_swallows_a_cancellation_is_cancelled_again() -> None:
    task = asyncio.create_task(_deaf_to(2))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cancel(task)
    assert task.cancelled()


async def test_an_owner_ends_all_its_tasks_and_may_be_one_of_them() -> None:
    tasks = Tasks()
    others = [tasks.spawn(_deaf_to(number), f"deaf-{number}") for number in range(3)]
    cancelling = tasks.spawn(tasks.cancel_all(), "cancelling")
    async with asyncio.timeout(5):
        await cancelling
    assert all(task.cancelled() for task in others)


async def test_a_write_that_ends_as_its_task_is_cancelled_keeps_no_task_alive() -> None:
    written = asyncio.Event()

    async def write() -> None:
        await written.wait()

    async def search() -> None:
        await asyncio.wait_for(write(), 1)
        await asyncio.Event().wait()

    task = asyncio.create_task(search())
    for _ in range(3):
        await asyncio.sleep(0)
    # The write ends in this turn of the loop, and in the next one it is heard of.
    written.set()
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cancel(task)
    assert task.cancelled()
