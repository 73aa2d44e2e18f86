"""Who left a conversation on their own, and when: for a minute after its end.

Raises `RedisError`; what is lost costs nobody anything but a little trust not earned.
"""

from typing import Any

import redis.asyncio

from chat.stores import keys
from moderation.samples import Side
from reports.ids import ConversationId


async def note(
    client: redis.asyncio.Redis, conversation: ConversationId, side: Side, now_ms: int
) -> None:
    """`side` has left; the first time counts."""
    key = keys.goodbye(conversation)
    async with client.pipeline(transaction=True) as pipe:
        pipe.hsetnx(key, side.value, str(now_ms))
        pipe.expire(key, keys.GOODBYE_TTL_S)
        await pipe.execute()


async def find(client: redis.asyncio.Redis, conversation: ConversationId) -> dict[Side, int]:
    """When each side left (Unix ms); without those that didn't."""
    left: Any = await client.hgetall(keys.goodbye(conversation))
    return {Side(side.decode()): int(at_ms) for side, at_ms in left.items()}
