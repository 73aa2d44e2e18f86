"""Proof that screening lives: every screening process beats once a second. Raises `RedisError`."""

import redis
import redis.asyncio

from moderation.stores import keys

ALIVE_MS = 5000
"""A worker that has not beaten for this long counts as dead."""


def beat(client: redis.Redis, worker: str, now_ms: int) -> None:
    """Say that `worker` lives and has its models loaded."""
    key = keys.heartbeats()
    with client.pipeline(transaction=False) as pipe:
        pipe.zadd(key, {worker: now_ms})
        pipe.zremrangebyscore(key, 0, now_ms - keys.HEARTBEAT_TTL_S * 1000)
        pipe.expire(key, keys.HEARTBEAT_TTL_S)
        pipe.execute()


def is_alive(client: redis.Redis, now_ms: int) -> bool:
    """Whether at least one screening process has beaten lately."""
    return bool(client.zcount(keys.heartbeats(), now_ms - ALIVE_MS, "+inf"))
