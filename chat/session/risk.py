"""How much reason there is to look closely at a picture: signals that count for a while. Pure.

None of them is an offence, and none is told to anybody. They say where to look, no more.
"""

from enum import StrEnum


class Signal(StrEnum):
    """What has been noticed about one picture."""

    REPORTED = "reported"
    HELD = "held"  # for nudity
    BORDERLINE = "borderline"  # a score that neither holds nor is low
    FACE_LOST = "face_lost"
    JUMP = "jump"  # a delta frame as large as another scene takes


WEIGHTS = {
    Signal.REPORTED: 0.5,
    Signal.HELD: 0.5,
    Signal.BORDERLINE: 0.3,
    Signal.FACE_LOST: 0.4,
    Signal.JUMP: 0.1,
}
"""What each adds to the score, which ends at 1.0."""

LASTS_MS = {
    Signal.REPORTED: 600_000,
    Signal.HELD: 120_000,
    Signal.BORDERLINE: 60_000,
    Signal.FACE_LOST: 30_000,
    Signal.JUMP: 20_000,
}


class Risk:
    """The signals of one picture. `base` (0.0-1.0) is what is known of its sender. Unix ms."""

    def __init__(self, base: float = 0.0) -> None:
        self.base = base
        self._until_ms: dict[Signal, int] = {}

    def note(self, signal: Signal, now_ms: int) -> None:
        """`signal` is there now; one that still counts begins anew."""
        self._until_ms[signal] = now_ms + LASTS_MS[signal]

    def score(self, now_ms: int) -> float:
        """0.0, nothing speaks for looking closely, to 1.0."""
        if not self._until_ms:
            return min(1.0, self.base)
        counting = (WEIGHTS[it] for it, until_ms in self._until_ms.items() if now_ms < until_ms)
        return min(1.0, self.base + sum(counting))
