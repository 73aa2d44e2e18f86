"""Wilson's interval, against published values and against what any interval must be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.measures.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
        # Medicine 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_it_gives_the_published_interval(hits: int, n: int, low: float, high: float) -> None:
    found = wilson(hits, n)

    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_of_no_cases_there_is_no_share() -> None:
    assert wilson(0, 0) is None


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_what_is_no_share_is_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, n)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_holds_the_share_and_stays_a_share(case: tuple[int, int]) -> None:
    found, mirrored = wilson(*case), wilson(case[1] - case[0], case[1])

    assert found is not None
    assert mirrored is not None
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    assert found.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(st.integers(1, 50), st.integers(2, 50))
def test_more_cases_make_it_narrower(n: int, times: int) -> None:
    few, many = wilson(n, 2 * n), wilson(n * times, 2 * n * times)

    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low
