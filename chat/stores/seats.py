"""Who sits in a conversation with which control socket, and the one-use keys to come back.

Raises `RedisError`; a retry may help.
"""

import hashlib
import secrets
from dataclasses import dataclass

import redis.asyncio

from chat.stores import keys
from chat.stores.scripts import lua
from moderation.samples import Side
from moderation.stores.scripts import run
from reports.ids import ConversationId, ParticipantId

SIGN_MAX_AGE_MS = 15_000
"""A socket without a sign for this long is gone (its process died); signs come every 5 s."""

RESUME_KEY_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One socket's place in a conversation."""

    conversation: ConversationId
    side: Side
    socket: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """The conversation goes on. `gone_since_ms` is None while the other side is there;
    `has_come` is False when it never was."""

    gone_since_ms: int | None
    has_come: bool


class Over:
    """The conversation has ended."""


class Unknown:
    """Redis has lost the conversation."""


class Elsewhere:
    """A newer socket of the same participant sits there."""


Renewed = Live | Over | Unknown | Elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Somebody sat down: `key` is for `resume`."""

    key: str
    is_partner_here: bool


async def join(
    client: redis.asyncio.Redis, seat: Seat, now_ms: int, *, key: str | None = None
) -> Joined | None:
    """Sit down, with a new key for `resume` unless there is one; None when it is over."""
    key = key or secrets.token_urlsafe(RESUME_KEY_BYTES)
    joined: int = await run(
        client,
        lua("join_conversation"),
        keys=[keys.conversation(seat.conversation)],
        args=[seat.side.value, seat.socket, _digest(key), now_ms, keys.CONVERSATION_TTL_S],
    )
    return Joined(key=key, is_partner_here=joined == 2) if joined else None


async def withdraw(client: redis.asyncio.Redis, seat: Seat) -> bool:
    """Get up again, since the partner has not come; False when they just did."""
    withdrawn: int = await run(
        client,
        lua("withdraw_proposal"),
        keys=[keys.conversation(seat.conversation)],
        args=[seat.side.value],
    )
    return bool(withdrawn)


async def resume(
    client: redis.asyncio.Redis,
    conversation: ConversationId,
    *,
    participant: ParticipantId,
    key: str,
    socket: str,
    now_ms: int,
    grace_ms: int,
) -> tuple[Seat, str] | None:
    """Sit down again with `key`; the seat and the next key.

    None when the conversation is over, was somebody else's, the key is wrong or used, or the
    side was gone for `grace_ms`.
    """
    next_key = secrets.token_urlsafe(RESUME_KEY_BYTES)
    side: bytes = await run(
        client,
        lua("resume_conversation"),
        keys=[keys.conversation(conversation)],
        args=[
            str(participant),
            _digest(key),
            _digest(next_key),
            socket,
            now_ms,
            grace_ms,
            SIGN_MAX_AGE_MS,
        ],
    )
    if not side:
        return None
    return Seat(conversation=conversation, side=Side(side.decode()), socket=socket), next_key


async def leave(client: redis.asyncio.Redis, seat: Seat, now_ms: int) -> bool:
    """The socket has gone; False when a newer one sits there, or the conversation is over."""
    left: int = await run(
        client,
        lua("leave_seat"),
        keys=[keys.conversation(seat.conversation)],
        args=[seat.side.value, seat.socket, now_ms],
    )
    return bool(left)


async def renew(client: redis.asyncio.Redis, seat: Seat, now_ms: int) -> Renewed:
    """Give a sign, and learn about the other side."""
    answer: list[bytes] = await run(
        client,
        lua("renew_seat"),
        keys=[keys.conversation(seat.conversation)],
        args=[seat.side.value, seat.socket, now_ms, SIGN_MAX_AGE_MS],
    )
    match answer:
        case [b"live", since, has_come]:
            gone_since_ms = int(float(since)) if since else None
            return Live(gone_since_ms=gone_since_ms, has_come=has_come == b"1")
        case [b"elsewhere"]:
            return Elsewhere()
        case [b"unknown"]:
            return Unknown()
        case _:
            return Over()


async def absent(client: redis.asyncio.Redis, conversation: ConversationId) -> frozenset[Side]:
    """The sides whose control socket has said good-bye and not come back."""
    fields = [f"absent_{side}" for side in Side]
    since = await client.hmget(keys.conversation(conversation), fields)
    return frozenset(side for side, gone in zip(Side, since, strict=True) if gone is not None)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
