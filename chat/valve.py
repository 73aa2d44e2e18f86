"""The valve: who may still begin a video conversation when screening falls behind. Pure (I7).

It closes at once and step by step, for the least trusted first, by how long a picture waits for its
verdict. It opens one step at a time, and only after a quiet while, so that it doesn't flutter.
Conversations that go on already are never its business.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from chat.trust import Level

CLOSES: tuple[tuple[float, AbstractSet[Level]], ...] = (
    (1.0, frozenset({Level.NEGATIVE, Level.DOUBTFUL})),
    (1.25, frozenset({Level.NEW})),
    (1.5, frozenset({Level.KNOWN, Level.TRUSTED})),
)
"""Step by step: from how many times the limit on, and for whom besides those before."""

STRAINED_FROM = 0.5
"""Of the limit: from here on samples of low risk come later, before anybody is turned away."""

CALM_BELOW = 0.6
"""Of the step's own threshold: under it the waiting must be for the step to be taken back."""
CALM_MS = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Valve:
    """`step` is how many steps it is closed by, 0 to 3; `calm_since_ms` is since when (Unix ms) the
    waiting has been short enough to take one back, None while it is not."""

    step: int = 0
    calm_since_ms: int | None = None

    @property
    def closed_for(self) -> AbstractSet[Level]:
        """Who may begin nothing new."""
        return frozenset[Level]().union(*(levels for _, levels in CLOSES[: self.step]))


def strain(*, age_ms: int, limit_ms: int) -> float:
    """How far screening falls behind, 0.0-1.0, when pictures wait `age_ms` for their verdict: 1.0
    from the limit on, at which the valve begins to close."""
    share = age_ms / limit_ms
    return min(1.0, max(0.0, (share - STRAINED_FROM) / (1 - STRAINED_FROM)))


def turn(valve: Valve, *, age_ms: int, limit_ms: int, now_ms: int) -> Valve:
    """The valve at `now_ms`, when pictures wait `age_ms` for their verdict."""
    reached = sum(age_ms > factor * limit_ms for factor, _ in CLOSES)
    if reached > valve.step:
        return Valve(step=reached)
    if valve.step == 0:
        return valve
    if age_ms > CALM_BELOW * CLOSES[valve.step - 1][0] * limit_ms:
        return replace(valve, calm_since_ms=None)
    if valve.calm_since_ms is None:
        return replace(valve, calm_since_ms=now_ms)
    if now_ms - valve.calm_since_ms < CALM_MS:
        return valve
    return Valve(step=valve.step - 1)
