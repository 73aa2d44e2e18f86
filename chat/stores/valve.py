"""How far the valve is closed, for all web processes. Raises `RedisError`.

Whoever asks turns it by the same figures, so of two who write at once either may win.
"""

import json
from typing import Any

import redis.asyncio

from chat.stores import keys
from chat.valve import Valve


async def load(client: redis.asyncio.Redis) -> Valve:
    """The valve as it was left; open when nobody has touched it for a minute."""
    stored: Any = await client.get(keys.valve())
    if stored is None:
        return Valve()
    fields = json.loads(stored)
    return Valve(step=fields["step"], calm_since_ms=fields["calm_since_ms"])


async def save(client: redis.asyncio.Redis, valve: Valve) -> None:
    """Leave it like this."""
    fields = {"step": valve.step, "calm_since_ms": valve.calm_since_ms}
    await client.set(keys.valve(), json.dumps(fields), ex=keys.VALVE_TTL_S)
