"""From the parts to the whole's state."""

import pytest

from config.health import Parts, State, judge

ALL = Parts(database=True, redis=True, screening=True)
NO_SCREENING = Parts(database=True, redis=True, screening=False)
NO_DATABASE = Parts(database=False, redis=True, screening=True)
NO_REDIS = Parts(database=True, redis=False, screening=False)


@pytest.mark.parametrize("parts", [NO_SCREENING, NO_DATABASE, NO_REDIS])
def test_it_is_starting_until_every_part_was_up_once(parts: Parts) -> None:
    assert judge(parts, was_complete=False) is State.STARTING


@pytest.mark.parametrize("parts", [NO_DATABASE, NO_REDIS])
def test_without_database_or_redis_nobody_can_be_served(parts: Parts) -> None:
    assert judge(parts, was_complete=True) is State.UNAVAILABLE


def test_without_screening_text_goes_on() -> None:
    assert judge(NO_SCREENING, was_complete=True) is State.DEGRADED


@pytest.mark.parametrize("was_complete", [False, True])
def test_with_every_part_it_is_ready(was_complete: bool) -> None:
    assert judge(ALL, was_complete=was_complete) is State.READY
