from datetime import timedelta

import pytest

from reports.ladder import Length, Strikes, machine_length, person_length


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
