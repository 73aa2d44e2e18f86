"""A clip that comes round: the same movements in the same order and time as before. Pure.

A person who sits still looks alike in every conversation, and who moves never moves twice alike. So
only *moves* count: frames that differ from the move before. A clip is coming round when most moves
of the last seconds are found in what the same device showed earlier, all by the same time ago.
How the numbers were found is in docs/models.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WINDOW_MS = 10_000
"""Moves of so long are compared: the dense first seconds of a conversation, in which it is
screened."""
AGO_MIN_MS = 3_000
"""Nearer in time frames are alike because nothing has happened yet."""
MOVE_BITS = 16
"""So many bits from the move before make a move; camera noise and breathing stay below."""
ALIKE_BITS = 10
"""A frame encoded again is within 6 bits of itself, one 50 ms later within 10."""
OFFSET_STEP_MS = 150
"""How exactly the moves must be the same time ago."""
COMMON_MAX = 0.1
"""A move that is like more of the past than this is a habit of the person and tells nothing."""
MOVES_MIN = 6
SHARE_MIN = 0.6


@dataclass(frozen=True, slots=True)
class Seen:
    """A judged frame: captured (Unix ms) and its hash, 32 bytes."""

    captured_ms: int
    bits: bytes


def comes_round(track: Sequence[Seen]) -> bool:
    """Whether the newest moves of a device's `track` (oldest first) were seen before as a clip."""
    moves = find_moves([seen for seen in track if _is_recent(seen, track[-1])])
    if len(moves) < MOVES_MIN:
        return False
    now_ms = np.array([seen.captured_ms for seen in moves])
    then_ms = np.array([seen.captured_ms for seen in track])
    bits = np.bitwise_count(_hashes(moves)[:, None] ^ _hashes(track)[None]).sum(axis=2)
    ago_ms = now_ms[:, None] - then_ms[None]
    is_past = ago_ms >= AGO_MIN_MS
    is_alike = (bits <= ALIKE_BITS) & is_past
    is_telling = is_alike.sum(axis=1) <= COMMON_MAX * np.maximum(is_past.sum(axis=1), 1)
    if is_telling.sum() < MOVES_MIN:
        return False
    move, then = np.nonzero(is_alike & is_telling[:, None])
    step = ago_ms[move, then] // OFFSET_STEP_MS
    # Two steps together: what lies about the border of one is not lost.
    found = np.unique(np.concatenate([[step, move], [step - 1, move]], axis=1), axis=1)
    _, agreeing = np.unique(found[0], return_counts=True)
    return bool(agreeing.max(initial=0) >= max(MOVES_MIN, SHARE_MIN * is_telling.sum()))


def find_moves(track: Sequence[Seen]) -> list[Seen]:
    """The frames that differ from the move before them; the first one is a move."""
    moves: list[Seen] = []
    for seen in track:
        if not moves or bits_apart(seen.bits, moves[-1].bits) >= MOVE_BITS:
            moves.append(seen)
    return moves


def bits_apart(one: bytes, other: bytes) -> int:
    """In how many bits two hashes differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def _is_recent(seen: Seen, newest: Seen) -> bool:
    return newest.captured_ms - seen.captured_ms <= WINDOW_MS


def _hashes(track: Sequence[Seen]) -> NDArray[np.uint64]:
    return np.frombuffer(b"".join(seen.bits for seen in track), np.uint64).reshape(len(track), -1)
