"""How screening does: what waits and since when, what was judged lately, and totals to be scraped.

The workers note, everybody else reads. Raises `RedisError`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import Any

import redis
import redis.asyncio

from moderation.stores import keys
from moderation.stores.heartbeat import ALIVE_MS
from moderation.stores.turns import Rank, Turn
from moderation.verdicts import Decision

LATELY_MS = 5000
"""What was judged longer ago says nothing about now."""
JUDGED_KEPT = 200
FEW = 5
"""Of fewer than these one slow verdict would be the rule."""

OVERDUE = "overdue"
"""A window that was given up unseen, in place of a decision."""
OUTCOMES = (*(decision.value for decision in Decision), OVERDUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Screening at an instant. Ages are ms from capture to verdict.

    `verdict_ages_ms` are those of the last 5 s in ascending order, what was given up
    included. `oldest_waiting_ms` is how long what waits longest has waited, 0 when nothing does;
    farewells don't count, since nothing is held for them. `took_ms` is the mean time that one
    turn took lately, None when there was none.
    """

    workers: int
    waiting: Mapping[Rank, int]
    oldest_waiting_ms: int
    verdict_ages_ms: Sequence[int]
    took_ms: float | None
    totals: Mapping[str, int] = field(default_factory=dict)

    @property
    def age_ms(self) -> int:
        """How long a picture waits for its verdict: the 95th percentile, or what waits longer."""
        few = len(self.verdict_ages_ms) < FEW
        return max(self.oldest_waiting_ms, 0 if few else self.verdict_age_ms(95) or 0)

    @property
    def capacity_per_s(self) -> float | None:
        """Turns that all workers together can take in a second, None when that isn't known."""
        return None if self.took_ms is None else self.workers * 1000 / max(self.took_ms, 1.0)

    def count(self, rank: Rank, outcome: str) -> int:
        """How many turns of `rank` came to `outcome`, one of OUTCOMES."""
        return self.totals.get(_turns_field(rank, outcome), 0)

    def busy_ms(self, rank: Rank) -> int:
        """What turns of `rank` took in all."""
        return self.totals.get(_busy_field(rank), 0)

    def verdict_age_ms(self, percent: int) -> int | None:
        """The age that `percent` (1-100) of the verdicts don't exceed; None without any."""
        ages = self.verdict_ages_ms
        return ages[-(-len(ages) * percent // 100) - 1] if ages else None


def note(
    client: redis.Redis, turn: Turn, outcome: Decision | None, *, took_ms: int, now_ms: int
) -> None:
    """A turn was taken. `outcome` is None when what waited was given up unseen."""
    label = OVERDUE if outcome is None else outcome.value
    # What was given up took next to nothing and says nothing about what judging takes.
    judging_ms = 0 if outcome is None else max(1, took_ms)
    with client.pipeline(transaction=False) as pipe:
        if turn.since_ms is not None:
            pipe.lpush(keys.judged(), f"{now_ms}:{now_ms - turn.since_ms}:{judging_ms}")
            pipe.ltrim(keys.judged(), 0, JUDGED_KEPT - 1)
            pipe.expire(keys.judged(), keys.HEARTBEAT_TTL_S)
        pipe.hincrby(keys.totals(), _turns_field(turn.rank, label), 1)
        pipe.hincrby(keys.totals(), _busy_field(turn.rank), took_ms)
        pipe.expire(keys.totals(), keys.TOTALS_TTL_S)
        pipe.execute()


async def load(client: redis.asyncio.Redis, now_ms: int) -> Figures:
    """How screening does at `now_ms`, without totals."""
    async with client.pipeline(transaction=False) as pipe:
        _ask(pipe, now_ms)
        return _figures(await pipe.execute(), now_ms)


async def load_with_totals(client: redis.asyncio.Redis, now_ms: int) -> Figures:
    """`load`, and what was counted since the counters began."""
    async with client.pipeline(transaction=False) as pipe:
        _ask(pipe, now_ms)
        pipe.hgetall(keys.totals())
        *found, totals = await pipe.execute()
    counted = {name.decode(): int(count) for name, count in totals.items()}
    return _figures(found, now_ms, counted)


def _turns_field(rank: Rank, outcome: str) -> str:
    return f"turns:{rank}:{outcome}"


def _busy_field(rank: Rank) -> str:
    return f"busy_ms:{rank}"


def _ask(pipe: Any, now_ms: int) -> None:
    pipe.zcount(keys.heartbeats(), now_ms - ALIVE_MS, "+inf")
    for rank in Rank:
        pipe.zcard(keys.turns(rank))
    pipe.zrange(keys.waiting_since(), 0, 0, withscores=True)
    pipe.lrange(keys.judged(), 0, -1)


def _figures(found: Sequence[Any], now_ms: int, totals: Mapping[str, int] | None = None) -> Figures:
    workers, live, opening, oldest, judged = found
    lately = [
        (age_ms, took_ms)
        for at_ms, age_ms, took_ms in (map(int, entry.split(b":")) for entry in judged)
        if now_ms - at_ms <= LATELY_MS
    ]
    return Figures(
        workers=workers,
        waiting={Rank.LIVE: live, Rank.OPENING: opening},
        oldest_waiting_ms=max(0, now_ms - int(oldest[0][1])) if oldest else 0,
        verdict_ages_ms=sorted(age_ms for age_ms, _ in lately),
        took_ms=mean(took) if (took := [took_ms for _, took_ms in lately if took_ms]) else None,
        totals=totals or {},
    )
