"""The age gate counts days, and never in anybody's favour."""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.admission.birthdays import (
    MINIMUM_AGE_YEARS,
    BirthDateError,
    full_years,
    is_of_age,
    parse_birth_date,
)

ZONES = [ZoneInfo(name) for name in sorted(available_timezones())]
INSTANTS = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001  the strategy adds the zone
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
BIRTH_DATES = st.dates(min_value=date(1995, 1, 1), max_value=date(2090, 1, 1))
# Within two days of coming of age, where everything that can go wrong does.
NEARLY = st.timedeltas(min_value=timedelta(days=-2), max_value=timedelta(days=2))


def came_of_age(born: date) -> date:
    """The 18th birthday; the day after for who was born on a 29 February that is missing."""
    year = born.year + MINIMUM_AGE_YEARS
    is_missing = (born.month, born.day) == (2, 29) and not isleap(year)
    return date(year, 3, 1) if is_missing else born.replace(year=year)


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


@given(born=BIRTH_DATES, distance=NEARLY)
def test_whoever_is_of_age_has_had_the_birthday_in_every_time_zone(
    born: date, distance: timedelta
) -> None:
    birthday = came_of_age(born)
    now = datetime(birthday.year, birthday.month, birthday.day, 12, tzinfo=UTC) + distance
    local_dates = {now.astimezone(zone).date() for zone in ZONES}
    if is_of_age(born, now):
        assert min(local_dates) >= birthday
    else:
        # Nobody waits longer than until the day has begun at UTC-12.
        assert now < datetime(birthday.year, birthday.month, birthday.day, 12, tzinfo=UTC)


@given(born=BIRTH_DATES, now=INSTANTS)
def test_the_clock_that_tells_the_instant_does_not_matter(born: date, now: datetime) -> None:
    answers = {is_of_age(born, now.astimezone(zone)) for zone in ZONES[::50]}
    assert len(answers) == 1


@given(born=BIRTH_DATES, now=INSTANTS, later=st.timedeltas(min_value=timedelta(0)))
def test_nobody_gets_younger(born: date, now: datetime, later: timedelta) -> None:
    try:
        then = now + later
    except OverflowError:
        return
    if then.year < 9999 and is_of_age(born, now):
        assert is_of_age(born, then)


@given(older=BIRTH_DATES, younger=BIRTH_DATES, now=INSTANTS)
def test_whoever_is_older_is_let_in_first(older: date, younger: date, now: datetime) -> None:
    older, younger = sorted((older, younger))
    assert is_of_age(older, now) or not is_of_age(younger, now)


@given(born=BIRTH_DATES, now=INSTANTS)
def test_an_accepted_date_of_an_adult_is_eighteen_full_years_ago(born: date, now: datetime) -> None:
    if not is_of_age(born, now):
        return
    # Counted by the Greenwich calendar, which is never behind the last zone's.
    assert full_years(parse_birth_date(born.isoformat(), now), now.date()) >= MINIMUM_AGE_YEARS
