"""What judges look up, as one piece of bytes: made beside the database, checked beside pictures.

Header, hashes, the number of each hash's entry, whether it is in force. Named by its SHA-256.

`SnapshotError`: the bytes are not what their digest says, or not of this layout; a retry may help.
"""

import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moderation.bank.index import HASH_BYTES, Hashes
from reports.hashing.sightings import KnownPicture

_HEADER = struct.Struct("<8sQ")
_LAYOUT = b"PARLEYB1"
_PER_HASH = HASH_BYTES + 8 + 1


class SnapshotError(Exception):
    """This is no snapshot that may be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Row for row: a hash, its entry's number, and whether a match is acted on (1) or noted (0)."""

    hashes: Hashes
    entries: NDArray[np.int64]
    in_force: NDArray[np.uint8]


def pack(known: Iterable[KnownPicture]) -> bytes:
    """The snapshot of these pictures, entry by entry."""
    hashes, entries, in_force = bytearray(), [], bytearray()
    for picture in known:
        for each in picture.hashes:
            hashes += bytes.fromhex(each)
            entries.append(picture.entry)
            in_force.append(picture.is_active)
    numbers = np.array(entries, np.int64).tobytes()
    return _HEADER.pack(_LAYOUT, len(entries)) + bytes(hashes) + numbers + bytes(in_force)


def digest(packed: bytes | memoryview) -> str:
    """The name of a snapshot, hex."""
    return hashlib.sha256(packed).hexdigest()


def unpack(packed: NDArray[np.uint8], sha256: str) -> Snapshot:
    """The arrays in `packed`, without a copy. Raises `SnapshotError` unless the digest agrees."""
    raw = packed.data
    if digest(raw) != sha256:
        raise SnapshotError(f"not the snapshot {sha256[:8]}")
    layout, count = _HEADER.unpack_from(raw)
    if layout != _LAYOUT or len(packed) != size(count):
        raise SnapshotError("a snapshot of another layout")
    numbers_at = _HEADER.size + count * HASH_BYTES
    in_force_at = numbers_at + count * 8
    return Snapshot(
        hashes=packed[_HEADER.size : numbers_at].view(np.uint64).reshape(-1, HASH_BYTES // 8),
        entries=packed[numbers_at:in_force_at].view(np.int64),
        in_force=packed[in_force_at:],
    )


def size(count: int) -> int:
    """Bytes of a snapshot of so many hashes."""
    return _HEADER.size + count * _PER_HASH
