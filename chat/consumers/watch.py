"""Staying in touch: the leases of a socket, whether its participant may still be here, and what
they have to be told.

A nudge may get lost. So every SANCTION_LEASE_S at the latest PostgreSQL is read again; while it
is away the last answer stands, and pairing, which fails closed, lets nobody in.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import redis.asyncio
from django.conf import settings
from redis.exceptions import RedisError

from chat import clock
from chat.admission import standings
from chat.consumers import warnings
from chat.consumers.background import detached
from chat.consumers.outbox import Outbox
from chat.database import DatabaseUnavailable
from chat.messages import CloseCode
from chat.stores import sessions
from moderation.stores import bars
from reports.rules import Rule
from reports.snapshots import Person

HEARTBEAT_S = 5.0

_log = logging.getLogger(__name__)


class Watch:
    """Over one socket. `turn_out` takes the participant out of queue and conversation."""

    def __init__(
        self,
        client: redis.asyncio.Redis,
        outbox: Outbox,
        person: Person,
        socket: str,
        *,
        turn_out: Callable[[Rule | None], Awaitable[None]],
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._person = person
        self._socket = socket
        self._turn_out = turn_out
        self._reviewing = asyncio.Lock()
        self._expects_sanction = False
        self._reviewed_ms = clock.now_ms()

    def expect_sanction(self) -> None:
        """A finding is on its way into PostgreSQL: look at every heartbeat."""
        self._expects_sanction = True

    async def keep(self, look_around: Callable[[], Awaitable[None]]) -> None:
        """Renew the leases until cancelled; `look_around` is called each time."""
        try:
            while not self._outbox.is_closed:
                await asyncio.sleep(_beat_s())
                try:
                    await self._beat(look_around)
                except RedisError as error:
                    _log.warning("a heartbeat was missed: %s", type(error).__name__)
        finally:
            # Without a heartbeat a lost nudge would never be noticed: no socket lives without.
            await self._outbox.close(CloseCode.UNAVAILABLE)

    async def review(self) -> None:
        """Read whether the participant may still be here; if not, say why and close."""
        async with self._reviewing:
            if self._outbox.is_closed:
                return
            try:
                standing = await standings.find(self._person.participant)
            except DatabaseUnavailable:
                return
            self._reviewed_ms = clock.now_ms()
            if standing is None or not standing.is_admitted:
                await self._out(None)
                await self._outbox.close(CloseCode.ENTER_FIRST)
            elif standing.sanction is not None:
                await self._out(standing.sanction.rule)
                await self._outbox.turn_away(standing.sanction)
            elif standing.has_untold:
                self.tell_warnings()

    def tell_warnings(self) -> None:
        """Show the warnings that wait. It goes on when the socket has gone: what was claimed and
        not sent has to be put back."""
        detached.spawn(warnings.tell(self._outbox, self._person), "tell warnings")

    async def _out(self, rule: Rule | None) -> None:
        try:
            await self._turn_out(rule)
        except RedisError as error:
            # The socket is closed all the same; what is left in Redis ends with its leases.
            _log.warning("turned out without Redis: %s", type(error).__name__)

    async def _beat(self, look_around: Callable[[], Awaitable[None]]) -> None:
        now_ms = clock.now_ms()
        if not await sessions.renew_session(
            self._client, self._person.participant, self._socket, now_ms
        ):
            await self._outbox.close(CloseCode.OPENED_ELSEWHERE)
            return
        await look_around()
        # Two beats early, so that the answer is there when the lease ends.
        due_ms = self._reviewed_ms + (settings.SANCTION_LEASE_S - 2 * _beat_s()) * 1000
        if now_ms >= due_ms or self._expects_sanction:
            await self.review()
        if self._expects_sanction:
            # The bar goes when the finding is recorded; not every finding leads to a sanction.
            self._expects_sanction = await bars.has(
                self._client, self._person.participant, self._person.device
            )


def _beat_s() -> float:
    return float(min(HEARTBEAT_S, settings.SANCTION_LEASE_S / 4))
