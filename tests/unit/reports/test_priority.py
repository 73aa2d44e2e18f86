import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.house_rules.priority import (
    Band,
    Case,
    Record,
    band,
    prioritise,
    rank,
    reliability,
    waiting_points,
)
from tests.report_cases import NOW

QUIET = Case(
    severity=0.3,
    confidence=0.0,
    reporters=(),
    confirmed_strikes=0,
    has_minor_signal=False,
    floor=None,
)


def case(**changes: object) -> Case:
    fields = {name: getattr(QUIET, name) for name in Case.__slots__} | changes
    return Case(**fields)


def test_a_reporter_with_few_judged_reports_is_neither_trusted_nor_distrusted() -> None:
    assert reliability(Record(judged=5, upheld=0)) == 0.0
    assert reliability(Record(judged=5, upheld=5)) == 0.0


def test_a_reporter_who_is_mostly_wrong_weighs_less_and_one_who_is_right_more() -> None:
    assert reliability(Record(judged=16, upheld=0)) == pytest.approx(-10.0)
    assert reliability(Record(judged=16, upheld=16)) == pytest.approx(10.0)


def test_reports_by_people_who_are_always_wrong_add_nothing() -> None:
    wrong = [Record(judged=64, upheld=0)] * 5
    assert prioritise(case(reporters=wrong)).score == prioritise(QUIET).score


def test_it_never_falls_under_the_floor() -> None:
    lowest = prioritise(case(severity=0.0, floor=95))
    assert lowest.score == 95.0
    assert lowest.factors[-1].name == "floor"


def test_it_names_a_reason_for_every_point() -> None:
    found = prioritise(case(confidence=0.8, confirmed_strikes=1, floor=90))
    assert sum(factor.points for factor in found.factors) == pytest.approx(found.score)
    assert all(factor.reason for factor in found.factors)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 confirmed strikes"), (1, "1 confirmed strike"), (2, "2 confirmed")]
)
def test_it_counts_strikes_as_people_say_it(count: int, words: str) -> None:
    reasons = [factor.reason for factor in prioritise(case(confirmed_strikes=count)).factors]
    assert any(reason.startswith(f"{words} ") for reason in reasons)


def test_a_second_reporter_raises_it_by_less_than_the_first() -> None:
    scores = [
        prioritise(case(reporters=[Record(judged=0, upheld=0)] * count)).score for count in range(4)
    ]
    steps = [later - earlier for earlier, later in itertools.pairwise(scores)]
    assert steps == sorted(steps, reverse=True)
    assert steps[-1] > 0


def test_waiting_lifts_an_old_mild_report_over_a_fresh_grave_one() -> None:
    old = rank(10.0, NOW - timedelta(days=5))
    assert old > rank(95.0, NOW)
    assert rank(10.0, NOW - timedelta(hours=1)) < rank(95.0, NOW)


def test_waiting_counts_from_the_opening_only() -> None:
    assert waiting_points(NOW, NOW - timedelta(hours=1)) == 0.0
    assert waiting_points(NOW, NOW + timedelta(hours=3)) == pytest.approx(3.0)


@given(
    severity=st.floats(0, 1),
    confidence=st.floats(0, 1),
    strikes=st.integers(0, 50),
    minor=st.booleans(),
    floor=st.none() | st.integers(0, 100),
    judged=st.lists(st.integers(0, 500), max_size=20),
)
def test_it_stays_between_0_and_100(
    *,
    severity: float,
    confidence: float,
    strikes: int,
    minor: bool,
    floor: int | None,
    judged: list[int],
) -> None:
    found = prioritise(
        Case(
            severity=severity,
            confidence=confidence,
            reporters=[Record(judged=number, upheld=number // 2) for number in judged],
            confirmed_strikes=strikes,
            has_minor_signal=minor,
            floor=floor,
        )
    )
    assert (floor or 0) <= found.score <= 100.0


def test_a_record_is_a_word_only_after_five_judged_reports() -> None:
    assert band(Record(judged=5, upheld=0)) is Band.UNKNOWN
    assert band(Record(judged=6, upheld=0)) is Band.UNRELIABLE
    assert band(Record(judged=10, upheld=5)) is Band.MIXED
    assert band(Record(judged=10, upheld=7)) is Band.RELIABLE


def test_a_rule_that_nobody_who_counts_named_weighs_nothing() -> None:
    alone = prioritise(case(severity=1.0, set_aside=3, has_grounds=False))
    assert alone.score == 0.0
    assert "3 reporters set aside" in [factor.reason for factor in alone.factors]
