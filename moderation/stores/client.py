"""Redis clients with a timeout on every socket operation; one per process or event loop.

The caller owns the client it gets and closes it.
"""

from typing import Any

import redis
import redis.asyncio
from django.conf import settings

from moderation.stores.pipelining import PipeliningRedis

SOCKET_TIMEOUT_S = 1.0

CONNECTIONS_MAX = 50
"""Of one asynchronous client; whoever comes in a burst waits for a free one (up to the timeout),
where redis-py's own pool raises from the 101st on."""

_OPTIONS: dict[str, Any] = {
    "socket_timeout": SOCKET_TIMEOUT_S,
    "socket_connect_timeout": SOCKET_TIMEOUT_S,
}


def connect() -> redis.Redis:
    """A blocking client for workers and commands; answers are bytes."""
    return redis.Redis.from_url(settings.REDIS_URL, **_OPTIONS)


def connect_async() -> redis.asyncio.Redis:
    """A client for the running event loop; answers are bytes."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=CONNECTIONS_MAX,
        timeout=SOCKET_TIMEOUT_S,
        **_OPTIONS,
    )
    return PipeliningRedis.from_pool(pool)
