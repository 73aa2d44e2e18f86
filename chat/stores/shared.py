"""The one Redis client of each event loop that sockets and views share."""

import asyncio
from weakref import WeakKeyDictionary

import redis.asyncio

from moderation.stores.client import connect_async

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = WeakKeyDictionary()


def client() -> redis.asyncio.Redis:
    """The running loop's client; it stays open as long as the loop."""
    loop = asyncio.get_running_loop()
    found = _clients.get(loop)
    if found is None:
        found = _clients[loop] = connect_async()
    return found


async def close() -> None:
    """Close the running loop's client, if there is one."""
    found = _clients.pop(asyncio.get_running_loop(), None)
    if found is not None:
        await found.aclose()
