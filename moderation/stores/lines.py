"""The newest lines of each conversation, in memory for at most 24 hours (invariant I20)."""

from collections.abc import Iterable
from dataclasses import dataclass

import redis
import redis.asyncio

from moderation.samples import Side
from moderation.stores import keys
from moderation.stores.packing import pack, unpack
from reports.ids import ConversationId

NEWEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLine:
    """One line of one side, at the server's time (Unix ms)."""

    at_ms: int
    side: Side
    text: str
    was_withheld: bool


async def append(
    client: redis.asyncio.Redis, conversation: ConversationId, line: StoredLine
) -> None:
    """Add a line, drop the oldest beyond 200, start the 24 hours anew."""
    key = keys.lines(conversation)
    packed = pack([line.at_ms, line.side.value, line.text, line.was_withheld])
    async with client.pipeline(transaction=True) as pipe:
        pipe.rpush(key, packed)
        pipe.ltrim(key, -NEWEST, -1)
        pipe.expire(key, keys.LINES_TTL_S)
        await pipe.execute()


async def load(client: redis.asyncio.Redis, conversation: ConversationId) -> tuple[StoredLine, ...]:
    """The conversation's lines, oldest first."""
    return _unpack(await client.lrange(keys.lines(conversation), 0, -1))


def load_now(client: redis.Redis, conversation: ConversationId) -> tuple[StoredLine, ...]:
    """`load` for workers, which have no event loop."""
    return _unpack(client.lrange(keys.lines(conversation), 0, -1))


def _unpack(packed: Iterable[object]) -> tuple[StoredLine, ...]:
    return tuple(
        StoredLine(at_ms=at_ms, side=Side(side), text=text, was_withheld=was_withheld)
        for at_ms, side, text, was_withheld in map(unpack, packed)
    )
