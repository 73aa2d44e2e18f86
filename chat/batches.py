"""Questions to the database that are asked at about the same time, put as one.

While one answer is under way, further keys gather and go together in the next call: four hundred
people who seek at once cost a few queries instead of eight hundred, and a lone one waits for
nobody.

Errors: `DatabaseUnavailable` for all keys of a call alike; a retry may help.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from chat import database
from chat.database import DatabaseUnavailable

_log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

KEYS_MAX = 500
"""Keys of one call."""


class Batch(Generic[K, V]):
    """`work` answers for many keys at once, in a database thread; a key it leaves out is an error
    of its own."""

    def __init__(self, work: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._work = work
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Gathering[K, V]] = (
            WeakKeyDictionary()
        )

    async def ask(self, key: K) -> V:
        """What `work` answers for `key`. Raises `DatabaseUnavailable`."""
        loop = asyncio.get_running_loop()
        gathering = self._loops.setdefault(loop, _Gathering(self._work))
        return await asyncio.shield(gathering.add(key))


class _Gathering(Generic[K, V]):
    """The questions of one event loop."""

    def __init__(self, work: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._work = work
        self._waiting: dict[K, asyncio.Future[V]] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, key: K) -> "asyncio.Future[V]":
        future = self._waiting.get(key)
        if future is None:
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer_all(), name="batch")
        return future

    async def _answer_all(self) -> None:
        while self._waiting:
            keys = list(self._waiting)[:KEYS_MAX]
            asked = {key: self._waiting.pop(key) for key in keys}
            try:
                found = await database.run(self._work, keys)
                for key, future in asked.items():
                    future.set_result(found[key])
            except DatabaseUnavailable as error:
                _log.warning("%d questions were not answered: %s", len(keys), error)
            finally:
                for future in asked.values():
                    if not future.done():
                        future.set_exception(DatabaseUnavailable("not answered"))
                        future.exception()  # Whoever asked may have gone.
