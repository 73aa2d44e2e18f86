"""How fast one socket may talk: token buckets in memory, with the time as an argument. Pure."""

from dataclasses import dataclass, field
from enum import Enum

LINES_PER_S = 2.0
LINES_BURST = 5
MESSAGES_PER_S = 20.0
MESSAGES_BURST = 40
KEPT_UP_MS = 3000
"""Refusals that go on for this long close the socket."""
CALM_MS = 1000
"""After this long without a refusal, patience starts anew."""


class Pace(Enum):
    """What to do with a message: take it, refuse it, or close the socket."""

    FINE = "fine"
    SLOW_DOWN = "slow_down"
    TOO_MANY = "too_many"


@dataclass(slots=True, kw_only=True)
class Bucket:
    """`burst` tokens at first, `per_s` more each second, never over `burst`."""

    per_s: float
    burst: int
    tokens: float = field(init=False)
    at_ms: int | None = None

    def __post_init__(self) -> None:
        self.tokens = float(self.burst)

    def take(self, now_ms: int) -> bool:
        """One token, if there is one."""
        if self.at_ms is not None:
            gained = max(0, now_ms - self.at_ms) * self.per_s / 1000
            self.tokens = min(float(self.burst), self.tokens + gained)
        self.at_ms = now_ms
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def retry_after_s(self) -> float:
        """Seconds until the next token, as of the last `take`; at least 0.1."""
        return max(0.1, round((1 - self.tokens) / self.per_s, 1))


@dataclass(slots=True, kw_only=True)
class Pacer:
    """The pace of one control socket, for all messages and for lines among them."""

    messages: Bucket = field(
        default_factory=lambda: Bucket(per_s=MESSAGES_PER_S, burst=MESSAGES_BURST)
    )
    lines: Bucket = field(default_factory=lambda: Bucket(per_s=LINES_PER_S, burst=LINES_BURST))
    refused_since_ms: int | None = None
    refused_last_ms: int = 0

    def message(self, now_ms: int) -> Pace:
        """A message of any type has come."""
        return Pace.FINE if self.messages.take(now_ms) else self._refuse(now_ms)

    def line(self, now_ms: int) -> Pace:
        """The message is a line."""
        return Pace.FINE if self.lines.take(now_ms) else self._refuse(now_ms)

    def _refuse(self, now_ms: int) -> Pace:
        if self.refused_since_ms is None or now_ms - self.refused_last_ms > CALM_MS:
            self.refused_since_ms = now_ms
        self.refused_last_ms = now_ms
        if now_ms - self.refused_since_ms >= KEPT_UP_MS:
            return Pace.TOO_MANY
        return Pace.SLOW_DOWN
