"""Service: may somebody begin a video conversation now? While somebody judges in time, and somebody
carries.

It is asked at every look for a partner, so that an answer of a quarter of a second ago will do.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings

from chat import valve as valves
from chat.stores import nodes
from chat.stores import valve as valve_store
from chat.trust import Level
from chat.valve import Valve
from moderation.stores import figures
from moderation.stores.figures import Figures
from reports.ids import ConversationId

GOOD_FOR_MS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who may begin, and what that rests on. `nodes` are the relay nodes that live."""

    is_wanted: bool
    nodes: Sequence[str]
    screening: Figures
    valve: Valve

    @property
    def strain(self) -> float:
        """How far screening falls behind, 0.0-1.0."""
        return valves.strain(age_ms=self.screening.age_ms, limit_ms=_limit_ms())

    def may_judge(self, level: Level) -> bool:
        """Whether the operator wants video, and somebody judges pictures of people who are trusted
        so far in time."""
        return bool(
            self.is_wanted and self.screening.workers and level not in self.valve.closed_for
        )

    def is_open(self, level: Level) -> bool:
        """Whether somebody who is trusted so far may begin: a relay node carries, too."""
        return self.may_judge(level) and bool(self.nodes)


_asked: WeakKeyDictionary[redis.asyncio.Redis, tuple[int, asyncio.Task[Gate]]] = WeakKeyDictionary()


async def look(client: redis.asyncio.Redis, now_ms: int) -> Gate:
    """The gate as it is now, or was 250 ms ago. Raises `RedisError`."""
    asked_ms, asking = _asked.get(client, (0, None))
    if asking is None or not 0 <= now_ms - asked_ms < GOOD_FOR_MS:
        asking = asyncio.get_running_loop().create_task(_look(client, now_ms))
        # An error that everybody has stopped waiting for is no news.
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        _asked[client] = (now_ms, asking)
    # Whoever gives up waiting doesn't take the answer from the others.
    return await asyncio.shield(asking)


async def is_open(client: redis.asyncio.Redis, level: Level, now_ms: int) -> bool:
    """Whether somebody who is trusted so far may begin. Raises `RedisError`."""
    return (await look(client, now_ms)).is_open(level)


async def choose_node(
    client: redis.asyncio.Redis,
    conversation: ConversationId,
    levels: Iterable[Level],
    now_ms: int,
) -> str | None:
    """The relay node for a new video conversation of two who are trusted so far, None when it is
    closed for one of them. Raises `RedisError`."""
    gate = await look(client, now_ms)
    if not all(map(gate.is_open, levels)):
        return None
    return nodes.pick(conversation, gate.nodes)


async def _look(client: redis.asyncio.Redis, now_ms: int) -> Gate:
    screening = await figures.load(client, now_ms)
    before = await valve_store.load(client)
    valve = valves.turn(
        before,
        age_ms=screening.age_ms,
        limit_ms=_limit_ms(),
        now_ms=now_ms,
    )
    if valve != before:
        await valve_store.save(client, valve)
    return Gate(
        is_wanted=settings.VIDEO_OPEN,
        nodes=await nodes.live(client, nodes.urls()),
        screening=screening,
        valve=valve,
    )


def _limit_ms() -> int:
    return int(settings.SCREENING_ADMIT_MAX_AGE_S * 1000)
