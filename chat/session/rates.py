"""How much a sender may send: a ladder, down fast and up slowly.

Pure. Down when packets queue up on the way to the partner, or the judges fall behind: one step a
second while it lasts, two while the partner takes far less than that. Up a step at a time after a
quiet while, and after a longer one each time that a step up turned out to be too much.

The size changes seldom and late. A new size means that the picture is checked anew (I5), so that it
only pays where fewer pixels are what lets a picture be seen at all.
"""

from typing import NamedTuple

from chat.session.effects import SetRate


class Step(NamedTuple):
    """What of the limit is left on one step of the ladder, and how tall the picture is."""

    kbps_share: float
    fps_share: float
    height: int


LADDER = (
    Step(1.0, 1.0, 480),
    Step(0.75, 0.85, 480),
    Step(0.5, 0.65, 480),
    Step(0.33, 0.5, 480),
    Step(0.2, 0.4, 360),
    Step(0.125, 0.33, 240),
)
KBPS_MIN = 100
FPS_MIN = 5

DOWN_AGAIN_MS = 1000
"""A slower sender is felt after a while only."""
UP_AFTER_MS = 4000
UP_AFTER_MAX_MS = 60_000
TOO_SOON_MS = 8000
"""Slow again this soon after a step up: that step was too much."""
FAR_LESS = 0.7
"""Who takes no more than this share of the next step down needs the one after it."""

SMALLER_AFTER_MS = 15_000
LARGER_AFTER_MS = 45_000


class Rates:
    """One sender's place on the ladder. Times are Unix ms and never go back."""

    def __init__(self, limit: SetRate) -> None:
        self._limit = limit
        self._step = 0
        self._slowed_ms = 0
        self._changed_ms = 0
        self._raised_ms = 0
        self._up_after_ms = UP_AFTER_MS
        self._height = LADDER[0].height
        self._height_fits_ms = 0

    def slow_down(self, now_ms: int, taken_kbps: int | None = None) -> None:
        """The judges or the partner can't keep up; `taken_kbps` is what the partner took of late,
        None when that doesn't matter."""
        self._slowed_ms = now_ms
        if now_ms - self._changed_ms < DOWN_AGAIN_MS:
            return
        if self._raised_ms and now_ms - self._raised_ms < TOO_SOON_MS:
            self._up_after_ms = min(self._up_after_ms * 2, UP_AFTER_MAX_MS)
        self._raised_ms = 0
        step = _below(self._step)
        if taken_kbps is not None and taken_kbps < _kbps(step, self._limit) * FAR_LESS:
            step = _below(step)
        self._go_to(step, now_ms)

    def rate(self, now_ms: int, limit: SetRate) -> SetRate:
        """The rate to stay under at `now_ms`; never above `limit`."""
        self._limit = limit
        quiet_since_ms = max(self._slowed_ms, self._changed_ms)
        if self._step and now_ms - quiet_since_ms >= self._up_after_ms:
            self._raised_ms = now_ms
            self._go_to(self._step - 1, now_ms)
        if not self._step and now_ms - quiet_since_ms >= UP_AFTER_MAX_MS:
            self._up_after_ms = UP_AFTER_MS
        height = self._settled_height(now_ms)
        if not self._step and height >= limit.height:
            return limit  # as nearly always; what follows would make the same anew
        return SetRate(
            kbps=_kbps(self._step, limit),
            fps=max(round(limit.fps * LADDER[self._step].fps_share), min(limit.fps, FPS_MIN)),
            height=min(height, limit.height),
        )

    def _go_to(self, step: int, now_ms: int) -> None:
        if step != self._step:
            self._step = step
            self._changed_ms = now_ms

    def _settled_height(self, now_ms: int) -> int:
        """The size that has been the right one for long enough."""
        wanted = LADDER[self._step].height
        if wanted == self._height:
            self._height_fits_ms = now_ms
        after_ms = SMALLER_AFTER_MS if wanted < self._height else LARGER_AFTER_MS
        if now_ms - self._height_fits_ms >= after_ms:
            self._height = wanted
            self._height_fits_ms = now_ms
        return self._height


def _below(step: int) -> int:
    return min(step + 1, len(LADDER) - 1)


def _kbps(step: int, limit: SetRate) -> int:
    return max(round(limit.kbps * LADDER[step].kbps_share), min(limit.kbps, KBPS_MIN))
