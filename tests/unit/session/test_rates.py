"""A sender is slowed within 3 s, comes back slowly, and is never allowed more than the limit."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chat.session.effects import SetRate
from chat.session.rates import (
    FPS_MIN,
    KBPS_MIN,
    LARGER_AFTER_MS,
    SMALLER_AFTER_MS,
    UP_AFTER_MS,
    Rates,
)

LIMIT = SetRate(kbps=1200, fps=24, height=480)
SCREENED = SetRate(kbps=600, fps=10, height=480)
TICK_MS = 50


class Line:
    """A sender whose partner takes `takes_kbps`: whoever sends more than that lags behind."""

    def __init__(self, takes_kbps: int) -> None:
        self.rates = Rates(LIMIT)
        self.takes_kbps = takes_kbps
        self.at_ms = 1_000_000

    def go_on(self, span_ms: int, limit: SetRate = LIMIT) -> list[SetRate]:
        """The rates told meanwhile, one for each tick."""
        told = []
        for _ in range(span_ms // TICK_MS):
            self.at_ms += TICK_MS
            rate = self.rates.rate(self.at_ms, limit)
            if rate.kbps > self.takes_kbps:
                self.rates.slow_down(self.at_ms, self.takes_kbps)
            told.append(rate)
        return told


limits = st.sampled_from([LIMIT, SCREENED])
events = st.lists(
    st.tuples(st.integers(0, 20_000), st.none() | st.integers(0, 3000), limits), max_size=60
)


@given(events)
def test_it_is_never_above_the_limit_nor_useless(
    events: list[tuple[int, int | None, SetRate]],
) -> None:
    rates, at_ms = Rates(LIMIT), 1_000_000
    for span_ms, taken_kbps, limit in events:
        at_ms += span_ms
        if taken_kbps is not None:
            rates.slow_down(at_ms, taken_kbps)
        rate = rates.rate(at_ms, limit)
        assert KBPS_MIN <= rate.kbps <= limit.kbps
        assert FPS_MIN <= rate.fps <= limit.fps
        assert 180 <= rate.height <= limit.height


@given(st.integers(100, 1199))
def test_it_is_down_to_what_the_partner_takes_within_3_s(takes_kbps: int) -> None:
    told = Line(max(takes_kbps, 150)).go_on(3000)
    assert told[0] == LIMIT
    assert told[-1].kbps <= max(takes_kbps, 150)


@given(st.integers(150, 1199))
def test_it_comes_all_the_way_back_once_there_is_room(takes_kbps: int) -> None:
    line = Line(takes_kbps)
    line.go_on(5000)
    line.takes_kbps = 5000
    told = line.go_on(90_000)
    assert told[-1] == LIMIT
    kbps = [rate.kbps for rate in told]
    assert kbps == sorted(kbps)


def test_it_goes_up_no_faster_than_a_step_at_a_time() -> None:
    line = Line(150)
    line.go_on(4000)
    line.takes_kbps = 5000
    told = [rate.kbps for rate in line.go_on(60_000)]
    changed_at = [i * TICK_MS for i in range(1, len(told)) if told[i] != told[i - 1]]
    assert len(changed_at) == 5
    assert min(b - a for a, b in pairwise(changed_at)) >= UP_AFTER_MS


def test_a_step_that_was_too_much_is_tried_less_and_less_often() -> None:
    line = Line(700)
    line.go_on(5000)
    told = [rate.kbps for rate in line.go_on(240_000)]
    tried_at = [i * TICK_MS for i in range(1, len(told)) if told[i] > 700 >= told[i - 1]]
    pauses = [b - a for a, b in pairwise(tried_at)]
    assert pauses[-1] > 3 * pauses[0]
    assert len(tried_at) <= 10


def test_the_judges_falling_behind_slows_it_too() -> None:
    rates = Rates(SCREENED)
    rates.slow_down(1_000_000)
    rate = rates.rate(1_000_000, SCREENED)
    assert (rate.kbps, rate.fps) < (SCREENED.kbps, SCREENED.fps)
    assert rate.fps < SCREENED.fps


def test_the_picture_gets_smaller_late_and_larger_later_still() -> None:
    line = Line(100)
    heights = [rate.height for rate in line.go_on(30_000)]
    assert heights[: SMALLER_AFTER_MS // TICK_MS] == [480] * (SMALLER_AFTER_MS // TICK_MS)
    assert heights[-1] == 240
    line.takes_kbps = 5000
    heights = [rate.height for rate in line.go_on(120_000)]
    assert heights[: LARGER_AFTER_MS // TICK_MS] == [240] * (LARGER_AFTER_MS // TICK_MS)
    assert heights[-1] == 480


def test_a_short_spell_changes_no_size() -> None:
    line = Line(150)
    line.go_on(SMALLER_AFTER_MS // 3)
    line.takes_kbps = 5000
    assert {rate.height for rate in line.go_on(120_000)} == {480}
