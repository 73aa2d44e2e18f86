"""An index of hashes that finds all within a distance of 31, quickly among a million. Pure.

Multi-index hashing: 256 bits are 8 pairs of 16-bit chunks. Of 31 differing bits some pair has at
most 3, and of that pair one chunk has at most 1. So each hash is listed under each of its 16 chunks
beside the pair's other chunk, a question looks under 17 values of each of its own (all of its bits,
or one of them turned), and of what is listed there only those hashes are compared whole whose other
chunk keeps the pair within 3. Nothing within the distance is missed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DISTANCE_MAX = 31
"""Bits that may differ, as the reference advises."""
HASH_BYTES = 32

_CHUNKS = 16
_CHUNK_BITS = 16
_KEYS = 1 << _CHUNK_BITS
_PAIR_MAX = DISTANCE_MAX // (_CHUNKS // 2)
_FLIPS = np.array([0, *(1 << bit for bit in range(_CHUNK_BITS))], np.uint16)
_PARTNERS = np.arange(_CHUNKS) ^ 1
_FIRST_KEYS = (np.arange(_CHUNKS, dtype=np.int32) * (_KEYS + 1))[:, None]
_CHUNK_OF_PROBE = np.repeat(np.arange(_CHUNKS, dtype=np.int32), len(_FLIPS))

Hashes = NDArray[np.uint64]
"""n x 4: the 32 bytes of each hash in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """What is derived from n hashes, each 16 times, by chunk.

    `starts`, 16 x 65,537: where the list of a chunk's value begins, and the next one's. `rows` and
    `others`, 16 x n: the hashes in the order of that chunk, and their pair's other chunk.
    """

    starts: NDArray[np.uint32]
    rows: NDArray[np.uint32]
    others: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Near:
    """Question number `question` is `distance` bits from the hash in row `row`."""

    question: int
    row: int
    distance: int


def as_hashes(data: bytes) -> Hashes:
    """The hashes whose 32 bytes each follow one another in `data`."""
    return np.frombuffer(data, np.uint64).reshape(-1, HASH_BYTES // 8)


def shapes(count: int) -> Tables:
    """Empty tables for `count` hashes."""
    return Tables(
        starts=np.empty((_CHUNKS, _KEYS + 1), np.uint32),
        rows=np.empty((_CHUNKS, count), np.uint32),
        others=np.empty((_CHUNKS, count), np.uint16),
    )


def fill(hashes: Hashes, tables: Tables) -> None:
    """Write the tables of `hashes`: some 1.5 s for a million."""
    chunks = hashes.view(np.uint16).reshape(-1, _CHUNKS)
    for number in range(_CHUNKS):
        keys = np.ascontiguousarray(chunks[:, number])
        order = np.argsort(keys, kind="stable")
        tables.starts[number, 0] = 0
        tables.starts[number, 1:] = np.bincount(keys, minlength=_KEYS).cumsum()
        tables.rows[number] = order
        tables.others[number] = chunks[order, _PARTNERS[number]]


def find(hashes: Hashes, tables: Tables, questions: Hashes) -> list[Near]:
    """Every pair of a question and a hash that differ in at most 31 bits."""
    if not len(hashes) or not len(questions):
        return []
    chunks = np.ascontiguousarray(questions).view(np.uint16).reshape(-1, _CHUNKS)
    keys = (chunks[:, :, None] ^ _FLIPS).astype(np.int32) + _FIRST_KEYS
    starts = tables.starts.reshape(-1).take(keys.reshape(-1)).view(np.int32)
    lengths = tables.starts.reshape(-1).take(keys.reshape(-1) + 1).view(np.int32) - starts
    ends = np.cumsum(lengths, dtype=np.int32)
    # All lists to look at, one after another, as places in the flat tables.
    first_rows = np.tile(_CHUNK_OF_PROBE * np.int32(len(hashes)), len(questions))
    places = np.repeat(starts + first_rows - (ends - lengths), lengths)
    places += np.arange(len(places), dtype=np.int32)
    apart = tables.others.reshape(-1).take(places)
    apart ^= np.repeat(np.repeat(chunks[:, _PARTNERS], len(_FLIPS)), lengths)
    left = np.flatnonzero(np.bitwise_count(apart) <= _PAIR_MAX)
    rows = tables.rows.reshape(-1).take(places[left])
    asked = np.searchsorted(ends, left, side="right") // len(_CHUNK_OF_PROBE)
    bits = np.bitwise_count(hashes[rows] ^ questions[asked]).sum(axis=1, dtype=np.int64)
    near = bits <= DISTANCE_MAX
    found = zip(asked[near].tolist(), rows[near].tolist(), bits[near].tolist(), strict=True)
    # The same pair may agree in several chunks.
    return [Near(*pair) for pair in sorted(set(found))]
