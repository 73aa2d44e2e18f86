"""How long a picture may go without packets, and without a clear verdict, before it is held. Pure.

And how long it may be held: from the first HELD on, whatever is checked in between.
"""

QUIET_MS = 500
NO_PICTURE_MS = 3000
HELD_SAMPLE_EVERY_MS = 1000
HELD_MAX_MS = 30_000


class Patience:
    """Of one direction. Times are Unix ms and never go back."""

    def __init__(self, now_ms: int) -> None:
        self._video_ms = now_ms
        self._clear_captured_ms = 0
        self._held_ms: int | None = None
        self._held_sample_ms = 0

    def saw_video(self, now_ms: int) -> None:
        """A video packet, or a new attachment, came."""
        self._video_ms = now_ms

    def saw_clear(self, captured_ms: int) -> None:
        """What was captured then is clear."""
        self._clear_captured_ms = max(self._clear_captured_ms, captured_ms)

    def shown(self) -> None:
        """The picture is shown: whatever held it is over."""
        self._held_ms = None

    def held(self, now_ms: int) -> None:
        """The picture is held; the time runs from the first hold on."""
        self._held_ms = now_ms if self._held_ms is None else self._held_ms
        self.judge_again(now_ms)

    def judge_again(self, now_ms: int, after_ms: int | None = None) -> None:
        """While held, the next sample is due in so long, or as usual."""
        self._held_sample_ms = now_ms + (HELD_SAMPLE_EVERY_MS if after_ms is None else after_ms)

    def is_sample_due(self, now_ms: int) -> bool:
        """Whether a held picture is to be judged again."""
        return now_ms >= self._held_sample_ms

    def is_quiet(self, now_ms: int) -> bool:
        """Whether the last frame has stood long enough to be judged for that (I2)."""
        return now_ms - self._video_ms >= QUIET_MS

    def lacks_picture(self, now_ms: int) -> bool:
        return now_ms - self._video_ms >= NO_PICTURE_MS

    def clear_age_ms(self, now_ms: int) -> int:
        """How long ago the newest clear picture was captured."""
        return now_ms - self._clear_captured_ms

    def is_over(self, now_ms: int) -> bool:
        """Whether the picture has been held for too long."""
        return self._held_ms is not None and now_ms - self._held_ms >= HELD_MAX_MS
