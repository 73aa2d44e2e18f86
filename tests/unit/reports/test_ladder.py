from datetime import timedelta

import pytest

from reports.rules import SPOKEN_RULES, Rule
from reports.sanctions.ladder import (
    Length,
    Strikes,
    first_step,
    machine_length,
    person_length,
    suggested_length,
)


@pytest.mark.parametrize("unconfirmed", [1, 2, 50])
def test_repeats_that_nobody_confirmed_stay_at_a_day(unconfirmed: int) -> None:
    before = Strikes(confirmed=0, unconfirmed=unconfirmed)
    assert machine_length(before) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("confirmed", "length"),
    [
        (0, timedelta(minutes=10)),
        (1, timedelta(hours=24)),
        (2, timedelta(days=7)),
        (9, timedelta(days=7)),
    ],
)
def test_confirmed_strikes_climb_to_a_week_and_no_further(
    confirmed: int, length: timedelta
) -> None:
    assert machine_length(Strikes(confirmed=confirmed, unconfirmed=0)) == length


def test_only_some_choices_stand_for_a_time() -> None:
    without = {length for length in Length if person_length(length) is None}
    assert without == {Length.AS_IS, Length.NONE, Length.WARNING, Length.FOR_EVER}


@pytest.mark.parametrize("rule", sorted(set(Rule) - SPOKEN_RULES))
def test_what_is_shown_or_threatens_somebody_never_begins_with_a_warning(rule: Rule) -> None:
    assert first_step(rule, severity=0.1, is_on_floor=False) is Length.MINUTES_10


@pytest.mark.parametrize("rule", sorted(SPOKEN_RULES))
def test_what_is_said_begins_with_a_warning_unless_it_is_grave_or_on_the_floor(rule: Rule) -> None:
    assert first_step(rule, severity=0.79, is_on_floor=False) is Length.WARNING
    assert first_step(rule, severity=0.1, is_on_floor=True) is Length.MINUTES_10
    assert first_step(rule, severity=0.8, is_on_floor=False) is Length.HOURS_24


def test_what_is_suggested_climbs_with_strikes_and_never_past_thirty_days() -> None:
    suggested = [suggested_length(confirmed, first=Length.WARNING) for confirmed in range(6)]
    assert suggested == [
        Length.WARNING,
        Length.MINUTES_10,
        Length.HOURS_24,
        Length.DAYS_7,
        Length.DAYS_30,
        Length.DAYS_30,
    ]


def test_a_ladder_that_begins_higher_climbs_from_there() -> None:
    assert suggested_length(1, first=Length.MINUTES_10) is Length.HOURS_24
    assert suggested_length(0, first=Length.HOURS_24) is Length.HOURS_24
    assert suggested_length(3, first=Length.HOURS_24) is Length.DAYS_30
