"""What a device did lately that asks for a closer look at its next pictures. No offences, and told
to nobody.

Raises `RedisError`; a mark that is lost costs a few samples, no more.
"""

from dataclasses import dataclass

import redis.asyncio

from chat.stores import keys
from reports.ids import DeviceId

SKIP_MS = 20_000
"""A conversation that one leaves on one's own within this was skipped."""
SKIPS_MANY = 6
"""So many within `keys.SKIPS_TTL_S` are a burst: somebody looks for an audience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is known of a device for now."""

    is_skipping: bool
    is_reported: bool


async def note_skip(client: redis.asyncio.Redis, device: DeviceId) -> None:
    """`device` has skipped somebody."""
    key = keys.skips(device)
    async with client.pipeline(transaction=True) as pipe:
        pipe.set(key, 0, ex=keys.SKIPS_TTL_S, nx=True)
        pipe.incr(key)
        await pipe.execute()


async def note_report(client: redis.asyncio.Redis, device: DeviceId) -> None:
    """A partner has reported `device`."""
    await client.set(keys.reported(device), 1, ex=keys.REPORTED_TTL_S)


async def find(client: redis.asyncio.Redis, device: DeviceId) -> Marks:
    """The marks of `device`."""
    skips, is_reported = await client.mget(keys.skips(device), keys.reported(device))
    return Marks(is_skipping=int(skips or 0) >= SKIPS_MANY, is_reported=is_reported is not None)
