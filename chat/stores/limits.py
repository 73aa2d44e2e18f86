"""Token buckets that every process shares. Raises `RedisError`; a retry takes another token."""

from dataclasses import dataclass

import redis.asyncio

from chat.stores import keys
from chat.stores.scripts import lua


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`burst` at once, then `per_s` more each second. `name` tells buckets apart."""

    name: str
    per_s: float
    burst: int


async def take(client: redis.asyncio.Redis, allowance: Allowance, who: str, now_ms: int) -> float:
    """Take one token of `who`; 0.0, or the seconds until there is one again."""
    script = client.register_script(lua("take_token"))
    wait_ms: int = await script(
        keys=[keys.bucket(allowance.name, who)],
        args=[allowance.per_s, allowance.burst, now_ms],
    )
    return wait_ms / 1000
