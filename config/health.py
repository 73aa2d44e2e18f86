"""What probes and balancers ask: is it up, may it be used.

`/readyz` answers 503 until every part was up once; later only the database or Redis make it 503.
Screening that is lost or behind is "degraded": text goes on, video is closed, when it is behind for
the least trusted first.
"""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from weakref import WeakKeyDictionary

import psycopg
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from chat import clock, video_gate
from chat.trust import Level
from chat.video_gate import Gate
from config.databases import address
from moderation.stores import client

PROBE_TIMEOUT_S = 2.0

_asking: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task["Parts"]] = WeakKeyDictionary()


class State(StrEnum):
    """STARTING until all parts were up once; UNAVAILABLE when people can't be served."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


class Screening(StrEnum):
    """BEHIND: it lives, but pictures wait too long for it."""

    UP = "up"
    BEHIND = "behind"
    DOWN = "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Which parts answer now. `gate` is what Redis says about video; None without Redis."""

    database: bool
    gate: Gate | None

    @property
    def redis(self) -> bool:
        return self.gate is not None

    @property
    def screening(self) -> Screening:
        if self.gate is None or not self.gate.screening.workers:
            return Screening.DOWN
        return Screening.BEHIND if self.gate.valve.step else Screening.UP

    @property
    def are_there(self) -> bool:
        return self.database and self.screening is not Screening.DOWN


class _Memory:
    """Whether this process has seen every part up."""

    was_complete = False


def judge(parts: Parts, *, was_complete: bool) -> State:
    """The state of the whole, from its parts and whether all were up before."""
    if parts.are_there:
        return State.READY if parts.screening is Screening.UP else State.DEGRADED
    if not was_complete:
        return State.STARTING
    if parts.database and parts.redis:
        return State.DEGRADED
    return State.UNAVAILABLE


@require_safe
@never_cache
async def healthz(_request: HttpRequest) -> HttpResponse:
    """The process is up and its event loop turns."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
async def readyz(_request: HttpRequest) -> JsonResponse:
    """Each part's state; 200 for ready and degraded, 503 otherwise.

    `video_open` is what somebody new would find; `video_closed_for` names the levels of trust that
    may begin nothing while screening is behind.
    """
    parts = await probe()
    _Memory.was_complete = _Memory.was_complete or parts.are_there
    state = judge(parts, was_complete=_Memory.was_complete)
    is_usable = state in {State.READY, State.DEGRADED}
    gate = parts.gate
    answer = {
        "state": state,
        "video_open": is_usable and gate is not None and gate.may_judge(Level.NEW),
        "video_closed_for": [] if gate is None else sorted(gate.valve.closed_for),
        "database": _word(parts.database),
        "redis": _word(parts.redis),
        "screening": parts.screening,
    }
    status = HTTPStatus.OK if is_usable else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(answer, status=status)


async def probe() -> Parts:
    """Ask every part, side by side, at most 2 s.

    Whoever asks while somebody's question is on its way gets the same answer: however many ask,
    there is one connection to each part.
    """
    loop = asyncio.get_running_loop()
    asking = _asking.get(loop)
    if asking is None or asking.done():
        asking = _asking[loop] = loop.create_task(_ask())
    return await asyncio.shield(asking)


async def _ask() -> Parts:
    database, gate = await asyncio.gather(_database_answers(), _redis_answers())
    return Parts(database=database, gate=gate)


async def _database_answers() -> bool:
    # A connection of its own: the pool being busy is not the database being down.
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            async with await psycopg.AsyncConnection.connect(**address()) as connection:
                await connection.execute("SELECT 1")
    except (psycopg.Error, OSError, TimeoutError):
        return False
    return True


async def _redis_answers() -> Gate | None:
    redis = client.connect_async()
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            return await video_gate.look(redis, clock.now_ms())
    except (RedisError, OSError, TimeoutError):
        return None
    finally:
        await redis.aclose()


def _word(is_up: bool) -> str:
    return "up" if is_up else "down"
