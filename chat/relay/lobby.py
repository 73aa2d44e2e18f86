"""The lobby of a relay node: its camera checks.

What fails here fails closed: a result that can't be written is no result, and whoever waits for it
is told after a while that nobody could look.
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

import redis.asyncio
from redis.exceptions import RedisError

from chat import camera_checks
from chat.clock import now_ms
from chat.consumers.background import Tasks
from chat.relay.booth import Booth
from chat.relay.lane import Lane
from chat.session.checking import CheckState, TellCheck
from chat.session.effects import MediaClose, Submit
from chat.stores import checks
from chat.stores.checks import Check
from chat.stores.tokens import MediaGrant
from moderation.intake import Screening, ScreeningUnavailable
from moderation.samples import StreamId
from moderation.verdicts import Missing, Verdict

_log = logging.getLogger(__name__)

TICK_S = 0.05
BOOTHS_MAX = 200
"""At ten packets a second each, what a node can take beside its conversations."""

NOBODY_LOOKED = TellCheck(state=CheckState.FAILED, missing=(Missing.SCREENING,))


class Lobby:
    """The booths of one node, on one event loop."""

    def __init__(self, client: redis.asyncio.Redis, screening: Screening, tasks: Tasks) -> None:
        self._client = client
        self._screening = screening
        self._tasks = tasks
        self._booths: dict[StreamId, Booth] = {}
        self._has_booths = asyncio.Event()

    async def attach(self, grant: MediaGrant, lane: Lane) -> Booth | MediaClose:
        """A booth for the check that `grant` is good for; a close code when there is none.

        Raises `RedisError`.
        """
        check = await checks.load(self._client, grant.subject.conversation)
        if check is None or check.subject != grant.subject or check.state.is_over:
            return MediaClose.NOT_FOUND
        if len(self._booths) >= BOOTHS_MAX:
            await self._tell(check, NOBODY_LOOKED)
            return MediaClose.UNAVAILABLE
        booth = Booth(check, lane, now_ms())
        self._booths[check.subject.stream] = booth
        self._tasks.spawn(self._serve(booth), f"check-{check.id}")
        self._has_booths.set()
        return booth

    def judged(self, verdict: Verdict) -> None:
        """A verdict came; nothing when it is about no check of this node."""
        booth = self._booths.get(verdict.stream)
        if booth is not None:
            self._guarded(booth, partial(booth.verdict, verdict, now_ms()))

    def abandon(self, code: MediaClose) -> None:
        """Close every socket."""
        for booth in self._booths.values():
            booth.abandon(code)

    async def keep_time(self) -> None:
        """Tell the booths that time passes, until cancelled."""
        while True:
            await self._has_booths.wait()
            await asyncio.sleep(TICK_S)
            for booth in list(self._booths.values()):
                self._guarded(booth, partial(booth.tick, now_ms()))

    async def _serve(self, booth: Booth) -> None:
        """Do what the booth orders, until its check is over."""
        try:
            while not await self._fulfil(booth, await booth.orders.get()):
                pass
        finally:
            booth.abandon(MediaClose.UNAVAILABLE)
            del self._booths[booth.check.subject.stream]
            if not self._booths:
                self._has_booths.clear()

    async def _fulfil(self, booth: Booth, order: Submit | TellCheck) -> bool:
        """Do it; True when it was the last."""
        match order:
            case Submit():
                try:
                    await self._screening.submit(order.sample, is_opening=order.is_opening)
                except (ScreeningUnavailable, RedisError) as error:
                    _log.warning("nothing judged of %s: %s", order.sample.stream, error)
                    booth.unjudged()
                return False
            case TellCheck():
                try:
                    await self._tell(booth.check, order)
                except RedisError as error:
                    _log.warning("%s was not told: %s", booth.check.id, type(error).__name__)
                return order.state.is_over

    async def _tell(self, check: Check, told: TellCheck) -> None:
        await camera_checks.note(self._client, check, told, now_ms())

    def _guarded(self, booth: Booth, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:  # noqa: BLE001  the outermost edge: others go on, this check is over
            _log.exception("the check %s broke", booth.check.id)
            booth.abandon(MediaClose.UNAVAILABLE)
