"""Prevalence frames in Redis, sealed, and whose consent they rest on; gone with a restart (I20).

Whoever takes their consent back is not found by a name: Redis alone knows which frames are theirs.
Raises `RedisError`; a retry may help.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import redis
import redis.asyncio
from redis.exceptions import RedisError

from moderation.stores import client as clients
from moderation.stores import keys, packing
from moderation.stores.packing import PackingError
from moderation.stores.scripts import lua, run_now
from reports.evidence_room.envelopes import Envelope
from reports.ids import DeviceId, ParticipantId
from reports.prevalence.memory import MemoryAwayError
from reports.prevalence.sealing import KeptFrame
from reports.snapshots import Person, Score


async def agree(client: redis.asyncio.Redis, participant: ParticipantId) -> None:
    """Frames of `participant` may be kept from now on, for as long as a stay lasts."""
    await client.set(keys.prevalence_consent(participant), 1, ex=keys.PREVALENCE_CONSENT_TTL_S)


async def withdraw(
    client: redis.asyncio.Redis, device: DeviceId, stays: Collection[ParticipantId]
) -> set[UUID]:
    """Take back the consent of these stays and forget every frame of `device`; which those were.

    The consents go first: from then on nothing is added that the second step wouldn't see.
    """
    if stays:
        await client.delete(*(keys.prevalence_consent(stay) for stay in stays))
    own = keys.prevalence_of(device)
    frames = await _frames_of(client, device)
    gone = [keys.prevalence_frame(frame) for frame in frames]
    async with client.pipeline(transaction=True) as pipe:
        pipe.delete(own, *gone)
        if frames:
            pipe.zrem(keys.prevalence_new(), *map(str, frames))
        await pipe.execute()
    return frames


async def count(client: redis.asyncio.Redis, device: DeviceId) -> int:
    """How many frames of `device` are kept now."""
    named = [keys.prevalence_frame(frame) for frame in await _frames_of(client, device)]
    return int(await client.exists(*named)) if named else 0


def has_agreed(client: redis.Redis, participant: ParticipantId) -> bool:
    """Whether frames of `participant` may be kept now."""
    return bool(client.exists(keys.prevalence_consent(participant)))


def save(client: redis.Redis, kept: KeptFrame, person: Person, *, day_max: int) -> bool:
    """Keep a frame of `person`; False when they have just taken their consent back, or the day has
    its `day_max` frames."""
    saved = run_now(
        client,
        lua("keep_prevalence_frame"),
        keys=[
            keys.prevalence_consent(person.participant),
            keys.prevalence_day(kept.captured_at.strftime("%Y%m%d")),
            keys.prevalence_of(person.device),
            keys.prevalence_frame(kept.id),
            keys.prevalence_new(),
        ],
        args=[
            str(kept.id),
            pack(kept),
            day_max,
            keys.PREVALENCE_TTL_S,
            round(kept.captured_at.timestamp() * 1000),
        ],
    )
    return bool(saved)


def find_new(client: redis.Redis) -> list[UUID]:
    """Frames that PostgreSQL doesn't know of yet, the oldest first."""
    found: Any = client.zrange(keys.prevalence_new(), 0, -1)
    return [UUID(frame.decode()) for frame in found]


def note_taken_in(client: redis.Redis, frame: UUID) -> None:
    """PostgreSQL knows of it."""
    client.zrem(keys.prevalence_new(), str(frame))


def load(client: redis.Redis, frame: UUID) -> KeptFrame | None:
    """The frame, None when it is gone. Raises `PackingError`."""
    packed = client.get(keys.prevalence_frame(frame))
    return None if packed is None else unpack(packed)


class RedisFrames:
    """The memory that `reports.prevalence` asks for, by the name in PREVALENCE_MEMORY."""

    def load(self, frame: UUID) -> KeptFrame | None:
        """See `FrameMemory`."""
        with _at_hand() as client:
            return load(client, frame)

    def find_gone(self, frames: Collection[UUID]) -> set[UUID]:
        """See `FrameMemory`."""
        asked = list(frames)
        with _at_hand() as client, client.pipeline(transaction=False) as pipe:
            for frame in asked:
                pipe.exists(keys.prevalence_frame(frame))
            found = pipe.execute()
        return {frame for frame, is_there in zip(asked, found, strict=True) if not is_there}

    def discard(self, frames: Collection[UUID]) -> None:
        """See `FrameMemory`."""
        if frames:
            with _at_hand() as client:
                client.delete(*map(keys.prevalence_frame, frames))


@contextmanager
def _at_hand() -> Iterator[redis.Redis]:
    """A client, and the errors that `FrameMemory` promises."""
    try:
        with clients.connect() as client:
            yield client
    except RedisError as error:
        raise MemoryAwayError(type(error).__name__) from error


async def _frames_of(client: redis.asyncio.Redis, device: DeviceId) -> set[UUID]:
    found: Any = await client.smembers(keys.prevalence_of(device))
    return {UUID(frame.decode()) for frame in found}


def pack(kept: KeptFrame) -> bytes:
    """The frame as msgpack."""
    return packing.pack(
        {
            "id": kept.id.bytes,
            "captured_ms": round(kept.captured_at.timestamp() * 1000),
            "scores": [[score.label, score.value] for score in kept.scores],
            "model_version": kept.model_version,
            "thresholds_version": kept.thresholds_version,
            "sha256": kept.sha256,
            "key_id": kept.key_id,
            "sealed": kept.envelope.sealed,
            "nonce": kept.envelope.nonce,
            "wrapped_key": kept.envelope.wrapped_key,
        }
    )


def unpack(packed: object) -> KeptFrame:
    """The frame in what `pack` made. Raises `PackingError`."""
    try:
        fields = packing.unpack(packed)
        return KeptFrame(
            id=UUID(bytes=fields["id"]),
            captured_at=datetime.fromtimestamp(fields["captured_ms"] / 1000, UTC),
            scores=tuple(Score(label=label, value=value) for label, value in fields["scores"]),
            model_version=fields["model_version"],
            thresholds_version=fields["thresholds_version"],
            sha256=fields["sha256"],
            key_id=fields["key_id"],
            envelope=Envelope(
                sealed=fields["sealed"],
                nonce=fields["nonce"],
                wrapped_key=fields["wrapped_key"],
            ),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise PackingError(f"not a prevalence frame: {error!r}") from error
