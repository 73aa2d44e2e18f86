"""The states of a report and what leads from one to the next: a table, and nothing else.

`NoTransitionError` — the report's state does not allow the act; looking again may help.
"""

from enum import StrEnum

from reports.models import State


class NoTransitionError(Exception):
    """The table has no way from here."""


class Act(StrEnum):
    """What can be done about a report."""

    CLAIM = "claim"
    SKIP = "skip"
    ESCALATE = "escalate"
    CLOSE = "close"
    REOPEN = "reopen"


TRANSITIONS = {
    (State.OPEN, Act.CLAIM): State.CLAIMED,
    (State.OPEN, Act.ESCALATE): State.ESCALATED,
    (State.OPEN, Act.CLOSE): State.CLOSED,
    (State.CLAIMED, Act.CLAIM): State.CLAIMED,  # only once the lease has lapsed
    (State.CLAIMED, Act.SKIP): State.OPEN,
    (State.CLAIMED, Act.ESCALATE): State.ESCALATED,
    (State.CLAIMED, Act.CLOSE): State.CLOSED,
    (State.ESCALATED, Act.CLAIM): State.CLAIMED,
    (State.ESCALATED, Act.CLOSE): State.CLOSED,
    (State.CLOSED, Act.REOPEN): State.OPEN,
}


def transition(state: State, act: Act) -> State:
    """The state after `act`. Raises `NoTransitionError`."""
    try:
        return TRANSITIONS[state, act]
    except KeyError:
        raise NoTransitionError(f"a report that is {state} can't be {act}d") from None
