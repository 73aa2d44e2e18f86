from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.evidence_room.exposure_limits import (
    Limits,
    Reason,
    Showing,
    count,
    find_full,
    of_day,
    stretch,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = Limits(day_items=10, day_s=600, day_severe=3, stretch_items=4, stretch_s=120, break_s=300)


def showing(item: int, at_s: float, *, lasts_s: float = 5.0, is_severe: bool = False) -> Showing:
    at = NOON + timedelta(seconds=at_s)
    return Showing(
        item=UUID(int=item), at=at, until=at + timedelta(seconds=lasts_s), is_severe=is_severe
    )


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_nothing_is_full_at_first() -> None:
    assert find_full([], LIMITS, NOON) is None


def test_a_break_follows_a_full_stretch_and_ends_that_long_after_the_last_look() -> None:
    shown = [showing(n, n * 10) for n in range(4)]
    full = find_full(shown, LIMITS, after(40))
    assert full is not None
    assert (full.reason, full.until) == (Reason.STRETCH_ITEMS, after(335))
    assert find_full(shown, LIMITS, after(334)) is not None
    assert find_full(shown, LIMITS, after(335)) is None


def test_frames_of_an_item_that_counts_already_are_still_shown() -> None:
    shown = [showing(n, n * 10) for n in range(4)]
    assert find_full(shown, LIMITS, after(40), item=UUID(int=3)) is None
    assert find_full(shown, LIMITS, after(40), item=UUID(int=9)) is not None


def test_looking_long_is_full_too_whichever_item_it_is() -> None:
    shown = [showing(1, 0, lasts_s=120)]
    full = find_full(shown, LIMITS, after(120), item=UUID(int=1))
    assert full is not None
    assert full.reason is Reason.STRETCH_SECONDS


def test_a_pause_of_ones_own_counts_as_a_break() -> None:
    shown = [showing(n, n * 10) for n in range(3)]
    shown += [showing(n, 400 + n * 10) for n in range(3, 6)]
    assert len(stretch(shown, LIMITS, after(460))) == 3
    assert find_full(shown, LIMITS, after(460)) is None


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ([showing(n, n * 400) for n in range(10)], Reason.DAY_ITEMS),
        ([showing(n, n * 700, lasts_s=100) for n in range(6)], Reason.DAY_SECONDS),
    ],
)
def test_a_full_day_lasts_until_midnight(shown: list[Showing], reason: Reason) -> None:
    full = find_full(shown, LIMITS, after(7200))
    assert full is not None
    assert (full.reason, full.until) == (reason, datetime(2026, 3, 2, tzinfo=UTC))
    assert find_full(shown, LIMITS, full.until) is None


def test_severe_items_have_a_limit_of_their_own() -> None:
    shown = [showing(n, n * 400, is_severe=True) for n in range(3)]
    assert find_full(shown, LIMITS, after(3600), is_severe=False) is None
    full = find_full(shown, LIMITS, after(3600), is_severe=True)
    assert full is not None
    assert full.reason is Reason.DAY_SEVERE


def test_what_was_shown_yesterday_counts_for_the_stretch_and_not_for_the_day() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    shown = [
        Showing(
            item=UUID(int=n),
            at=midnight + timedelta(seconds=n * 10 - 20),
            until=midnight + timedelta(seconds=n * 10 - 15),
            is_severe=False,
        )
        for n in range(4)
    ]
    now = midnight + timedelta(seconds=20)
    assert len(of_day(shown, now)) == 2
    full = find_full(shown, LIMITS, now)
    assert full is not None
    assert full.reason is Reason.STRETCH_ITEMS


def test_an_item_counts_once_and_overlapping_time_once() -> None:
    found = count([showing(1, 0, lasts_s=60), showing(1, 10, lasts_s=20), showing(2, 30)])
    assert len(found.items) == 2
    assert found.seconds == 60.0


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 400), st.integers(0, 200), st.booleans()),
        max_size=30,
    )
)
def test_whoever_asks_before_each_look_never_gets_past_a_limit(
    looks: list[tuple[int, int, int, bool]],
) -> None:
    shown: list[Showing] = []
    now = NOON.replace(hour=0)
    longest = 0.0
    for item, pause, lasts, is_severe in looks:
        now += timedelta(seconds=pause)
        if now >= NOON.replace(hour=23):
            break
        one = UUID(int=item)
        if find_full(shown, LIMITS, now, item=one, is_severe=is_severe) is None:
            until = now + timedelta(seconds=lasts)
            shown.append(Showing(item=one, at=now, until=until, is_severe=is_severe))
            now = until
            longest = max(longest, lasts)
    today = count(shown)
    assert len(today.items) <= LIMITS.day_items
    assert len(today.severe) <= LIMITS.day_severe
    assert today.seconds < LIMITS.day_s + longest or not shown
    assert len(count(stretch(shown, LIMITS, now)).items) <= LIMITS.stretch_items
