"""Tasks with an owner: kept alive while they run, heard when they fail, cancelled together."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger(__name__)

AGAIN_S = 0.05
"""How long a cancelled task has before it is cancelled again."""


async def cancel(*tasks: asyncio.Task[None]) -> None:
    """Cancel `tasks` until they are over; the caller's own task is left out.

    Once isn't enough: up to Python 3.11 `asyncio.wait_for`, through which redis-py writes, swallows
    a cancellation that comes in the moment the write ends, and the task goes on.
    """
    running = {task for task in tasks if task is not asyncio.current_task()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=AGAIN_S)


class Tasks:
    """The tasks of one owner on one event loop."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run `work` beside the caller; what it raises is logged."""
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    async def cancel_all(self) -> None:
        """Cancel what runs and wait until it is over."""
        await cancel(*self._running)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("task %s failed", task.get_name(), exc_info=error)


detached = Tasks()
"""What must go on after its socket has gone: receipts of reports, and grace periods."""
