"""Cohen's kappa, against published values and against what agreement means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.measures.kappa import kappa

Pair = tuple[str, str]


def test_it_gives_the_published_value_and_interval() -> None:
    # Fleiss, Levin, Paik, "Statistical Methods for Rates and Proportions", 3rd edition, table 18.1:
    # 100 subjects; kappa 0.68, standard error 0.087.
    table = {
        ("psychotic", "psychotic"): 75,
        ("psychotic", "neurotic"): 1,
        ("psychotic", "organic"): 4,
        ("neurotic", "psychotic"): 5,
        ("neurotic", "neurotic"): 4,
        ("neurotic", "organic"): 1,
        ("organic", "organic"): 10,
    }

    found = kappa(table)

    assert found is not None
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert (found.n, found.agreed) == (100, 89)
    assert found.value == pytest.approx(0.676, abs=0.001)
    assert (found.high - found.low) / 2 / 1.96 == pytest.approx(0.087, abs=0.001)


def test_by_hand_a_table_of_two_by_two() -> None:
    found = kappa({("a", "a"): 20, ("a", "b"): 5, ("b", "a"): 10, ("b", "b"): 15})

    # Observed 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5.
    assert found is not None
    assert found.value == pytest.approx(0.4)


def test_without_answers_there_is_none() -> None:
    assert kappa({}) is None


def test_who_always_says_the_same_agrees_by_chance_alone() -> None:
    found = kappa({("a", "a"): 9})

    assert found is not None
    assert (found.n, found.agreed, found.value) == (9, 9, None)


def test_full_agreement_of_few_claims_no_certainty() -> None:
    found = kappa({("a", "a"): 2, ("b", "b"): 1})

    assert found is not None
    assert found.value == pytest.approx(1.0)
    assert (found.low, found.high) == (None, None)


answers = st.sampled_from("abc")


@given(st.dictionaries(st.tuples(answers, answers), st.integers(1, 40), min_size=1))
def test_it_stays_in_bounds_and_does_not_mind_who_was_first(counts: dict[Pair, int]) -> None:
    found = kappa(counts)
    turned = kappa({(second, first): n for (first, second), n in counts.items()})

    assert found is not None
    assert turned is not None
    assert found.value == pytest.approx(turned.value)
    if found.value is not None:
        assert -1.0 <= found.value <= 1.0 + 1e-9
    if found.value is not None and found.low is not None and found.high is not None:
        assert found.low <= found.value <= found.high


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 6))
def test_chance_is_zero(first: int, second: int, times: int) -> None:
    # Independent answers: each cell is the product of its row and its column.
    counts = {
        ("a", "a"): first * second,
        ("a", "b"): first * times,
        ("b", "a"): times * second,
        ("b", "b"): times * times,
    }

    found = kappa(counts)

    assert found is not None
    assert found.value == pytest.approx(0.0, abs=1e-9)
