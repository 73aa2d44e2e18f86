"""From the parts to the whole's state."""

import pytest

from chat.valve import Valve
from chat.video_gate import Gate
from config.health import Parts, State, judge
from moderation.stores.figures import Figures
from moderation.stores.turns import Rank


def gate(*, workers: int = 1, step: int = 0) -> Gate:
    waiting = dict.fromkeys(Rank, 0)
    screening = Figures(
        workers=workers, waiting=waiting, oldest_waiting_ms=0, verdict_ages_ms=(), took_ms=None
    )
    return Gate(is_wanted=True, nodes=(), screening=screening, valve=Valve(step=step))


ALL = Parts(database=True, gate=gate())
BEHIND = Parts(database=True, gate=gate(step=1))
NO_SCREENING = Parts(database=True, gate=gate(workers=0))
NO_DATABASE = Parts(database=False, gate=gate())
NO_REDIS = Parts(database=True, gate=None)


@pytest.mark.parametrize("parts", [NO_SCREENING, NO_DATABASE, NO_REDIS])
def test_it_is_starting_until_every_part_was_up_once(parts: Parts) -> None:
    assert judge(parts, was_complete=False) is State.STARTING


@pytest.mark.parametrize("parts", [NO_DATABASE, NO_REDIS])
def test_without_database_or_redis_nobody_can_be_served(parts: Parts) -> None:
    assert judge(parts, was_complete=True) is State.UNAVAILABLE


def test_without_screening_text_goes_on() -> None:
    assert judge(NO_SCREENING, was_complete=True) is State.DEGRADED


@pytest.mark.parametrize("was_complete", [False, True])
def test_screening_that_is_behind_is_there_and_degraded(was_complete: bool) -> None:
    assert judge(BEHIND, was_complete=was_complete) is State.DEGRADED


@pytest.mark.parametrize("was_complete", [False, True])
def test_with_every_part_it_is_ready(was_complete: bool) -> None:
    assert judge(ALL, was_complete=was_complete) is State.READY
