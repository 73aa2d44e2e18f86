"""What address prefixes did lately, by their keyed hash: signals with an end, never bars.

Raises `RedisError`; a retry may count something twice, which only makes a proof harder.
"""

from uuid import uuid4

import redis.asyncio

from chat.admission.risk import Signals
from chat.stores import keys
from chat.stores.scripts import lua
from moderation.stores.scripts import run
from reports.ids import DeviceId

HOUR_MS = 3600 * 1000
BARRED_MS = 24 * HOUR_MS
REFUSED_KEPT = 1000
"""More refusals than this change nothing any more."""


class SpentError(Exception):
    """The proof was good once, and that was before. Another challenge may be solved."""


async def load_signals(client: redis.asyncio.Redis, prefix: str, now_ms: int) -> Signals:
    """What `prefix` did within the last hour, and the last day for bars."""
    async with client.pipeline(transaction=False) as pipe:
        pipe.zcount(keys.prefix_newcomers(prefix), now_ms - HOUR_MS, "+inf")
        pipe.zcount(keys.prefix_refused(prefix), now_ms - HOUR_MS, "+inf")
        pipe.zcount(keys.prefix_barred(prefix), now_ms - BARRED_MS, "+inf")
        pipe.exists(keys.prefix_under_age(prefix))
        newcomers, refused, barred, under_age = await pipe.execute()
    return Signals(
        newcomers=newcomers, refused=refused, barred=barred, is_under_age_near=bool(under_age)
    )


async def admit_newcomer(
    client: redis.asyncio.Redis,
    prefix: str,
    *,
    per_hour: int,
    proof: str,
    proof_ms: int,
    now_ms: int,
) -> float:
    """Count a new identity and spend its proof, good for `proof_ms` more (0: none is asked for).

    0.0, or the seconds until the prefix may have another one. Raises `SpentError`.
    """
    wait_ms: int = await run(
        client,
        lua("admit_newcomer"),
        keys=[keys.prefix_newcomers(prefix), keys.prefix_proof(prefix, proof)],
        args=[now_ms, HOUR_MS, per_hour, uuid4().hex, proof_ms],
    )
    if wait_ms < 0:
        raise SpentError
    return wait_ms / 1000


async def note_refused(client: redis.asyncio.Redis, prefix: str, now_ms: int) -> None:
    """A proof from there was forged, wrong or spent."""
    key = keys.prefix_refused(prefix)
    async with client.pipeline(transaction=True) as pipe:
        pipe.zadd(key, {uuid4().hex: now_ms})
        pipe.zremrangebyrank(key, 0, -REFUSED_KEPT - 1)
        pipe.pexpire(key, HOUR_MS)
        await pipe.execute()


async def note_barred(
    client: redis.asyncio.Redis, prefix: str, device: DeviceId, now_ms: int
) -> None:
    """A device from there was turned away for a sanction; the same one counts once."""
    key = keys.prefix_barred(prefix)
    async with client.pipeline(transaction=True) as pipe:
        pipe.zadd(key, {str(device): now_ms})
        pipe.zremrangebyscore(key, "-inf", now_ms - BARRED_MS)
        pipe.pexpire(key, BARRED_MS)
        await pipe.execute()


async def note_under_age(client: redis.asyncio.Redis, prefix: str, kept_s: float) -> None:
    """Somebody there gave a birth date under age."""
    await client.set(keys.prefix_under_age(prefix), "1", px=int(kept_s * 1000))
