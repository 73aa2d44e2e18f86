"""The media socket: an ASGI application of its own, so that nothing else queues behind video.

Packets go from the socket into the room and from the lane out to the socket; the reader never
waits for the partner. Query strings carry tokens and are never logged.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import parse_qs

from django.conf import settings
from redis.exceptions import RedisError

from chat.admission.origins import is_allowed, origin_in
from chat.clock import now_ms
from chat.relay import hub
from chat.relay.booth import Booth
from chat.relay.lane import Lane, Message, Send, close_socket
from chat.relay.prompt_socket import PROMPT, Hear, Prompt
from chat.relay.rooms import Room
from chat.session.effects import MediaClose
from chat.stores.tokens import MediaGrant
from chat.visitors import keyed_prefix, socket_address
from moderation.intake import ScreeningUnavailable
from moderation.samples import Side

Receive = Callable[[], Awaitable[Message]]

_log = logging.getLogger(__name__)

SUBPROTOCOL = "parley.media.v1"
TEXT_MAX_BYTES = 1024
CLOSING_S = 2.0
"""How long a socket that reads nothing is waited for when it is closed."""


async def media_application(scope: Message, receive: Receive, send: Send) -> None:
    """One media socket, from its opening to its end."""
    await receive()
    if not is_allowed(origin_in(scope["headers"]), settings.ALLOWED_ORIGINS):
        # Before accept: the handshake is answered with HTTP 403.
        await send({"type": "websocket.close", "code": MediaClose.BAD_MESSAGE})
        return
    offered = scope.get("subprotocols") or []
    if SUBPROTOCOL not in offered:
        await refuse(scope, send, MediaClose.BAD_MESSAGE)
        return
    await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
    await _attend(scope, receive, send)


async def unknown_application(scope: Message, receive: Receive, send: Send) -> None:
    """A socket at an unknown path: accepted, then closed with 4404."""
    await receive()
    await refuse(scope, send, MediaClose.NOT_FOUND)


async def refuse(scope: Message, send: Send, code: MediaClose) -> None:
    """Accept, then close: a close before accept reaches browsers as a bare failure."""
    # A browser that offered subprotocols fails a handshake that chooses none of them.
    offered = scope.get("subprotocols") or [None]
    await send({"type": "websocket.accept", "subprotocol": offered[0]})
    await close_socket(send, code)


async def _attend(scope: Message, receive: Receive, send: Send) -> None:
    lane = Lane()
    try:
        found = await _seat(scope, lane)
    except (RedisError, ScreeningUnavailable) as error:
        _log.warning("no attachment: %s", type(error).__name__)
        found = MediaClose.UNAVAILABLE
    if isinstance(found, MediaClose):
        lane.close(found)
        await lane.run(send)
        return
    room, grant = found
    side = grant.subject.side
    hear = partial(_hear, room, side, lane)
    extensions = scope.get("extensions") or {}
    if PROMPT in extensions:
        prompt: Prompt = extensions[PROMPT]
        prompt.hear_by(hear)
        send = prompt.send
    try:
        await _carry(lane, hear, receive, send)
    finally:
        room.detach(side, lane, now_ms())


async def _seat(scope: Message, lane: Lane) -> tuple[Room | Booth, MediaGrant] | MediaClose:
    """The room or booth that this socket's token is good for; a close code when there is none.

    Raises `RedisError` and `ScreeningUnavailable`.
    """
    node = await hub.ensure_running()
    if node is None:
        return MediaClose.NOT_FOUND
    # Before the token is looked at: whoever is refused can come again with it, and guessing costs
    # us no more than this.
    retry_after_s = await node.retry_after_s(keyed_prefix(socket_address(scope)))
    if retry_after_s:
        lane.put_message(
            {
                "type": "error",
                "code": "slow_down",
                "detail": "too many media sockets",
                "retry_after_s": retry_after_s,
            }
        )
        return MediaClose.TOO_MANY
    return await node.attach(_token(scope), lane)


async def _carry(lane: Lane, hear: Hear, receive: Receive, send: Send) -> None:
    reader = asyncio.create_task(_read(lane, hear, receive))
    writer = asyncio.create_task(lane.run(send))
    try:
        await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
        if lane.close_code is not None:
            await asyncio.wait({writer}, timeout=CLOSING_S)
    finally:
        for task in (reader, writer):
            task.cancel()
        outcomes = await asyncio.gather(reader, writer, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _read(lane: Lane, hear: Hear, receive: Receive) -> None:
    """Hand over what comes, until the socket is gone or to be closed."""
    while lane.close_code is None:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        data = message.get("bytes")
        hear(message.get("text") or "" if data is None else data)


def _hear(room: Room | Booth, side: Side, lane: Lane, message: bytes | str) -> None:
    """A message came; nothing more is wanted from a socket that is being closed."""
    if lane.close_code is not None:
        return
    at_ms = now_ms()
    if not isinstance(message, str):
        room.data(side, lane, message, at_ms)
        return
    seq = _acknowledged(message)
    if seq is None:
        room.refuse(side, lane, MediaClose.BAD_MESSAGE, at_ms)
    else:
        room.acknowledge(side, lane, seq, at_ms)


def _acknowledged(text: str) -> int | None:
    """The sequence number in an `ack`, None for anything else."""
    if len(text.encode(errors="replace")) > TEXT_MAX_BYTES:
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or fields.get("type") != "ack":
        return None
    seq = fields.get("seq")
    return seq if type(seq) is int and seq >= 0 else None


def _token(scope: Message) -> str:
    query: bytes = scope["query_string"]
    return parse_qs(query.decode("latin-1")).get("token", [""])[0]
