"""How long a sanction lasts. Pure: strikes in, a length of time out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from reports.rules import SPOKEN_RULES

FIRST_CUT = timedelta(minutes=10)
REPEATED_CUT = timedelta(hours=24)
CONFIRMED_REPEAT = timedelta(days=7)
GRAVE_SEVERITY = 0.8
"""From this severity (0.0-1.0) on a person's first step is a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strikes:
    """Unexpired strikes before this one, by weight: judged true by a person, or not yet judged."""

    confirmed: int
    unconfirmed: int


class Length(StrEnum):
    """What a person can choose."""

    AS_IS = "as_is"  # what the machine gave is right
    NONE = "none"  # a breach, but no sanction
    WARNING = "warning"  # bars nobody, and is a strike
    MINUTES_10 = "10_minutes"
    HOURS_24 = "24_hours"
    DAYS_7 = "7_days"
    DAYS_30 = "30_days"
    FOR_EVER = "for_ever"  # takes effect as a hold until a second person agrees


def machine_length(before: Strikes) -> timedelta:
    """A machine's cut: 10 minutes, 24 hours, 7 days (I15).

    Only confirmed strikes climb; repeats that nobody confirmed stay at 24 hours, so that a wrong
    detector can't shut somebody out for a week by itself.
    """
    if before.confirmed >= 2:
        return CONFIRMED_REPEAT
    if before.confirmed == 1 or before.unconfirmed:
        return REPEATED_CUT
    return FIRST_CUT


_STEPS = (Length.WARNING, Length.MINUTES_10, Length.HOURS_24, Length.DAYS_7, Length.DAYS_30)


def first_step(rule: str, *, severity: float, is_on_floor: bool) -> Length:
    """Where a person's ladder begins for `rule` (a `Rule`'s value): a warning for what is said, a
    day for what is grave, ten minutes otherwise.

    `is_on_floor`: children or lives are at stake, or somebody's intimate pictures. Nobody is let
    off with a warning there, nor for what is grave or was shown on camera.
    """
    if severity >= GRAVE_SEVERITY:
        return Length.HOURS_24
    if rule in SPOKEN_RULES and not is_on_floor:
        return Length.WARNING
    return Length.MINUTES_10


def suggested_length(confirmed: int, *, first: Length) -> Length:
    """What a person is offered first after `confirmed` strikes, on a ladder that begins at `first`.

    A suggestion only: it ends at 30 days, longer takes somebody who means it.
    """
    return _STEPS[min(_STEPS.index(first) + confirmed, len(_STEPS) - 1)]


def person_length(length: Length) -> timedelta | None:
    """The time a person's choice stands for; None where it stands for none."""
    match length:
        case Length.MINUTES_10:
            return timedelta(minutes=10)
        case Length.HOURS_24:
            return timedelta(hours=24)
        case Length.DAYS_7:
            return timedelta(days=7)
        case Length.DAYS_30:
            return timedelta(days=30)
        case Length.AS_IS | Length.NONE | Length.WARNING | Length.FOR_EVER:
            return None
        case _:
            assert_never(length)
