"""One search as a task: look, wait, look again, until there is a pair or a reason to stop."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace

import redis.asyncio
from redis.exceptions import RedisError

from chat import clock, database, matchmaking
from chat.admission import people
from chat.consumers.background import cancel
from chat.consumers.outbox import Outbox
from chat.database import DatabaseUnavailable
from chat.matchmaking import NotFound, Paired, PairingUnavailable, VideoClosed
from chat.messages import ErrorCode, Seek
from chat.stores import pairing, sessions
from chat.stores.pairing import Search
from reports.ids import ConversationId
from reports.snapshots import Person

TICK_S = 2.0
"""How often a search is renewed, repaired and reported to the browser."""

Begin = Callable[[ConversationId], Awaitable[bool]]
"""Takes a conversation up; False when it is over already."""


class Searching:
    """The search of one socket. `begin` and `review` are the visit's."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        outbox: Outbox,
        person: Person,
        pool: str,
        wanted: Seek,
        *,
        begin: Begin,
        review: Callable[[], None],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._person = person
        self._pool = pool
        self._wanted = wanted
        self._begin = begin
        self._review = review
        self._wake = asyncio.Event()
        self._search: Search | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False

    def start(self, spawn: Callable[[], asyncio.Task[None]]) -> None:
        """Begin to look; `spawn` runs `run` as a task of the visit's."""
        self._task = spawn()

    @property
    def is_running(self) -> bool:
        """Whether this search still looks for somebody."""
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """Look at once: something has changed."""
        self._wake.set()

    async def stop(self) -> ConversationId | None:
        """End the search; the conversation that it had led to already, if so.

        Raises `RedisError`; the search then ends with its lease.
        """
        self._is_stopped = True
        if self._task is not None:
            await cancel(self._task)
        return await self._leave()

    async def run(self) -> None:
        """Look until there is a pair. Every failure is answered, and ends the search."""
        try:
            await self._look_on()
        except VideoClosed:
            await self._give_up(ErrorCode.VIDEO_CLOSED, "no video conversations now")
        except (PairingUnavailable, DatabaseUnavailable, RedisError):
            await self._give_up(ErrorCode.UNAVAILABLE, "nobody can be paired now")

    async def _look_on(self) -> None:
        avoided = await database.run(people.blocked_devices, self._person.device)
        await pairing.avoid(self._client, self._pool, self._person.device, avoided)
        search = Search(
            person=self._person,
            pool=self._pool,
            mode=self._wanted.mode,
            epoch=await self._next_epoch(),
            since_ms=clock.now_ms(),
            languages=self._wanted.languages,
        )
        while not self._outbox.is_closed:
            self._search = search
            self._wake.clear()
            found = await matchmaking.look(self._client, search, clock.now_ms())
            if self._is_stopped:
                return  # Whoever stops it asks for the conversation that it has led to.
            match found:
                case Paired() as paired:
                    if await self._begin(paired.conversation):
                        return
                    # The partner left in the same moment: this search goes on where it was.
                    await pairing.leave(self._client, search)
                    search = replace(search, epoch=await self._next_epoch())
                    continue
                case NotFound.REFUSED:
                    await self._give_up(ErrorCode.RESTRICTED, "you cannot be paired now")
                    self._review()
                    return
                case NotFound.STALE:
                    return
                case NotFound.WAITING:
                    await self._report(search)
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()

    async def _next_epoch(self) -> int:
        return await sessions.next_epoch(self._client, self._person.participant)

    async def _report(self, search: Search) -> None:
        await self._outbox.send(
            "searching",
            mode=search.mode,
            waiting_s=max(0, clock.now_ms() - search.since_ms) // 1000,
            widened="anyone",
        )

    async def _give_up(self, code: ErrorCode, detail: str) -> None:
        with suppress(RedisError):
            await self._leave()
        await self._outbox.error(code, detail)

    async def _leave(self) -> ConversationId | None:
        search, self._search = self._search, None
        return None if search is None else await pairing.leave(self._client, search)
