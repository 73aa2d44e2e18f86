import itertools

import pytest

from reports.models import State
from reports.reviewing.transitions import TRANSITIONS, Act, NoTransitionError, transition


@pytest.mark.parametrize(
    ("state", "act"),
    [pair for pair in itertools.product(State, Act) if pair not in TRANSITIONS],
)
def test_it_refuses_what_the_table_does_not_have(state: State, act: Act) -> None:
    with pytest.raises(NoTransitionError):
        transition(state, act)


def test_nothing_but_reopening_leads_out_of_closed() -> None:
    assert {act for state, act in TRANSITIONS if state is State.CLOSED} == {Act.REOPEN}


def test_every_state_can_be_reached() -> None:
    assert set(TRANSITIONS.values()) == set(State)
