"""Devices that showed what only a person can judge: for an hour, until somebody has looked.

Raises `RedisError`.
"""

import redis
import redis.asyncio

from moderation.stores import keys
from reports.ids import DeviceId


def note_now(client: redis.Redis, device: DeviceId) -> None:
    """`device` showed such a picture."""
    client.set(keys.doubt(device), 1, ex=keys.DOUBT_TTL_S)


async def has(client: redis.asyncio.Redis, device: DeviceId) -> bool:
    """Whether `device` did, lately."""
    return bool(await client.exists(keys.doubt(device)))
