"""How many devices named an interest today. Raises `RedisError`; every call may be repeated."""

from collections.abc import Sequence

import redis.asyncio

from chat.stores import keys
from reports.ids import DeviceId

DAY_MS = 24 * 3600 * 1000


async def note(
    client: redis.asyncio.Redis, names: Sequence[str], device: DeviceId, now_ms: int
) -> dict[str, int]:
    """Count `device` in for each of `names`; the devices of each on this day (UTC), within 1 %."""
    if not names:
        return {}
    day = now_ms // DAY_MS
    async with client.pipeline(transaction=False) as pipe:
        for name in names:
            key = keys.interest_devices(day, name)
            pipe.pfadd(key, device.bytes)
            pipe.expire(key, keys.INTEREST_DEVICES_TTL_S)
            pipe.pfcount(key)
        answers = await pipe.execute()
    return dict(zip(names, answers[2::3], strict=True))
