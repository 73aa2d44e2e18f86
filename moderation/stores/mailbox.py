"""One slot per stream for what waits to be judged, and one for its farewell.

A window is never overwritten while its relay waits for it; a sample gives way to a newer one, and
the relay learns that the older was never judged (invariants I1 and I7). A farewell is never
overwritten and is claimed first: nothing newer is shown before it has been taken (I2).

Errors: `RedisError`, and `Overdue` when what was claimed is not worth judging any more.
"""

from enum import StrEnum

import redis
import redis.asyncio

from moderation.samples import UNSEEN, Purpose, Sample, StreamId
from moderation.stores import keys
from moderation.stores.packing import pack_sample, unpack_sample
from moderation.stores.scripts import lua, run, run_now

TASK_LOST_AFTER_MS = 3000
"""A task that has not come for its sample by then counts as lost; a doubled one finds nothing."""


class Overdue(Exception):  # noqa: N818
    """Nobody has seen it, and its relay has given it up, or will have: it is gone, unjudged."""


class Saved(StrEnum):
    """What became of a submission. NEW and OVERDUE need a task, REPLACED and KEPT have one under
    way; KEPT is an older farewell, in place of the one handed in."""

    NEW = "new"
    REPLACED = "replaced"
    OVERDUE = "overdue"
    KEPT = "kept"
    OCCUPIED = "occupied"


async def save(client: redis.asyncio.Redis, sample: Sample, now_ms: int) -> Saved:
    """Put `sample` into its slot; OCCUPIED means that it was not taken. Raises `RedisError`."""
    answer = await run(
        client,
        lua("save_sample"),
        keys=[_slot(sample)],
        args=[
            sample.purpose.value,
            sample.deadline_ms,
            now_ms,
            pack_sample(sample),
            keys.FAREWELL_TTL_S if sample.purpose is Purpose.FAREWELL else keys.MAILBOX_TTL_S,
            TASK_LOST_AFTER_MS,
        ],
    )
    return Saved(answer.decode())


async def discard(client: redis.asyncio.Redis, sample: Sample) -> None:
    """Empty the slot of a sample for which no task could be sent."""
    await client.delete(_slot(sample))


def claim(client: redis.Redis, stream: StreamId, judged_ms: int = 0) -> Sample | None:
    """Take what waits, the farewell first; None when another worker was here first.

    Raises `Overdue` for what nobody has seen and its relay gives up before `judged_ms` (Unix ms),
    when it would be judged.
    """
    packed = run_now(
        client,
        lua("claim_sample"),
        keys=[keys.farewell(stream), keys.mailbox(stream)],
        args=[judged_ms, *UNSEEN],
    )
    if packed == 0:
        raise Overdue(stream)
    return None if packed is None else unpack_sample(packed)


def mark(client: redis.Redis, stream: StreamId) -> bool:
    """Mark the stream before its bytes are decoded; False when a mark is there already.

    A mark that nobody removed is that of a worker that died decoding this stream.
    """
    return bool(client.set(keys.marker(stream), b"1", nx=True, ex=keys.MARKER_TTL_S))


def note_death(client: redis.Redis, stream: StreamId) -> int:
    """A worker died decoding this stream; how many have, lately."""
    with client.pipeline(transaction=True) as pipe:
        pipe.incr(keys.deaths(stream))
        pipe.expire(keys.deaths(stream), keys.MARKER_TTL_S)
        deaths, _ = pipe.execute()
    return int(deaths)


def unmark(client: redis.Redis, stream: StreamId) -> None:
    """Remove the mark: the worker survived the stream's bytes."""
    client.delete(keys.marker(stream))


def _slot(sample: Sample) -> str:
    if sample.purpose is Purpose.FAREWELL:
        return keys.farewell(sample.stream)
    return keys.mailbox(sample.stream)
