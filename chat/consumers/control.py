"""The control socket's edge: handshake, decoding, pace, and what is answered when something fails.

One consumer is one socket. `dispatch` is our own, so that no message hops to asgiref's shared
thread: a stalled database must not delay a `pong`.
"""

import logging
from collections.abc import Awaitable
from typing import Any
from uuid import uuid4

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.conf import settings
from django.http import parse_cookie
from redis.exceptions import RedisError

from chat import clock, nudges
from chat.admission import cookies, origins, standings
from chat.admission.people import Standing
from chat.consumers.background import Tasks
from chat.consumers.outbox import Outbox
from chat.consumers.pacing import Bucket, Pace, Pacer
from chat.consumers.visit import Visit
from chat.database import DatabaseUnavailable
from chat.messages import CloseCode, ErrorCode, MessageError, Say, decode
from chat.stores import limits, prefixes, sessions, shared
from chat.visitors import keyed_prefix, socket_address
from reports import events as report_events
from reports.ids import DeviceId, ParticipantId

SUBPROTOCOL = "parley.v1"

_log = logging.getLogger(__name__)


class ControlConsumer(AsyncConsumer):
    """The socket at /ws/chat/."""

    _outbox: Outbox

    def __init__(self) -> None:
        self._socket = uuid4().hex
        self._pacer = Pacer()
        self._visit: Visit | None = None
        self._groups: list[str] = []
        self._tasks = Tasks()
        self._device: DeviceId | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application. Whatever ends it, nothing of the visit is left behind."""
        outbox = self._outbox = Outbox(send)
        try:
            await super().__call__(scope, receive, send)
        except RedisError as error:
            # Not even the channel layer is there.
            _log.warning("a control socket was refused: %s", type(error).__name__)
            if not outbox.is_accepted:
                await outbox.accept(SUBPROTOCOL)
            await outbox.close(CloseCode.UNAVAILABLE)
        finally:
            outbox.is_closed = True
            await self._depart()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one message from the browser or from the channel layer."""
        match message["type"]:
            case "websocket.connect":
                await self._connect()
            case "websocket.disconnect":
                raise StopConsumer
            case kind if self._outbox.is_closed:
                _log.debug("%s after the end of a socket", kind)
            case "websocket.receive":
                await self._answered(self._receive(message))
            case _:
                await self._answered(self._nudged(message))

    async def _connect(self) -> None:
        outbox = self._outbox
        if not origins.is_allowed(
            origins.origin_in(self.scope["headers"]), settings.ALLOWED_ORIGINS
        ):
            await outbox.deny()
            return
        offered = list(self.scope["subprotocols"])
        if SUBPROTOCOL not in offered:
            # A browser that offered subprotocols fails a handshake that chooses none of them.
            await outbox.accept(offered[0] if offered else None)
            await outbox.close(CloseCode.BAD_MESSAGE)
            return
        await outbox.accept(SUBPROTOCOL)
        participant = cookies.read_participant(self._cookie(cookies.PARTICIPANT_COOKIE))
        if participant is None:
            await outbox.close(CloseCode.ENTER_FIRST)
            return
        await self._welcome(outbox, participant)

    async def _welcome(self, outbox: Outbox, participant: ParticipantId) -> None:
        client, now_ms = shared.client(), clock.now_ms()
        address = socket_address(self.scope)
        prefix = keyed_prefix(address)
        if not await self._may_connect(outbox, participant, prefix):
            return
        # Joined before the sanctions are read: whoever is barred in between is told.
        await self._join(report_events.participant_group(participant))
        standing = await self._admitted(outbox, participant)
        if standing is None:
            return
        await self._join(report_events.device_group(standing.person.device))
        before = await sessions.open_session(
            client, participant, self._socket, str(address), now_ms
        )
        self._visit = Visit(
            client,
            outbox,
            person=standing.person,
            pool=standing.pool,
            socket=self._socket,
            prefix=prefix,
        )
        nudges.listen(participant, self._hear)
        if before is not None:
            await nudges.session_opened(participant)
        await self._visit.open(has_untold=standing.has_untold)

    async def _may_connect(self, outbox: Outbox, participant: ParticipantId, prefix: str) -> bool:
        """Whether this connection may be; a refusal is answered here, with when to come again."""
        known = cookies.read_device(self._cookie(cookies.DEVICE_COOKIE))
        device = None if known is None else known.device
        claims = limits.claims("connections", participant, device, prefix=prefix)
        retry_after_s = await limits.take_all(shared.client(), claims, clock.now_ms())
        if retry_after_s:
            await outbox.error(
                ErrorCode.SLOW_DOWN, "too many connections", retry_after_s=retry_after_s
            )
            await outbox.close(CloseCode.TOO_MANY)
        return not retry_after_s

    async def _admitted(self, outbox: Outbox, participant: ParticipantId) -> Standing | None:
        """How the participant stands; refusals are answered here."""
        try:
            standing = await standings.find(participant)
        except DatabaseUnavailable:
            await outbox.close(CloseCode.UNAVAILABLE)
            return None
        if standing is None or not standing.is_admitted:
            await outbox.close(CloseCode.ENTER_FIRST)
            return None
        self._device = standing.person.device
        if standing.sanction is not None:
            await outbox.turn_away(standing.sanction)
            return None
        return standing

    async def _receive(self, frame: dict[str, Any]) -> None:
        outbox, visit = self._outbox, self._visit
        text = frame.get("text")
        if visit is None:
            return
        if text is None:
            await outbox.close(CloseCode.BAD_MESSAGE)
            return
        now_ms = clock.now_ms()
        if not await self._in_pace(outbox, self._pacer.message(now_ms), self._pacer.messages):
            return
        try:
            message = decode(text)
        except MessageError as error:
            if error.close_code is not None:
                await outbox.close(error.close_code)
            else:
                named = {} if error.line_id is None else {"id": error.line_id}
                await outbox.error(error.code, error.detail, **named)
            return
        if isinstance(message, Say) and not await self._in_pace(
            outbox, self._pacer.line(now_ms), self._pacer.lines, id=message.id
        ):
            return
        await visit.handle(message)

    async def _in_pace(self, outbox: Outbox, pace: Pace, bucket: Bucket, **fields: str) -> bool:
        match pace:
            case Pace.FINE:
                return True
            case Pace.SLOW_DOWN:
                await outbox.error(
                    ErrorCode.SLOW_DOWN,
                    "too many at once",
                    retry_after_s=bucket.retry_after_s(),
                    **fields,
                )
            case Pace.TOO_MANY:
                await outbox.close(CloseCode.TOO_MANY)
        return False

    def _hear(self, nudge: nudges.Nudge) -> bool:
        if self._outbox.is_closed:
            return False
        self._tasks.spawn(self._answered(self._nudged(nudge)), "nudge")
        return True

    async def _nudged(self, message: nudges.Nudge) -> None:
        visit = self._visit
        if visit is None or self._outbox.is_closed:
            return
        match message["type"]:
            case report_events.BARRED | report_events.WARNED | nudges.ADMISSION_REVOKED:
                visit.review()
            case report_events.LIFTED:
                pass  # Whoever is here was not barred.
            case nudges.PAIRED:
                visit.pairing_changed()
            case nudges.CHECK_CHANGED:
                await visit.check_changed()
            case nudges.TALK_CHANGED:
                await visit.talk_changed()
            case nudges.TALK_TYPING:
                await visit.typing(message["conversation"], on=message["on"])
            case nudges.SESSION_OPENED:
                await visit.session_opened()
            case kind:
                _log.warning("an unknown nudge: %s", kind)

    async def _answered(self, work: Awaitable[None]) -> None:
        try:
            await work
        except RedisError as error:
            _log.warning("a message failed: %s", type(error).__name__)
            await self._outbox.error(ErrorCode.UNAVAILABLE, "try again in a moment")

    async def _join(self, group: str) -> None:
        await self.channel_layer.group_add(group, self.channel_name)
        self._groups.append(group)

    async def _depart(self) -> None:
        if self._visit is not None:
            nudges.ignore(self._visit.participant, self._hear)
            await self._tasks.cancel_all()
            await self._visit.close()
        if self._outbox.has_turned_away and self._device is not None:
            await self._note_barred(self._device)
        for group in self._groups:
            try:
                await self.channel_layer.group_discard(group, self.channel_name)
            except (RedisError, OSError) as error:
                _log.warning("a group was not left: %s", type(error).__name__)

    def _cookie(self, name: str) -> str | None:
        found = [value for key, value in self.scope["headers"] if key.lower() == b"cookie"]
        return parse_cookie(b"; ".join(found).decode("latin-1")).get(name)

    async def _note_barred(self, device: DeviceId) -> None:
        prefix = keyed_prefix(socket_address(self.scope))
        try:
            await prefixes.note_barred(shared.client(), prefix, device, clock.now_ms())
        except RedisError as error:
            _log.warning("a signal was not kept: %s", type(error).__name__)
