"""Service: the leases of everybody in this process who waits, renewed a hundred at a time.

One call for each would spend three quarters of its time on being a call (make bench-pairing).

Errors: `RedisError` for all of a call alike; a retry may help.
"""

import asyncio
from collections import defaultdict
from weakref import WeakKeyDictionary

import redis.asyncio

from chat.stores import pairing
from chat.stores.pairing import Search
from reports.ids import ParticipantId

GATHER_S = 0.1
"""How long a renewal waits for others: nothing beside a lease of 15 s that is renewed every 5."""

TOGETHER_MAX = 100
"""Searches of one call, about a millisecond of Redis: others are not held up for longer."""

_Waiting = dict[str, list[tuple[Search, asyncio.Future[bool]]]]


async def renew(client: redis.asyncio.Redis, search: Search) -> bool:
    """Renew the lease of `search`; False when it no longer waits where it did."""
    loop = asyncio.get_running_loop()
    waiting = _loops.setdefault(loop, defaultdict(list))
    if not waiting:
        loop.call_later(GATHER_S, _renew_all, client, waiting)
    answer: asyncio.Future[bool] = loop.create_future()
    waiting[search.tag].append((search, answer))
    return await answer


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Waiting] = WeakKeyDictionary()
_running: set[asyncio.Task[None]] = set()


def _renew_all(client: redis.asyncio.Redis, waiting: _Waiting) -> None:
    for tag, asked in waiting.items():
        for first in range(0, len(asked), TOGETHER_MAX):
            work = _renew_some(client, tag, asked[first : first + TOGETHER_MAX])
            task = asyncio.create_task(work, name="renewals")
            _running.add(task)
            task.add_done_callback(_running.discard)
    waiting.clear()


async def _renew_some(
    client: redis.asyncio.Redis, tag: str, asked: list[tuple[Search, asyncio.Future[bool]]]
) -> None:
    error: Exception | None = None
    gone: frozenset[ParticipantId] = frozenset()
    try:
        gone = await pairing.renew(client, tag, [search for search, _ in asked])
    except Exception as raised:  # noqa: BLE001 - every caller gets it
        error = raised
    for search, answer in asked:
        if answer.done():
            continue
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(search.person.participant not in gone)
