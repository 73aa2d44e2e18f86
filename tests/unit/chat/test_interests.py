"""Interests: what is one thing, and what brings two people together."""

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import interests
from chat.interests import Vocabulary

SHIPPED = (resources.files("chat") / "interests.toml").read_text(encoding="utf-8")


def wide(text: str) -> str:
    """The full-width look-alikes that East Asian keyboards type."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return interests.read_vocabulary(SHIPPED)


@pytest.mark.parametrize("source", ["", "[synonyms]", "[synonyms]\na=1\n[child_coded]\nnames=[]"])
def test_a_table_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="table"):
        interests.read_vocabulary(source)


def test_a_name_that_nobody_could_match_is_refused() -> None:
    with pytest.raises(ValueError, match="normalised"):
        interests.read_vocabulary('[synonyms]\nMusic = ["songs"]\n[child_coded]\nnames = []')


@pytest.mark.parametrize(
    "written",
    [
        "music",
        "MUSIC",
        "  Müsic ",
        wide("music"),
        "#music",
        "musik",
        "Música",
        "संगीत",
        "m\u200dusic",
    ],
)
def test_what_is_meant_alike_is_one_interest(vocabulary: Vocabulary, written: str) -> None:
    assert interests.compared([written, "music"], vocabulary) == ("music",)


def test_child_coded_and_empty_ones_count_for_nothing(vocabulary: Vocabulary) -> None:
    assert interests.compared(["Teen", wide("teens"), " ", "#", "chess"], vocabulary) == ("chess",)


@pytest.mark.parametrize(
    "written", ["15", "14f", "M16", wide("15"), "17 yo", "I'm 15", "tengo 16 años"]
)
def test_an_age_under_18_is_noticed(written: str) -> None:
    assert interests.states_age_under_18(["chess", written])


@pytest.mark.parametrize("written", ["18", "25f", "1984", "f1", "formula 1", "blink 182", "music"])
def test_an_interest_with_a_number_is_no_age(written: str) -> None:
    assert not interests.states_age_under_18([written])


def test_only_what_enough_devices_named_today_counts_and_the_rarest_comes_first() -> None:
    found = interests.weighed({"music": 4000, "chess": 20, "rare": 19}, 20)
    assert [interest.name for interest in found] == ["chess", "music"]
    assert found[0].weight > found[1].weight >= 1


@given(st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_the_rarer_never_weighs_less(one: int, other: int) -> None:
    rare, common = sorted((one, other))
    assert 1 <= interests.weight(common) <= interests.weight(rare) <= interests.WEIGHT_MAX


@given(st.text(max_size=40))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = interests.normalised(text)
    assert interests.normalised(once) == once


@given(st.lists(st.text(max_size=40), max_size=10))
def test_no_interest_can_break_a_packed_search(written: list[str]) -> None:
    names = interests.compared(written, interests.read_vocabulary(SHIPPED))
    assert not any(mark in name for name in names for mark in "\x01\x02")
