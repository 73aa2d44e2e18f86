"""Which verdicts of a stream have come: in order, without gaps, and what they imply for good.

Pure. A missing number may be a lost CUT: nothing is cleared until the store was read (I3).
"""

from chat.session.effects import Effect, ReadVerdictStore
from moderation.verdicts import Verdict

STORE_AGAIN_MS = 1000
"""After which a look into the verdict store is asked for again."""


class VerdictLog:
    """The verdicts of one stream; `latest` is what was stored before this process knew it."""

    def __init__(self, latest: Verdict | None) -> None:
        self._last_n = 0
        self._store_asked_ms = 0
        self.awaits_store = False
        self.keeps_screened = False
        if latest is not None:
            self.note(latest)

    def is_old(self, verdict: Verdict) -> bool:
        """Whether this verdict, or a later one, has come already."""
        return verdict.n <= self._last_n

    def has_gap(self, verdict: Verdict) -> bool:
        """Whether a verdict before this one is missing."""
        return verdict.n > self._last_n + 1

    def note(self, verdict: Verdict) -> None:
        """`verdict` has come."""
        self._last_n = verdict.n
        self.keeps_screened = self.keeps_screened or verdict.keep_screened

    def ask_store(self, now_ms: int) -> list[Effect]:
        """Have the store read; nothing clears until it was."""
        self.awaits_store = True
        self._store_asked_ms = now_ms
        return [ReadVerdictStore()]

    def ask_store_again(self, now_ms: int) -> list[Effect]:
        """Have the store read once more, when the last look has not been answered in time."""
        if not self.awaits_store or now_ms - self._store_asked_ms < STORE_AGAIN_MS:
            return []
        return self.ask_store(now_ms)
