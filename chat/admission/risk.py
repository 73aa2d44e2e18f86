"""How much a new identity has to work, by what its address prefix did lately. Pure.

A prefix is a signal and never a bar: the work is bounded, so that a neighbour always gets in.
"""

from dataclasses import dataclass

UNDER_AGE_DOUBLINGS = 2
"""A birth date of age shortly after an under-age one from the same prefix: asked to work four
times as long, which is long for somebody who tries again, and bearable for a neighbour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What a prefix did: new identities and refused proofs of the last hour, devices seen barred
    within a day, and whether somebody there said a moment ago that they are under age."""

    newcomers: int = 0
    refused: int = 0
    barred: int = 0
    is_under_age_near: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """`tries` without any risk, doubled at most `doublings_max` times: once for every
    `newcomers_step` new identities, every `refused_step` refused proofs, every barred device."""

    tries: int
    doublings_max: int
    newcomers_step: int
    refused_step: int


def demanded_tries(signals: Signals, scale: Scale) -> int:
    """Most keys that a solver from this prefix may have to derive; half of them on average."""
    doublings = (
        signals.newcomers // scale.newcomers_step
        + signals.refused // scale.refused_step
        + signals.barred
        + (UNDER_AGE_DOUBLINGS if signals.is_under_age_near else 0)
    )
    return int(scale.tries * 2 ** min(doublings, scale.doublings_max))
