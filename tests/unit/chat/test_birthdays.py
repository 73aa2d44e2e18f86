"""The age gate counts days, and never in anybody's favour."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from chat.admission.birthdays import BirthDateError, is_of_age, parse_birth_date

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "yesterday",
        "2000-1-1",
        "20000101",
        "2000-02-30",
        "2000-W01-1",
        "2000-01-01T00:00",
        " 2000-01-1",
        "2026-03-03",
        "2990-01-01",
        "1800-01-01",
        "1905-02-28",
    ],
)
def test_no_impossible_date_is_a_birth_date(text: object) -> None:
    with pytest.raises(BirthDateError):
        parse_birth_date(text, NOON)


def test_a_possible_date_is_taken_as_it_is() -> None:
    assert parse_birth_date("1990-05-17", NOON) == date(1990, 5, 17)


@pytest.mark.parametrize(
    ("now", "is_adult"),
    [
        # The 18th birthday is 1 March 2026.
        (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), False),
        # It has begun in Greenwich, but not yet at UTC-12.
        (datetime(2026, 3, 1, 11, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), True),
        # The same instants, told by another clock.
        (datetime(2026, 3, 2, 1, 59, tzinfo=timezone(timedelta(hours=14))), False),
        (datetime(2026, 3, 2, 2, 0, tzinfo=timezone(timedelta(hours=14))), True),
    ],
)
def test_nobody_is_of_age_before_it_is_their_birthday_everywhere(
    now: datetime, is_adult: bool
) -> None:
    assert is_of_age(date(2008, 3, 1), now) is is_adult


def test_born_on_a_leap_day_the_birthday_is_on_the_first_of_march() -> None:
    born = date(2008, 2, 29)
    assert not is_of_age(born, datetime(2026, 3, 1, 11, 0, tzinfo=UTC))
    assert is_of_age(born, datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
