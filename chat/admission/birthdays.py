"""Is somebody of age? Counted in days, never in their favour. Pure."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

MINIMUM_AGE_YEARS = 18
OLDEST_YEARS = 120
"""A birth date longer ago than this is a typing error."""

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_LAST_TO_TURN = timezone(timedelta(hours=-12))
"""Where a day begins last on Earth: a birthday counts when it is one everywhere."""

_FIRST_TO_TURN = timezone(timedelta(hours=14))


class BirthDateError(Exception):
    """No birth date, or an impossible one; another one may be right."""


def parse_birth_date(text: object, now: datetime) -> date:
    """The date in `text` (YYYY-MM-DD, exactly). Raises `BirthDateError`.

    `now` is aware. Dates that are in the future everywhere on Earth are refused.
    """
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise BirthDateError("a date as YYYY-MM-DD")
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise BirthDateError("a date as YYYY-MM-DD") from None
    if born > now.astimezone(_FIRST_TO_TURN).date():
        raise BirthDateError("in the future")
    if full_years(born, now.astimezone(UTC).date()) > OLDEST_YEARS:
        raise BirthDateError("too long ago")
    return born


def is_of_age(born: date, now: datetime) -> bool:
    """Whether somebody born on `born` is of age everywhere on Earth at `now` (aware)."""
    return full_years(born, now.astimezone(_LAST_TO_TURN).date()) >= MINIMUM_AGE_YEARS


def full_years(born: date, today: date) -> int:
    """Completed years of life. Born on 29 February, the birthday is 1 March in other years."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1)
