"""Questions to the database that are asked at about the same time, put as one.

While one answer is under way, further keys gather and go together in the next call: four hundred
people who seek at once cost a few queries instead of eight hundred, and a lone one waits for
nobody.

Errors: `DatabaseUnavailable` for all keys of a call alike; a retry may help.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from chat import database
from chat.database import DatabaseUnavailable

_log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

QUESTIONS_MAX = 50
"""Of one call."""


class Batch(Generic[K, V]):
    """`work` answers for many keys at once, in a database thread; a key it leaves out is an error
    of its own."""

    def __init__(self, work: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._work = work
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Gathering[K, V]] = (
            WeakKeyDictionary()
        )

    async def ask(self, *keys: K) -> Mapping[K, V]:
        """What `work` answers for `keys`, and for others perhaps. Raises `DatabaseUnavailable`."""
        loop = asyncio.get_running_loop()
        gathering = self._loops.setdefault(loop, _Gathering(self._work))
        return await gathering.add(keys)


@dataclass(frozen=True)
class _Question(Generic[K, V]):
    keys: tuple[K, ...]
    answer: asyncio.Future[Mapping[K, V]]


class _Gathering(Generic[K, V]):
    """The questions of one event loop."""

    def __init__(self, work: Callable[[Sequence[K]], Mapping[K, V]]) -> None:
        self._work = work
        self._waiting: list[_Question[K, V]] = []
        self._task: asyncio.Task[None] | None = None

    def add(self, keys: tuple[K, ...]) -> asyncio.Future[Mapping[K, V]]:
        answer: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Question(keys, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer_all(), name="batch")
        return answer

    async def _answer_all(self) -> None:
        while self._waiting:
            questions = self._waiting[:QUESTIONS_MAX]
            del self._waiting[:QUESTIONS_MAX]
            found: Mapping[K, V] | None = None
            try:
                keys = dict.fromkeys(key for question in questions for key in question.keys)
                found = await database.run(self._work, list(keys))
            except DatabaseUnavailable as error:
                _log.warning("%d questions were not answered: %s", len(questions), error)
            finally:
                # Whatever happened, nobody waits for ever; who asked may have gone.
                for answer in (q.answer for q in questions if not q.answer.done()):
                    if found is None:
                        answer.set_exception(DatabaseUnavailable("not answered"))
                    else:
                        answer.set_result(found)
