"""Which relay nodes are gone: one look at their leases for all video conversations of a process.

A node that dies ends its conversations: its lease of 3 s runs out, two looks in a row miss it, and
everybody who talks through it is told. One miss alone may be a Redis that was just emptied.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from redis.exceptions import RedisError

from chat.consumers.background import Tasks
from chat.stores import nodes, shared

LOOK_EVERY_S = 0.5
MISSES = 2

Lost = Callable[[], Awaitable[None]]

_log = logging.getLogger(__name__)


class NodeWatch:
    """Of one event loop; it looks only while somebody talks through a relay."""

    def __init__(self) -> None:
        self._callers: dict[object, tuple[str, Lost]] = {}
        self._missed: dict[str, int] = {}
        self._tasks = Tasks()
        self._task: asyncio.Task[None] | None = None

    def add(self, who: object, node: str, lost: Lost) -> None:
        """Call `lost` once when `node` is gone."""
        self._callers[who] = (node, lost)
        if self._task is None or self._task.done():
            self._task = self._tasks.spawn(self._look_on(), "node watch")

    def remove(self, who: object) -> None:
        """It is no longer of interest; safe to repeat."""
        self._callers.pop(who, None)

    async def _look_on(self) -> None:
        while self._callers:
            await asyncio.sleep(LOOK_EVERY_S)
            wanted = {node for node, _ in self._callers.values()}
            try:
                live = set(await nodes.live(shared.client(), sorted(wanted)))
            except RedisError:
                continue  # Nothing is known of anybody.
            self._missed = {node: self._missed.get(node, 0) + 1 for node in wanted - live}
            gone = {node for node, misses in self._missed.items() if misses >= MISSES}
            for who, (node, lost) in list(self._callers.items()):
                if node in gone:
                    self.remove(who)
                    self._tasks.spawn(_told(lost, node), "node lost")


async def _told(lost: Lost, node: str) -> None:
    try:
        await lost()
    except RedisError as error:
        _log.warning("the end of a talk through %s: %s", node, type(error).__name__)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, NodeWatch] = WeakKeyDictionary()


def shared_watch() -> NodeWatch:
    """The running loop's watch."""
    return _watches.setdefault(asyncio.get_running_loop(), NodeWatch())
