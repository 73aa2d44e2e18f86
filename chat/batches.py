"""Questions to the database that are asked at about the same time, put as one.

While answers are under way, further keys gather and go together in the next call: fifty people who
seek at once cost as many queries as one, and a lone one waits for nobody.

Errors: `DatabaseUnavailable` for all keys of a call alike; a retry may help.
"""

import asyncio
import logging
from collections import deque
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
"""Of one call: the first of a crowd go on while the others are still asked for."""

CALLS_MAX = 2
"""Under way at once, of the few threads there are."""


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
        self._waiting: deque[_Question[K, V]] = deque()
        self._calls: set[asyncio.Task[None]] = set()

    def add(self, keys: tuple[K, ...]) -> asyncio.Future[Mapping[K, V]]:
        answer: asyncio.Future[Mapping[K, V]] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Question(keys, answer))
        if len(self._calls) < CALLS_MAX:
            call = asyncio.create_task(self._answer_all(), name="batch")
            self._calls.add(call)
            call.add_done_callback(self._calls.discard)
        return answer

    async def _answer_all(self) -> None:
        while self._waiting:
            count = min(QUESTIONS_MAX, len(self._waiting))
            questions = [self._waiting.popleft() for _ in range(count)]
            try:
                await self._answer(questions)
            except DatabaseUnavailable as error:
                # Those who still wait would hear the same, each fifty a timeout later.
                _log.warning("the database did not answer: %s", error)
                questions += self._waiting
                self._waiting.clear()
            except Exception:  # noqa: BLE001 - whoever asked hears of it
                _log.exception("%d questions could not be answered", count)
            finally:
                for question in questions:
                    if not question.answer.done():
                        question.answer.set_exception(DatabaseUnavailable("not answered"))
                        question.answer.exception()  # Whoever asked may have gone.

    async def _answer(self, questions: Sequence[_Question[K, V]]) -> None:
        keys = dict.fromkeys(key for question in questions for key in question.keys)
        found = await database.run(self._work, list(keys))
        for question in questions:
            if not question.answer.done():
                question.answer.set_result(found)
