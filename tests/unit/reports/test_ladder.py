from datetime import timedelta

import pytest

from reports.sanctions.ladder import (
    Length,
    Strikes,
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
    assert without == {Length.AS_IS, Length.NONE, Length.FOR_EVER}


def test_what_is_suggested_climbs_with_strikes_and_never_past_thirty_days() -> None:
    suggested = [suggested_length(confirmed, is_grave=False) for confirmed in range(6)]
    assert suggested == [
        Length.MINUTES_10,
        Length.HOURS_24,
        Length.DAYS_7,
        Length.DAYS_30,
        Length.DAYS_30,
        Length.DAYS_30,
    ]


def test_what_is_grave_starts_one_step_higher() -> None:
    assert suggested_length(0, is_grave=True) is Length.HOURS_24
    assert suggested_length(3, is_grave=True) is Length.DAYS_30
