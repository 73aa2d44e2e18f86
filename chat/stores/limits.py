"""Token buckets that every process shares. Raises `RedisError`; a retry takes another token."""

from collections.abc import Sequence
from dataclasses import dataclass

import redis.asyncio

from chat.stores import keys
from chat.stores.scripts import lua
from moderation.stores.scripts import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`burst` at once, then `per_s` more each second. `name` tells buckets apart; those that are
    taken from together share what stands before the dot in it."""

    name: str
    per_s: float
    burst: int


Claim = tuple[Allowance, str]
"""An allowance and whose: an id, or a keyed prefix."""


async def take(client: redis.asyncio.Redis, allowance: Allowance, who: str, now_ms: int) -> float:
    """Take one token of `who`; 0.0, or the seconds until there is one again."""
    return await take_all(client, [(allowance, who)], now_ms)


async def take_all(client: redis.asyncio.Redis, claims: Sequence[Claim], now_ms: int) -> float:
    """Take one token for each claim, or none; 0.0, or the seconds until all can be had."""
    arguments: list[float] = [now_ms]
    for allowance, _ in claims:
        arguments += [allowance.per_s, allowance.burst]
    wait_ms: int = await run(
        client,
        lua("take_tokens"),
        keys=[keys.bucket(allowance.name, who) for allowance, who in claims],
        args=arguments,
    )
    return wait_ms / 1000
