"""One live control socket per participant, what it was last seen doing, and who is online.

Raises `RedisError`; a retry may help.
"""

from typing import Any
from uuid import UUID

import redis.asyncio

from chat.stores import keys
from chat.stores.scripts import lua
from chat.trust import Level
from moderation.stores.scripts import run
from reports.ids import ConversationId, ParticipantId


async def open_session(
    client: redis.asyncio.Redis, participant: ParticipantId, socket: str, address: str, now_ms: int
) -> str | None:
    """Make `socket` the live one; the one that it replaces, if any.

    `address` is kept for 24 hours, for reports that the law asks for.
    """
    key = keys.session(participant)
    async with client.pipeline(transaction=True) as pipe:
        pipe.hget(key, "socket")
        pipe.hset(key, mapping={"socket": socket, "address": address})
        pipe.expire(key, keys.SESSION_TTL_S)
        before, *_ = await pipe.execute()
    await _note_online(client, participant, now_ms)
    return None if before is None else before.decode()


async def is_live(client: redis.asyncio.Redis, participant: ParticipantId, socket: str) -> bool:
    """Whether no other socket of `participant` is the live one."""
    current: Any = await client.hget(keys.session(participant), "socket")
    return current is None or bool(current.decode() == socket)


async def renew_session(
    client: redis.asyncio.Redis, participant: ParticipantId, socket: str, now_ms: int
) -> bool:
    """Stay online; False when another socket is the live one.

    A session that Redis has lost is taken up again: nobody opened another socket.
    """
    renewed: int = await run(
        client,
        lua("renew_session"),
        keys=[keys.session(participant)],
        args=[socket, keys.SESSION_TTL_S],
    )
    if renewed:
        await _note_online(client, participant, now_ms)
    return bool(renewed)


async def close_session(
    client: redis.asyncio.Redis, participant: ParticipantId, socket: str
) -> None:
    """The socket has gone; nothing when a newer one is the live one."""
    if await run(client, lua("close_session"), keys=[keys.session(participant)], args=[socket]):
        await client.zrem(keys.online(), str(participant))


async def count_online(client: redis.asyncio.Redis, now_ms: int) -> int:
    """Participants with a live control socket."""
    return int(await client.zcount(keys.online(), now_ms, "+inf"))


async def begin_search(
    client: redis.asyncio.Redis, participant: ParticipantId, level: Level
) -> int:
    """The number of a new search, higher than every earlier one. How far `participant` is trusted
    is remembered until the next."""
    key = keys.session(participant)
    args = [level.value, keys.SESSION_TTL_S]
    return int(await run(client, lua("begin_search"), keys=[key], args=args))


async def next_epoch(client: redis.asyncio.Redis, participant: ParticipantId) -> int:
    """Another number for the search that goes on."""
    return int(await client.hincrby(keys.session(participant), "epoch", 1))


async def note_conversation(
    client: redis.asyncio.Redis, participant: ParticipantId, conversation: ConversationId
) -> None:
    """Remember the newest conversation of `participant`."""
    await client.hset(keys.session(participant), "conversation", str(conversation))


async def newest_conversation(
    client: redis.asyncio.Redis, participant: ParticipantId
) -> ConversationId | None:
    """The newest conversation of `participant`, over or not."""
    found: Any = await client.hget(keys.session(participant), "conversation")
    return None if found is None else ConversationId(UUID(found.decode()))


async def find_level(client: redis.asyncio.Redis, participant: ParticipantId) -> Level:
    """How far they were trusted when they began to search; NEW when that isn't known (any more)."""
    found: Any = await client.hget(keys.session(participant), "level")
    return Level.NEW if found is None else Level(found.decode())


async def find_address(client: redis.asyncio.Redis, participant: ParticipantId) -> str | None:
    """The address of their newest connection within 24 hours."""
    found: Any = await client.hget(keys.session(participant), "address")
    return None if found is None else str(found.decode())


async def _note_online(
    client: redis.asyncio.Redis, participant: ParticipantId, now_ms: int
) -> None:
    await run(
        client,
        lua("note_online"),
        keys=[keys.online()],
        args=[str(participant), now_ms, keys.ONLINE_LEASE_S],
    )
