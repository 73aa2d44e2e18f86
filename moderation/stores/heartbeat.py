"""Proof that screening lives, and how old its verdicts are, for /readyz and the admission valve."""

from dataclasses import dataclass

import redis
import redis.asyncio

from moderation.stores import keys

ALIVE_MS = 5000
"""A worker that has not beaten for this long counts as dead; it beats every second."""

AGES_KEPT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Living screening processes, and the 95th percentile of capture-to-verdict times.

    `verdict_age_p95_ms` is None when nothing was judged in the last 30 s.
    """

    workers: int
    verdict_age_p95_ms: int | None

    @property
    def is_alive(self) -> bool:
        return self.workers > 0


def beat(client: redis.Redis, worker: str, now_ms: int) -> None:
    """Say that `worker` lives and has its models loaded."""
    key = keys.heartbeats()
    with client.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {worker: now_ms})
        pipe.zremrangebyscore(key, 0, now_ms - keys.HEARTBEAT_TTL_S * 1000)
        pipe.expire(key, keys.HEARTBEAT_TTL_S)
        pipe.execute()


def note_verdict_age(client: redis.Redis, age_ms: int) -> None:
    """Add one capture-to-verdict time."""
    key = keys.verdict_ages()
    with client.pipeline(transaction=False) as pipe:
        pipe.lpush(key, age_ms)
        pipe.ltrim(key, 0, AGES_KEPT - 1)
        pipe.expire(key, keys.HEARTBEAT_TTL_S)
        pipe.execute()


async def load(client: redis.asyncio.Redis, now_ms: int) -> Heartbeat:
    """How screening is doing at `now_ms`. Raises `RedisError`."""
    async with client.pipeline(transaction=False) as pipe:
        pipe.zcount(keys.heartbeats(), now_ms - ALIVE_MS, "+inf")
        pipe.lrange(keys.verdict_ages(), 0, -1)
        workers, ages = await pipe.execute()
    return _heartbeat(workers, ages)


def load_now(client: redis.Redis, now_ms: int) -> Heartbeat:
    """`load` for callers without an event loop."""
    with client.pipeline(transaction=False) as pipe:
        pipe.zcount(keys.heartbeats(), now_ms - ALIVE_MS, "+inf")
        pipe.lrange(keys.verdict_ages(), 0, -1)
        workers, ages = pipe.execute()
    return _heartbeat(workers, ages)


async def is_alive(client: redis.asyncio.Redis, now_ms: int) -> bool:
    """Whether at least one screening process has beaten lately. Raises `RedisError`."""
    return (await load(client, now_ms)).is_alive


def _heartbeat(workers: int, ages: list[bytes]) -> Heartbeat:
    ordered = sorted(map(int, ages))
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else None
    return Heartbeat(workers=workers, verdict_age_p95_ms=p95)
