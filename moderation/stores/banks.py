"""The banks' snapshot on its way from the ops worker to every screening process (Redis holds it).

Published in pieces under its own name, then named as the current one: a reader never sees half.
"""

from dataclasses import dataclass
from typing import Any

import redis

from moderation.samples import StreamId
from moderation.stores import keys

PIECE_BYTES = 1 << 20
"""So much is asked for or sent at once: Redis serves nobody else meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """Which snapshot is the current one: the banks' revision that it was made from, and digest."""

    revision: int
    sha256: str


def load_current(client: redis.Redis) -> Current | None:
    """The name of the current snapshot, None when none was published. Raises `RedisError`."""
    stored: list[Any] = client.hmget(keys.bank_current(), "revision", "sha256")
    revision, sha256 = stored
    if revision is None or sha256 is None:
        return None
    return Current(revision=int(revision), sha256=sha256.decode())


def load(client: redis.Redis, sha256: str) -> bytes:
    """The snapshot's bytes; the reader checks them. Raises `RedisError`."""
    key = keys.bank_snapshot(sha256)
    pieces: list[bytes] = []
    while not pieces or len(pieces[-1]) == PIECE_BYTES:
        start = len(pieces) * PIECE_BYTES
        piece: Any = client.getrange(key, start, start + PIECE_BYTES - 1)
        pieces.append(piece)
    return b"".join(pieces)


def publish(client: redis.Redis, current: Current, packed: bytes) -> None:
    """Make `packed` the current snapshot. Raises `RedisError`."""
    key = keys.bank_snapshot(current.sha256)
    client.delete(key)
    for start in range(0, len(packed), PIECE_BYTES):
        client.append(key, packed[start : start + PIECE_BYTES])
    client.hset(
        keys.bank_current(), mapping={"revision": current.revision, "sha256": current.sha256}
    )
    renew(client, current)


def renew(client: redis.Redis, current: Current) -> bool:
    """Keep the snapshot for another day; False when its bytes are gone. Raises `RedisError`."""
    client.expire(keys.bank_current(), keys.BANK_TTL_S)
    return bool(client.expire(keys.bank_snapshot(current.sha256), keys.BANK_TTL_S))


def note_once(client: redis.Redis, stream: StreamId, entry: int, *, was_clear: bool) -> bool:
    """Whether this is the first time within the hour that `stream` met `entry` like this."""
    key = keys.bank_met(stream, entry, was_clear=was_clear)
    return bool(client.set(key, 1, nx=True, ex=keys.STREAM_STATE_TTL_S))
