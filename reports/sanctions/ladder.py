"""How long a sanction lasts. Pure: strikes in, a length of time out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

FIRST_CUT = timedelta(minutes=10)
REPEATED_CUT = timedelta(hours=24)
CONFIRMED_REPEAT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Strikes:
    """Unexpired strikes before this one, by weight: judged true by a person, or not yet judged."""

    confirmed: int
    unconfirmed: int


class Length(StrEnum):
    """What a person can choose."""

    AS_IS = "as_is"  # what the machine gave is right
    NONE = "none"  # a breach, but no sanction
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


_STEPS = (Length.MINUTES_10, Length.HOURS_24, Length.DAYS_7, Length.DAYS_30)


def suggested_length(confirmed: int, *, is_grave: bool) -> Length:
    """What a person is offered first after `confirmed` strikes; what is grave starts a step higher.

    A suggestion only: it ends at 30 days, longer takes somebody who means it.
    """
    return _STEPS[min(confirmed + is_grave, len(_STEPS) - 1)]


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
        case Length.AS_IS | Length.NONE | Length.FOR_EVER:
            return None
        case _:
            assert_never(length)
