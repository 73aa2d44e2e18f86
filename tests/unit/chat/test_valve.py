"""When the valve closes, for whom, and when it opens again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.trust import Level
from chat.valve import CALM_MS, CLOSES, Valve, strain, turn

LIMIT_MS = 1000


def turned(valve: Valve, age_ms: int, now_ms: int = 0) -> Valve:
    return turn(valve, age_ms=age_ms, limit_ms=LIMIT_MS, now_ms=now_ms)


@pytest.mark.parametrize(
    ("age_ms", "closed_for"),
    [
        (1000, set()),
        (1001, {Level.NEGATIVE, Level.DOUBTFUL}),
        (1251, {Level.NEGATIVE, Level.DOUBTFUL, Level.NEW}),
        (1501, set(Level)),
        (60_000, set(Level)),
    ],
)
def test_it_closes_at_once_for_the_least_trusted_first(age_ms: int, closed_for: set[Level]) -> None:
    assert turned(Valve(), age_ms).closed_for == closed_for


@pytest.mark.parametrize(("age_ms", "expected"), [(0, 0), (500, 0), (750, 0.5), (9000, 1)])
def test_samples_are_shed_before_anybody_is_turned_away(age_ms: int, expected: float) -> None:
    assert strain(age_ms=age_ms, limit_ms=LIMIT_MS) == expected


def test_it_opens_step_by_step_and_only_after_a_quiet_while() -> None:
    valve, steps = turned(Valve(), 2000), []
    for now_ms in range(0, 4 * CALM_MS, 250):
        valve = turned(valve, 0, now_ms)
        steps.append((now_ms, valve.step))
    opened = [
        now_ms
        for (now_ms, step), (_, before) in zip(steps[1:], steps, strict=False)
        if step < before
    ]
    assert opened == [CALM_MS, 2 * CALM_MS + 250, 3 * CALM_MS + 500]
    assert valve == Valve()


def test_a_single_late_verdict_begins_the_quiet_while_anew() -> None:
    valve = turned(turned(Valve(), 1100), 0, now_ms=0)
    valve = turned(valve, 900, now_ms=CALM_MS - 1)
    assert turned(valve, 0, now_ms=CALM_MS + 1).step == 1


def test_it_does_not_flutter_about_its_threshold() -> None:
    valve, changes = Valve(), 0
    for now_ms in range(0, 60_000, 250):
        before, valve = valve.step, turned(valve, 1050 if now_ms % 500 else 950, now_ms)
        changes += valve.step != before
    assert changes == 1


@given(ages_ms=st.lists(st.integers(0, 5000), max_size=60), last_ms=st.integers(0, 5000))
def test_whatever_came_before_it_is_closed_for_whom_the_waiting_is_too_long(
    ages_ms: list[int], last_ms: int
) -> None:
    valve = Valve()
    for number, age_ms in enumerate([*ages_ms, last_ms]):
        valve = turned(valve, age_ms, number * 400)
    for factor, levels in CLOSES:
        assert last_ms <= factor * LIMIT_MS or levels <= valve.closed_for
    # Nobody is let in while somebody more trusted is not.
    order = [Level.NEGATIVE, Level.DOUBTFUL, Level.NEW, Level.KNOWN, Level.TRUSTED]
    states = [level in valve.closed_for for level in order]
    assert states == sorted(states, reverse=True)
