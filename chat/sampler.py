"""When a picture that is shown gets judged: at instants nobody can foresee (I2).

Pure: the clock and the randomness are arguments; production hands in `random.SystemRandom`.
"""

import random
from dataclasses import dataclass

SAMPLE_AFTER_MIN_MS = 2000
SAMPLE_AFTER_MAX_MS = 6000
RISKY_AFTER_MAX_MS = 2500
"""The longest gap where nothing, and where everything, speaks for looking closely."""
STRAINED_AFTER_MAX_MS = 8500
"""Likewise where nothing does while screening can't keep up: under 10 s, for everybody."""

DECOY_AFTER_MIN_MS = 3000
DECOY_AFTER_MAX_MS = 9000
"""Key frames are asked for at instants that have nothing to do with the samples'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How densely a picture is judged: how long it is screened at first (None: throughout), how old
    a CLEAR may be, and how risky its sender is from the start (0.0-1.0)."""

    screened_ms: int | None
    verdict_max_age_ms: int
    risk: float = 0.0


def longest_gap_ms(risk: float, strain: float = 0.0) -> int:
    """The longest way from one sample to the next, by a risk and a strain of 0.0 to 1.0 each: for
    everybody, and here only, so that whatever stretches it can be seen to stay under 10 s.

    What screening can't do is shed where the risk is lowest, and nowhere where it is highest.
    """
    calm_ms = SAMPLE_AFTER_MAX_MS + strain * (STRAINED_AFTER_MAX_MS - SAMPLE_AFTER_MAX_MS)
    return round(calm_ms - risk * (calm_ms - RISKY_AFTER_MAX_MS))


class Sampler:
    """Draws the instants of one picture's samples and decoys. Times are Unix ms."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._sample_at_ms = 0
        self._extra_at_ms: int | None = None
        self._decoy_at_ms = 0

    def start(self, now_ms: int, after_max_ms: int = SAMPLE_AFTER_MAX_MS) -> None:
        """Begin anew: the picture passes unjudged from now on, `after_max_ms` at most at a time.

        The sender is told a higher rate now, so no instant after it may be sure to be free.
        """
        self._sample_at_ms = now_ms + self._rng.randint(0, after_max_ms)
        self._extra_at_ms = None
        self._decoy_at_ms = self._draw_decoy(now_ms)

    def hurry(self, at_ms: int) -> None:
        """Have the next sample no later than `at_ms`."""
        self._sample_at_ms = min(self._sample_at_ms, at_ms)

    def add(self, at_ms: int) -> None:
        """Have one sample more at `at_ms`, and the others when they were to come.

        For what a sender can bring about: who knows when a sample was must not know from it when
        there is none.
        """
        self._extra_at_ms = at_ms

    def should_sample(self, now_ms: int, after_max_ms: int = SAMPLE_AFTER_MAX_MS) -> bool:
        """Whether a sample is due; if so, the next instant is drawn, `after_max_ms` away at most.

        One that was drawn further away, before the risk rose, comes nearer.
        """
        self.hurry(now_ms + after_max_ms)
        is_extra = self._extra_at_ms is not None and now_ms >= self._extra_at_ms
        if is_extra:
            self._extra_at_ms = None
        if now_ms < self._sample_at_ms:
            return is_extra
        self._sample_at_ms = self._draw_sample(now_ms, after_max_ms)
        return True

    def should_decoy(self, now_ms: int) -> bool:
        """Whether a key frame is to be asked for; if so, the next instant is drawn."""
        if now_ms < self._decoy_at_ms:
            return False
        self._decoy_at_ms = self._draw_decoy(now_ms)
        return True

    def _draw_sample(self, now_ms: int, after_max_ms: int) -> int:
        return now_ms + self._rng.randint(min(SAMPLE_AFTER_MIN_MS, after_max_ms), after_max_ms)

    def _draw_decoy(self, now_ms: int) -> int:
        return now_ms + self._rng.randint(DECOY_AFTER_MIN_MS, DECOY_AFTER_MAX_MS)
