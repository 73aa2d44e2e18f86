"""In how many conversations of a day a device said lines of one kind: what is done again and again
is looked at, once alone is not."""

import redis.asyncio

from moderation.stores import keys
from reports.ids import ConversationId, DeviceId


async def note(
    client: redis.asyncio.Redis, device: DeviceId, line_rule: str, conversation: ConversationId
) -> int:
    """The number of conversations with this one; 0 when it was counted before."""
    of_this, of_all = keys.attempts(device, line_rule), keys.all_attempts(device)
    async with client.pipeline(transaction=True) as pipe:
        pipe.sadd(of_this, str(conversation))
        pipe.scard(of_this)
        pipe.sadd(of_all, str(conversation))
        for key in (of_this, of_all):
            pipe.expire(key, keys.ATTEMPTS_TTL_S)
        is_new, count, *_ = await pipe.execute()
    return int(count) if is_new else 0


async def count(client: redis.asyncio.Redis, device: DeviceId) -> int:
    """In how many conversations the device said such lines, of whatever kind."""
    return int(await client.scard(keys.all_attempts(device)))
