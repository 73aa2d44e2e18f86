"""Whose turn it is to be judged: the most urgent stream first (invariant I7).

Two ranks: `live` for streams that were shown already, `opening` for those that were not yet, whose
judging has a largest and a smallest share of all workers' time. What waits itself lies in the
mailbox; here are only names.

A *shift* is the right to take turns until nobody waits. It is a task's: there are never more of
them than workers, however many streams wait, so that nothing piles up in the broker. A shift that
is lost with its worker or its task ends with its lease. Raises `RedisError`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType
from uuid import uuid4

import redis
import redis.asyncio

from moderation.samples import Purpose, Sample, StreamId
from moderation.stores import keys
from moderation.stores.heartbeat import ALIVE_MS
from moderation.stores.scripts import Word, lua, run, run_now

ShiftId = NewType("ShiftId", str)

SHIFT_LEASE_MS = 3000
"""Longer than any turn takes but one that is about to be killed."""

SAMPLE_AHEAD_MS = 500
"""So much sooner than its deadline says a sample is judged: its picture is being seen, that of a
window is not."""

OPENING_SHARE_MAX = 0.7
OPENING_SHARE_MIN = 0.1
"""Of all workers' time: the rest is kept for those inside, and those inside leave a little."""
OPENING_SAVED_MS = 1000
"""What openings may take at once after a quiet time, for each worker."""
OPENING_OWED_MS = 50

FAREWELL = "!"


class Rank(StrEnum):
    """Who was shown already, and who waits at the door."""

    LIVE = "live"
    OPENING = "opening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Whose turn it is. `since_ms` is when what waits was captured (Unix ms); None: a farewell."""

    stream: StreamId
    rank: Rank
    since_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Only openings wait, and they have had their share: ask again after `wait_ms`."""

    wait_ms: int


async def wait_for(
    client: redis.asyncio.Redis, sample: Sample, rank: Rank, now_ms: int
) -> ShiftId | None:
    """Let the stream of `sample` wait for its turn; the shift to send a task for, if one is needed.

    While no worker lives none is: the first one that comes asks for its own.
    """
    shift, is_farewell = _new_shift(), sample.purpose is Purpose.FAREWELL
    ahead_ms = SAMPLE_AHEAD_MS if sample.purpose is Purpose.SAMPLE else 0
    member = _member(sample)
    # At once: a worker that took the turn between two commands would leave a stream that waits for
    # ever, and video would be closed for it.
    async with client.pipeline(transaction=True) as pipe:
        pipe.zadd(keys.turns(rank), {member: sample.deadline_ms - ahead_ms})
        pipe.expire(keys.turns(rank), keys.TURNS_TTL_S)
        if not is_farewell:
            pipe.zadd(keys.waiting_since(), {member: sample.captured_ms})
            pipe.expire(keys.waiting_since(), keys.TURNS_TTL_S)
        await pipe.execute()
    is_needed = await run(client, lua("ask_shift"), keys=_shift_keys(), args=_asking(shift, now_ms))
    return shift if is_needed else None


async def give_back(
    client: redis.asyncio.Redis, sample: Sample, rank: Rank, shift: ShiftId
) -> None:
    """Wait no more, since no task could be sent for `shift`."""
    member = _member(sample)
    async with client.pipeline(transaction=False) as pipe:
        pipe.zrem(keys.turns(rank), member)
        pipe.zrem(keys.waiting_since(), member)
        pipe.zrem(keys.shifts(), shift)
        await pipe.execute()


def ask_now(client: redis.Redis, now_ms: int) -> ShiftId | None:
    """A shift to send a task for, when more wait than are being served."""
    shift = _new_shift()
    asked = run_now(client, lua("ask_shift"), keys=_shift_keys(), args=_asking(shift, now_ms))
    return shift if asked else None


def take(
    client: redis.Redis, shift: ShiftId, now_ms: int, opening_took_ms: int = 0
) -> Turn | Pause | None:
    """The next turn of `shift`; None when nobody waits, and the shift is over.

    `opening_took_ms` is what its last turn took, if that was an opening's.
    """
    answer: Any = run_now(
        client,
        lua("take_turn"),
        keys=[*_shift_keys(), keys.waiting_since(), keys.opening_budget()],
        args=[
            *(shift, now_ms, SHIFT_LEASE_MS, now_ms - ALIVE_MS, opening_took_ms),
            *(OPENING_SHARE_MAX, OPENING_SHARE_MIN, OPENING_SAVED_MS, OPENING_OWED_MS),
            keys.TURNS_TTL_S,
        ],
    )
    if answer is None:
        return None
    if isinstance(answer, int):
        return Pause(wait_ms=answer)
    member, rank, since = (word.decode() for word in answer)
    return Turn(
        stream=StreamId(member.removesuffix(FAREWELL)),
        rank=Rank(rank),
        since_ms=int(float(since)) or None,
    )


def _shift_keys() -> list[Word]:
    return [keys.shifts(), keys.heartbeats(), *(keys.turns(rank) for rank in Rank)]


def _asking(shift: ShiftId, now_ms: int) -> list[Word]:
    return [shift, now_ms, SHIFT_LEASE_MS, now_ms - ALIVE_MS, keys.TURNS_TTL_S]


def _member(sample: Sample) -> str:
    return sample.stream + (FAREWELL if sample.purpose is Purpose.FAREWELL else "")


def _new_shift() -> ShiftId:
    return ShiftId(uuid4().hex)
