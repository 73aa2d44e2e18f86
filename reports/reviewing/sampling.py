"""Which decisions are looked at a second time: a stratified random sample. Pure.

Every stratum (a policy and how it ended) gets the same number of places, so that rare policies are
judged as surely as common ones; places that a small stratum can't fill go to the others. Whoever
has the seed can draw the same sample again.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stratum:
    """A policy by its code, and how reports under it ended."""

    policy: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A report that may be drawn."""

    report: UUID
    stratum: Stratum


def draw(candidates: Iterable[Candidate], *, size: int, seed: str) -> list[Candidate]:
    """At most `size` of `candidates`, in an order that tells nothing of the strata."""
    strata: dict[Stratum, list[Candidate]] = defaultdict(list)
    for candidate in sorted(candidates, key=lambda each: _lot(seed, each.report)):
        strata[candidate.stratum].append(candidate)
    sizes = {stratum: len(members) for stratum, members in strata.items()}
    places = allocate(sizes, size=size, seed=seed)
    drawn = [one for stratum, members in strata.items() for one in members[: places[stratum]]]
    return sorted(drawn, key=lambda each: _lot(seed, each.report))


def allocate(sizes: Mapping[Stratum, int], *, size: int, seed: str) -> dict[Stratum, int]:
    """How many places each stratum gets; when they don't come out even, lots decide."""
    places = dict.fromkeys(sizes, 0)
    left = min(size, sum(sizes.values()))
    in_turn = sorted(sizes, key=lambda stratum: _lot(seed, stratum.policy, stratum.kind))
    while left > 0:
        for stratum in in_turn:
            if left > 0 and places[stratum] < sizes[stratum]:
                places[stratum] += 1
                left -= 1
    return places


def _lot(seed: str, *parts: object) -> bytes:
    return hashlib.sha256(":".join((seed, *map(str, parts))).encode()).digest()
