"""What Prometheus asks of a process: figures of its own, and of all of screening.

The workers of screening serve no pages: what they count is in Redis, and every web process tells
the same of it. Labels are closed sets; nobody's id is among them. docs/operations.md says what each
figure means and what to do about it.
"""

from collections.abc import Iterable, Iterator

import redis.asyncio
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from chat import clock
from chat.relay import figures as relay
from chat.trust import Level
from chat.video_gate import Gate
from config import health
from config.health import Parts, Screening
from moderation.stores import client, figures
from moderation.stores.figures import Figures
from moderation.stores.turns import Rank

QUANTILES = (50, 95)


@require_safe
@never_cache
async def metrics(_request: HttpRequest) -> HttpResponse:
    """This process's figures in Prometheus' text format; the shipped proxy keeps them inside."""
    parts = await health.probe()
    families = [*_parts(parts), *relay.families()]
    if parts.gate is not None:
        async with client.connect_async() as redis:
            families += _screening(await read_figures(redis, parts.gate), parts.gate)
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return HttpResponse(
        generate_latest() + generate_latest(registry), content_type=CONTENT_TYPE_LATEST
    )


class _Families(Collector):
    """Metrics that were read a moment ago."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


async def read_figures(redis: redis.asyncio.Redis, gate: Gate) -> Figures:
    """Screening with its totals; without them when Redis went away since `gate` was asked."""
    try:
        return await figures.load_with_totals(redis, clock.now_ms())
    except RedisError:
        return gate.screening


def _parts(parts: Parts) -> Iterator[Metric]:
    up = GaugeMetricFamily("parley_part_up", "1 when the part answers, else 0", labels=["part"])
    up.add_metric(["database"], parts.database)
    up.add_metric(["redis"], parts.redis)
    up.add_metric(["screening"], parts.screening is not Screening.DOWN)
    yield up


def _screening(found: Figures, gate: Gate) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "parley_screening_processes", "Screening processes that beat lately", value=found.workers
    )
    yield GaugeMetricFamily(
        "parley_screening_capacity",
        "Turns that they can take in a second, by the mean of the newest",
        value=found.capacity_per_s or 0.0,
    )
    yield GaugeMetricFamily(
        "parley_screening_oldest_waiting_seconds",
        "How long what waits longest has waited for its verdict",
        value=found.oldest_waiting_ms / 1000,
    )
    waiting = GaugeMetricFamily(
        "parley_screening_waiting", "Streams that wait for their turn", labels=["rank"]
    )
    for rank in Rank:
        waiting.add_metric([rank], found.waiting[rank])
    yield waiting
    ages = GaugeMetricFamily(
        "parley_verdict_age_seconds",
        "Capture to verdict, of the last five seconds; none without verdicts",
        labels=["quantile"],
    )
    for percent in QUANTILES:
        if (age_ms := found.verdict_age_ms(percent)) is not None:
            ages.add_metric([str(percent / 100)], age_ms / 1000)
    yield ages
    yield from _totals(found)
    opened = GaugeMetricFamily(
        "parley_video_open",
        "1 when people of this level of trust may begin video conversations, else 0",
        labels=["level"],
    )
    for level in Level:
        opened.add_metric([level], gate.may_judge(level))
    yield opened


def _totals(found: Figures) -> Iterator[Metric]:
    turns = CounterMetricFamily(
        "parley_screening_turns",
        "Turns taken, by what came of them; overdue windows were given up unseen",
        labels=["rank", "outcome"],
    )
    busy = CounterMetricFamily(
        "parley_screening_busy_seconds", "Time of the workers that turns took", labels=["rank"]
    )
    for rank in Rank:
        for outcome in figures.OUTCOMES:
            turns.add_metric([rank, outcome], found.count(rank, outcome))
        busy.add_metric([rank], found.busy_ms(rank) / 1000)
    yield turns
    yield busy
