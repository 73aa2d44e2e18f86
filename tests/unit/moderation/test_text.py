"""Lines: what is passed on, who states an age under 18, who presses."""

import time
import tomllib
from pathlib import Path

import pytest

from moderation.text import clean, presses, states_age_under_18

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
LANGUAGES = ("en", "id", "es", "hi")
LINE_MAX_S = 0.05
"""Of CPU time; before phrases were left out the longest took 0.3 s."""


def corpus(name: str, language: str) -> tuple[list[str], list[str]]:
    lines = tomllib.loads((CORPUS / name).read_text(encoding="utf-8"))[language]
    return lines["states"], lines["innocent"]


def states(line: str, *, earlier: tuple[str, ...] = (), asked: tuple[str, ...] = ()) -> bool:
    return states_age_under_18(clean(line), earlier, asked)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_statement_of_the_corpus_is_found_and_nothing_else(language: str) -> None:
    stating, innocent = corpus("age_lines.toml", language)

    assert [line for line in stating if not states(line)] == []
    assert [line for line in innocent if states(line)] == []


def test_lines_the_rules_were_not_tuned_on_are_mostly_found_and_never_wrongly() -> None:
    every = [corpus("age_lines_held_out.toml", language) for language in LANGUAGES]
    stating = [line for lines, _ in every for line in lines]
    innocent = [line for _, lines in every for line in lines]

    recall = sum(map(states, stating)) / len(stating)

    assert recall >= 0.8, f"recall {recall:.2f} of {len(stating)}"
    assert [line for line in innocent if states(line)] == []


def test_a_statement_cut_into_several_lines_is_found() -> None:
    assert states("15", earlier=("hey", "so", "i'm"))
    assert states("5", earlier=("i am", "1"))


def test_a_statement_cut_up_behind_a_long_talk_is_found() -> None:
    assert states_age_under_18("15", ["so nice here " * 38, "i am", "\u200d" * 400, "only"], [])


@pytest.mark.parametrize("unit", ["\ufdfa", "\ufdfa i am "])
def test_no_line_takes_long_to_judge(unit: str) -> None:
    longest = clean((unit * 500)[:500])
    lines = [longest] * 9
    states_age_under_18(longest, lines, lines)
    began_s = time.process_time()

    for _ in range(5):
        states_age_under_18(longest, lines, lines[:3])

    assert (time.process_time() - began_s) / 5 < LINE_MAX_S


def test_an_old_statement_is_not_found_again_in_a_new_line() -> None:
    assert not states("nice to meet you", earlier=("i have 15 cats", "hello there"))


def test_a_bare_number_counts_only_as_an_answer() -> None:
    assert not states("15")
    assert not states("25", asked=("how old are you?",))
    for question in (
        "how old are you",
        "asl?",
        "¿cuántos años tienes?",
        "umur berapa?",
        "उम्र क्या है",
    ):
        assert states("15", asked=("hi", question)), question


def test_the_line_passed_on_has_no_hidden_characters() -> None:
    hostile = "\u202eabc\u2066d\U000e0041\u200b\x07e\ufeff\U000e0100"

    assert clean(hostile) == "abcde"
    assert clean("a\r\nb\tc") == "a  b c"
    assert clean("\u200b\u202e \x00") == ""


def test_joiners_that_hindi_needs_are_kept() -> None:
    assert clean("क्\u200dष न\u200cहीं") == "क्\u200dष न\u200cहीं"


def test_composed_and_decomposed_letters_come_out_alike() -> None:
    assert clean("an\u0303os") == "años"


@pytest.mark.parametrize(
    "line",
    [
        "show me your body",
        "take it off",
        "take off your shirt",
        "get naked",
        "quítate la blusa",
        "muéstrame más",
        "buka baju dong",
        "kapde utaro",
        "कपड़े उतारो",
        "i will leak your pics",
    ],
)
def test_pressing_lines_are_recognised(line: str) -> None:
    assert presses(["hello", line])


@pytest.mark.parametrize(
    "line",
    [
        "the show was nice",
        "my flight takes off at nine",
        "where are you from",
        "me muestro tal cual",
        "aku suka baju kamu",
        "मैं ठीक हूँ",
    ],
)
def test_other_lines_do_not_press(line: str) -> None:
    assert not presses([line])
