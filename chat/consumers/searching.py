"""One search as a task: look, wait, look again, until there is a pair or a reason to stop."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import redis.asyncio
from redis.exceptions import RedisError

from chat import clock, matchmaking, renewals
from chat.consumers.background import cancel
from chat.consumers.outbox import Outbox
from chat.database import DatabaseUnavailable
from chat.matchmaking import NotFound, Paired, PairingUnavailable, VideoClosed, Waiting
from chat.messages import ErrorCode, Seek
from chat.stores import pairing
from chat.stores.keys import CLAIM_MS
from chat.stores.pairing import Search, Stage
from reports.ids import ConversationId
from reports.snapshots import Person

REPORT_AFTER_MS = 150
TICK_MS = 2_000
"""When the browser is told how the search stands, and how often: not before most who come in a
crowd have found somebody."""

RENEW_MS = 5_000
"""How often its lease of 15 s is renewed."""

LOOK_AGAIN_MS = 15_000
"""How often somebody who is content with anyone looks again: whoever comes finds them anyway."""

CROWDED_MS, CROWDED_MAX_MS = 150, 2_000
"""How soon somebody looks again who didn't get to the end of those that are being paired: by chance
within a time that begins with twice the former and doubles up to the latter."""

WIDENED = {Stage.COMMON: "common", Stage.LANGUAGE: "language", Stage.ANYONE: "anyone"}
"""As `searching` names what a search is content with."""

Begin = Callable[[Paired], Awaitable[bool]]
"""Takes a conversation up; False when it is over already."""


class Searching:
    """The search of one socket. `begin`, `review` and `refuse_video` are the visit's."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        outbox: Outbox,
        person: Person,
        admitted: str,
        wanted: Seek,
        *,
        begin: Begin,
        review: Callable[[], None],
        refuse_video: Callable[[str], Awaitable[None]],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._person = person
        self._admitted = admitted
        self._wanted = wanted
        self._begin = begin
        self._review = review
        self._refuse_video = refuse_video
        self._wake = asyncio.Event()
        self._search: Search | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopped = False
        self._widened = "common"
        self._report_at_ms = 0
        self._crowded_ms = CROWDED_MS

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
            await self._let_go()
            await self._refuse_video("no video conversations now")
        except (PairingUnavailable, DatabaseUnavailable, RedisError):
            await self._give_up(ErrorCode.UNAVAILABLE, "nobody can be paired now")
        except Exception:
            await self._give_up(ErrorCode.UNAVAILABLE, "nobody can be paired now")
            raise

    async def _look_on(self) -> None:
        search = await matchmaking.open_search(
            self._client, self._person, self._admitted, self._wanted, clock.now_ms()
        )
        self._report_at_ms = search.since_ms + REPORT_AFTER_MS
        while not self._outbox.is_closed:
            self._search = search
            self._wake.clear()
            found = await matchmaking.look(self._client, search, clock.now_ms())
            if self._is_stopped:
                return  # Whoever stops it asks for the conversation that it has led to.
            match found:
                case Paired() as paired:
                    if await self._begin(paired):
                        return
                    # The partner has gone in the same moment: this search goes on where it was.
                    search = await matchmaking.reopen(self._client, search)
                case NotFound.REFUSED:
                    await self._give_up(ErrorCode.RESTRICTED, "you cannot be paired now")
                    self._review()
                    return
                case NotFound.STALE:
                    return
                case Waiting() as waiting:
                    await self._wait(search, waiting)

    async def _wait(self, search: Search, waiting: Waiting) -> None:
        """Until it may be worth another look; the browser is kept informed, the lease renewed."""
        look_at_ms = self._next_look_ms(search, waiting, clock.now_ms())
        renew_at_ms = clock.now_ms() + RENEW_MS
        while not self._wake.is_set() and not self._outbox.is_closed:
            now_ms = clock.now_ms()
            if now_ms >= look_at_ms:
                return
            if now_ms >= renew_at_ms:
                renew_at_ms = now_ms + RENEW_MS
                if not await renewals.renew(self._client, search):
                    return  # Redis has lost it, or somebody found it: look.
            if now_ms >= self._report_at_ms:
                self._report_at_ms = now_ms + TICK_MS
                # Who waits in the pool can be found: out with those for whom video has closed.
                await matchmaking.check_gate(self._client, search, now_ms)
                await self._report(search, waiting.stage)
            with suppress(TimeoutError):
                async with asyncio.timeout((min(look_at_ms, self._report_at_ms) - now_ms) / 1000):
                    await self._wake.wait()

    async def _report(self, search: Search, stage: Stage | None) -> None:
        waiting_ms = max(0, clock.now_ms() - search.since_ms)
        if stage is not None:
            self._widened = WIDENED[stage]
        await self._outbox.send(
            "searching",
            mode=search.mode,
            waiting_s=waiting_ms // 1000,
            widened=self._widened,
        )

    async def _give_up(self, code: ErrorCode, detail: str) -> None:
        await self._let_go()
        await self._outbox.error(code, detail)

    async def _let_go(self) -> None:
        with suppress(RedisError):
            await self._leave()

    async def _leave(self) -> ConversationId | None:
        search, self._search = self._search, None
        return None if search is None else await pairing.leave(self._client, search)

    def _next_look_ms(self, search: Search, waiting: Waiting, now_ms: int) -> int:
        """When another look may find what this one didn't (Unix ms)."""
        if waiting.is_crowded:
            self._crowded_ms = min(2 * self._crowded_ms, CROWDED_MAX_MS)
            return now_ms + random.randint(self._crowded_ms // 2, self._crowded_ms)  # noqa: S311
        patience = matchmaking.patience()
        match waiting.stage:
            case Stage.COMMON if not search.only_common:
                return search.since_ms + patience.common_ms
            case Stage.LANGUAGE:
                return search.since_ms + patience.language_ms
            case None:
                return now_ms + CLAIM_MS
            case _:
                return now_ms + LOOK_AGAIN_MS
