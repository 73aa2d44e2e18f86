"""How screening does, in the words of the staff's measures: the figures of /metrics."""

from asgiref.sync import async_to_sync

from chat.trust import Level
from config import health
from config.metrics import read_figures
from moderation.stores import client
from moderation.stores.figures import OUTCOMES, Figures
from moderation.stores.turns import Rank
from reports.measures.screening import ScreeningHealth


def read_health() -> ScreeningHealth | None:
    """The figures of this moment, None while Redis doesn't answer."""
    return async_to_sync(_read)()


async def _read() -> ScreeningHealth | None:
    gate = (await health.probe()).gate
    if gate is None:
        return None
    async with client.connect_async() as redis:
        found = await read_figures(redis, gate)
    return ScreeningHealth(
        workers=found.workers,
        capacity_per_s=found.capacity_per_s,
        waiting=sum(found.waiting.values()),
        oldest_waiting_s=found.oldest_waiting_ms / 1000,
        verdict_age_p50_s=_age_s(found, 50),
        verdict_age_p95_s=_age_s(found, 95),
        video_open={level.value: gate.may_judge(level) for level in Level},
        turns={outcome: sum(found.count(rank, outcome) for rank in Rank) for outcome in OUTCOMES},
    )


def _age_s(found: Figures, percent: int) -> float | None:
    age_ms = found.verdict_age_ms(percent)
    return None if age_ms is None else age_ms / 1000
