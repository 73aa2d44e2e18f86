"""How urgent a report is: 0-100, as parts with reasons that staff can read. Pure.

Floors over a weighted sum, as in docs: child safety 95, threat to life 90, intimate images without
consent 80. Reporter reliability follows Discourse's formula: nothing up to 5 judged reports, then
p = upheld/judged moves it by up to 5*log4(judged) around p = 0.7.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CHILD_SAFETY_FLOOR = 95
LIFE_FLOOR = 90
INTIMATE_IMAGES_FLOOR = 80

SEVERITY_POINTS = 40.0
CONFIDENCE_POINTS = 20.0
REPORTERS_POINTS = 20.0
STRIKES_POINTS = 10.0
MINOR_POINTS = 10.0

PRESSED_POINTS = 15.0
"""Above floors too: who says that somebody pressed them comes before their equals (I10)."""

REPORTERS_FULL_LOG2 = 3.0  # seven independent reporters of usual reliability give all the points
STRIKES_FULL = 3
WAITING_POINTS_PER_HOUR = 1.0
"""A day of waiting outweighs the reporters' part, four days everything: nothing starves."""

JUDGED_MINIMUM = 5
RELIABLE_SHARE = 0.7
UNRELIABLE_SHARE = 0.3
"""At most this much upheld, and a lead may look at who reports (DSA Art. 23)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How a reporter's earlier reports ended: `upheld` of `judged`."""

    judged: int
    upheld: int


class Band(StrEnum):
    """A reporter's record as staff see it, and nobody else."""

    UNKNOWN = "unknown"  # too few were judged to tell
    RELIABLE = "reliable"
    MIXED = "mixed"
    UNRELIABLE = "unreliable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known about a report. `severity` and `confidence` are 0.0-1.0.

    `reporters` holds one record per independent reporter, none for a machine's finding alone.
    `floor` is the policy's least priority. `says_pressed`: the subject says somebody asked them to.
    `set_aside` counts reporters whose voice doesn't count; with nobody else and no finding there
    are no grounds, and the rule they named weighs nothing.
    """

    severity: float
    confidence: float
    reporters: Sequence[Record]
    confirmed_strikes: int
    has_minor_signal: bool
    floor: int | None
    says_pressed: bool = False
    set_aside: int = 0
    has_grounds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One part of a priority: its points and why."""

    name: str
    points: float
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """`score` is 0-100; the factors' points add up to it, or to more where it is capped."""

    score: float
    factors: tuple[Factor, ...]


def prioritise(case: Case) -> Priority:
    """The priority of `case` at intake; waiting is added by `rank`."""
    factors = [
        _severity_factor(case),
        Factor(
            name="confidence",
            points=CONFIDENCE_POINTS * case.confidence,
            reason=f"the machine's highest score is {case.confidence:.2f}"
            if case.confidence
            else "no machine finding",
        ),
        _reporters_factor(case.reporters, case.set_aside),
        Factor(
            name="strikes",
            points=STRIKES_POINTS * min(case.confirmed_strikes, STRIKES_FULL) / STRIKES_FULL,
            reason=f"{_counted(case.confirmed_strikes, 'confirmed strike')} before",
        ),
        Factor(
            name="minor",
            points=MINOR_POINTS if case.has_minor_signal else 0.0,
            reason="a sign that somebody is under age"
            if case.has_minor_signal
            else "no sign of somebody under age",
        ),
    ]
    total = sum(factor.points for factor in factors)
    if case.floor is not None and total < case.floor:
        lift = case.floor - total
        factors.append(
            Factor(name="floor", points=lift, reason=f"the policy's floor is {case.floor}")
        )
        total = float(case.floor)
    if case.says_pressed:
        factors.append(
            Factor(name="pressed", points=PRESSED_POINTS, reason="they say somebody asked them to")
        )
        total += PRESSED_POINTS
    return Priority(score=min(total, 100.0), factors=tuple(factors))


def reliability(record: Record) -> float:
    """Points around 0 by which a reporter is more (or less) reliable than an unknown one."""
    if record.judged <= JUDGED_MINIMUM:
        return 0.0
    share = record.upheld / record.judged
    weight = 5.0 * math.log(record.judged, 4)
    if share >= RELIABLE_SHARE:
        return (share - RELIABLE_SHARE) / (1.0 - RELIABLE_SHARE) * weight
    return -(RELIABLE_SHARE - share) / RELIABLE_SHARE * weight


def band(record: Record) -> Band:
    """The record in a word."""
    if record.judged <= JUDGED_MINIMUM:
        return Band.UNKNOWN
    share = record.upheld / record.judged
    if share >= RELIABLE_SHARE:
        return Band.RELIABLE
    return Band.MIXED if share > UNRELIABLE_SHARE else Band.UNRELIABLE


def rank(score: float, opened_at: datetime) -> float:
    """A number to order the queue by, highest first, that never has to be computed again.

    Score plus waiting at any instant is `rank` plus the same amount for every report.
    """
    return score - WAITING_POINTS_PER_HOUR * opened_at.timestamp() / 3600.0


def waiting_points(opened_at: datetime, now: datetime) -> float:
    """What waiting since `opened_at` has added by `now`."""
    return max(0.0, WAITING_POINTS_PER_HOUR * (now - opened_at).total_seconds() / 3600.0)


def _severity_factor(case: Case) -> Factor:
    if not case.has_grounds:
        return Factor(name="severity", points=0.0, reason="nobody whose report counts raised it")
    return Factor(
        name="severity",
        points=SEVERITY_POINTS * case.severity,
        reason=f"the policy's severity is {case.severity:.2f}",
    )


def _reporters_factor(reporters: Sequence[Record], set_aside: int) -> Factor:
    aside = f"{_counted(set_aside, 'reporter')} set aside" if set_aside else ""
    if not reporters:
        reason = aside or "no person reported it"
        return Factor(name="reporters", points=0.0, reason=reason)
    mean = sum(reliability(record) for record in reporters) / len(reporters)
    trust = min(2.0, max(0.0, 1.0 + mean / 10.0))
    share = min(1.0, trust * math.log2(1 + len(reporters)) / REPORTERS_FULL_LOG2)
    voices = f"{_counted(len(reporters), 'independent reporter')}, reliability {mean:+.1f}"
    return Factor(
        name="reporters",
        points=REPORTERS_POINTS * share,
        reason=f"{voices}, {aside}" if aside else voices,
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
