"""What was seen of whom within two hours, as hashes only.

A device has its own track; by anchors the pictures of other devices are found again.

An anchor is listed under each of the eight 32-bit parts of its hash: of at most 7 differing bits
one part has none. The lists are kept by the hour, so that they end by themselves.
"""

from dataclasses import dataclass
from typing import Any

import redis

from moderation.loops import Seen, bits_apart
from moderation.samples import StreamId
from moderation.stores import keys
from reports.ids import DeviceId

TRACK_MAX = 400
ANCHORS_MAX = 10
ANCHOR_EVERY_MS = 1000
"""A stream's first ten moves, at most one a second: what it shows first is what comes round."""
NEAR_BITS = 7
"""What is found surely; a picture encoded again is within 6."""
MEETINGS_MIN = 3
MEETINGS_SPAN_MS = 2000
"""So often and so long the pictures of another device must be met: one look into an empty room is
no replay."""

_PARTS = 8
_PART_BYTES = 4
_HASH_BYTES = 32
_TAG_BYTES = 8
_TIME_BYTES = 8
_SLOT_MS = 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """Another device's pictures met by a stream: how often, and since when (Unix ms)."""

    times: int
    since_ms: int


def load_track(client: redis.Redis, device: DeviceId) -> list[Seen]:
    """What the device showed within two hours, oldest first. Raises `RedisError`."""
    stored: Any = client.lrange(keys.loop_track(device), 0, -1)
    return [Seen(int.from_bytes(item[:_TIME_BYTES]), bytes(item[_TIME_BYTES:])) for item in stored]


def add_to_track(client: redis.Redis, device: DeviceId, seen: Seen) -> None:
    """Keep one more frame of the device. Raises `RedisError`."""
    key = keys.loop_track(device)
    with client.pipeline(transaction=False) as pipe:
        pipe.rpush(key, seen.captured_ms.to_bytes(_TIME_BYTES) + seen.bits)
        pipe.ltrim(key, -TRACK_MAX, -1)
        pipe.expire(key, keys.LOOP_TTL_S)
        pipe.execute()


def add_anchor(client: redis.Redis, stream: StreamId, device: DeviceId, seen: Seen) -> None:
    """List a frame for others to be compared with; nothing in a second that has one, nor after a
    stream's tenth."""
    key = keys.loop_anchors(stream)
    with client.pipeline(transaction=False) as pipe:
        pipe.sadd(key, seen.captured_ms // ANCHOR_EVERY_MS)
        pipe.scard(key)
        pipe.expire(key, keys.LOOP_TTL_S)
        is_new, number, _ = pipe.execute()
        if not is_new or number > ANCHORS_MAX:
            return
        for key in _lists(seen.bits, seen.captured_ms // _SLOT_MS):
            pipe.append(key, seen.bits + _tag(device))
            pipe.expire(key, keys.LOOP_TTL_S)
        pipe.execute()


def others_near(client: redis.Redis, device: DeviceId, seen: Seen) -> set[bytes]:
    """Tags of other devices that showed this picture within an hour or two."""
    slot = seen.captured_ms // _SLOT_MS
    with client.pipeline(transaction=False) as pipe:
        for key in (*_lists(seen.bits, slot), *_lists(seen.bits, slot - 1)):
            pipe.get(key)
        found = pipe.execute()
    own = _tag(device)
    near = set()
    for listed in found:
        for at in range(0, len(listed or b""), _HASH_BYTES + _TAG_BYTES):
            bits = listed[at : at + _HASH_BYTES]
            tag = listed[at + _HASH_BYTES : at + _HASH_BYTES + _TAG_BYTES]
            if tag != own and bits_apart(bits, seen.bits) <= NEAR_BITS:
                near.add(bytes(tag))
    return near


def note_meetings(
    client: redis.Redis, stream: StreamId, tags: set[bytes], at_ms: int
) -> list[Meeting]:
    """Count that `stream` met the pictures of these devices; how it stands with each."""
    key = keys.loop_meetings(stream)
    with client.pipeline(transaction=False) as pipe:
        for tag in tags:
            pipe.hincrby(key, b"n" + tag, 1)
            pipe.hsetnx(key, b"t" + tag, at_ms)
            pipe.hget(key, b"t" + tag)
        pipe.expire(key, keys.LOOP_TTL_S)
        answers = pipe.execute()[:-1]
    return [
        Meeting(times=int(times), since_ms=int(since))
        for times, since in zip(answers[::3], answers[2::3], strict=True)
    ]


def flag(client: redis.Redis, device: DeviceId) -> bool:
    """Remember for two hours that the device showed a loop; whether that is new."""
    return bool(client.set(keys.loop_flag(device), 1, nx=True, ex=keys.LOOP_TTL_S))


def is_flagged(client: redis.Redis, device: DeviceId) -> bool:
    """Whether the device showed a loop within two hours."""
    return bool(client.exists(keys.loop_flag(device)))


def _lists(bits: bytes, slot: int) -> list[str]:
    """Where an anchor stands: by part, the part's first 12 bits, and the hour."""
    parts = (bits[at : at + 2] for at in range(0, _HASH_BYTES, _PART_BYTES))
    return [
        keys.loop_list(slot, number, int.from_bytes(part) >> 4) for number, part in enumerate(parts)
    ]


def _tag(device: DeviceId) -> bytes:
    return device.bytes[-_TAG_BYTES:]
