"""What probes, balancers and Prometheus ask: is it up, may it be used, how is it doing.

`/readyz` answers 503 until every part was up once; later only the database or Redis make it 503.
Lost screening is "degraded": text goes on, video is closed.
"""

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from redis.exceptions import RedisError

from config.databases import address
from moderation.stores import client, heartbeat

PROBE_TIMEOUT_S = 2.0

_part_up = Gauge("parley_part_up", "1 when the part answers, else 0", ["part"])
_workers = Gauge("parley_screening_processes", "Screening processes that beat lately")
_verdict_age = Gauge(
    "parley_verdict_age_p95_seconds", "Capture to verdict, 95th percentile of the newest"
)


_asking: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task["Parts"]] = WeakKeyDictionary()


class State(StrEnum):
    """STARTING until all parts were up once; UNAVAILABLE when people can't be served."""

    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Which parts answer now."""

    database: bool
    redis: bool
    screening: bool

    @property
    def are_complete(self) -> bool:
        return self.database and self.redis and self.screening


class _Memory:
    """Whether this process has seen every part up."""

    was_complete = False


def judge(parts: Parts, *, was_complete: bool) -> State:
    """The state of the whole, from its parts and whether all were up before."""
    if parts.are_complete:
        return State.READY
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
    """Each part's state; 200 for ready and degraded, 503 otherwise."""
    parts = await probe()
    _Memory.was_complete = _Memory.was_complete or parts.are_complete
    state = judge(parts, was_complete=_Memory.was_complete)
    is_usable = state in {State.READY, State.DEGRADED}
    answer = {
        "state": state,
        "video_open": bool(settings.VIDEO_OPEN and is_usable and parts.screening),
        "database": _word(parts.database),
        "redis": _word(parts.redis),
        "screening": _word(parts.screening),
    }
    status = HTTPStatus.OK if is_usable else HTTPStatus.SERVICE_UNAVAILABLE
    return JsonResponse(answer, status=status)


@require_safe
@never_cache
async def metrics(_request: HttpRequest) -> HttpResponse:
    """This process's figures in Prometheus' text format; the shipped proxy keeps them inside."""
    parts = await probe()
    for name in ("database", "redis", "screening"):
        _part_up.labels(part=name).set(getattr(parts, name))
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


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
    database, (redis, screening) = await asyncio.gather(_database_answers(), _redis_answers())
    return Parts(database=database, redis=redis, screening=screening)


async def _database_answers() -> bool:
    # A connection of its own: the pool being busy is not the database being down.
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            async with await psycopg.AsyncConnection.connect(**address()) as connection:
                await connection.execute("SELECT 1")
    except (psycopg.Error, OSError, TimeoutError):
        return False
    return True


async def _redis_answers() -> tuple[bool, bool]:
    """Whether Redis answers, and whether screening beats there."""
    redis = client.connect_async()
    try:
        async with asyncio.timeout(PROBE_TIMEOUT_S):
            found = await heartbeat.load(redis, time.time_ns() // 1_000_000)
    except (RedisError, OSError, TimeoutError):
        return False, False
    finally:
        await redis.aclose()
    _workers.set(found.workers)
    if found.verdict_age_p95_ms is not None:
        _verdict_age.set(found.verdict_age_p95_ms / 1000)
    return True, found.is_alive


def _word(is_up: bool) -> str:
    return "up" if is_up else "down"
