"""Who breaks which rule with a line, however it is written, and who breaks none."""

import re._constants as operators  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
import socket
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from moderation.lines import judge, rulebook
from moderation.lines.reading import clean
from moderation.lines.rulebook import LineOutcome
from reports.rules import Rule
from tests.lines_baits import BAITS, bait
from tests.lines_corpus import HELD_OUT, TUNED, examples, talk

LINE_MAX_S = 0.05
"""Of CPU time, many times what the worst of the baits takes."""

# The least share that has to be found of what was held out.
RECALL_MIN = 0.8
FALSE_MAX = 0.02


def rules(line: str, earlier: Sequence[str] = (), asked: Sequence[str] = ()) -> set[str]:
    matches = judge.shipped().judge(clean(line), earlier, asked).matches
    return {match.rule.name for match in matches}


def test_nearly_all_lines_that_the_rules_were_tuned_on_are_found() -> None:
    missed = [one for one in examples(*TUNED) if one.rule and one.rule not in one.found]

    assert [one.lines for one in missed] == [
        ("s h o w  t i t s",),
        ("i'm more active on telegram",),
        ("kate dot tv slash live",),
        ("kate डॉट इन खोलो",),
    ]


def test_no_innocent_line_that_the_rules_were_tuned_on_breaks_one() -> None:
    assert [one for one in examples(*TUNED) if not one.rule and one.found] == []


def test_lines_that_were_held_out_are_mostly_found_and_hardly_ever_wrongly() -> None:
    every = list(examples(*HELD_OUT))
    breaking = [one for one in every if one.rule]
    innocent = [one for one in every if not one.rule]

    assert sum(one.rule in one.found for one in breaking) / len(breaking) >= RECALL_MIN
    assert sum(bool(one.found) for one in innocent) / len(innocent) <= FALSE_MAX


def test_ordinary_talk_breaks_no_rule() -> None:
    for lines in talk():
        for number, line in enumerate(lines):
            assert rules(line, lines[:number]) == set(), line


def test_ages_that_were_held_out_are_found_as_before_and_never_wrongly() -> None:
    every = list(examples("age_lines_held_out"))
    stating = [one for one in every if one.rule]

    assert sum("age_under_18" in one.found for one in stating) / len(stating) >= 0.8
    assert [one for one in every if not one.rule and "age_under_18" in one.found] == []


def test_a_statement_cut_into_several_lines_is_found() -> None:
    assert "age_under_18" in rules("15", ["hey", "so", "i'm"])
    assert "age_under_18" in rules("5", ["i am", "1"])


def test_a_statement_cut_up_behind_a_long_talk_is_found() -> None:
    earlier = ["so nice here " * 38, "i am", "\u200d" * 400, "only"]

    assert "age_under_18" in rules("15", earlier)


def test_a_number_given_digit_by_digit_is_found_with_its_last_digit() -> None:
    digits = list("6175550123")

    assert "phone_number" not in rules(digits[5], digits[:5])
    assert "phone_number" in rules(digits[9], digits[:9])


def test_what_was_found_is_not_found_again_in_a_new_line() -> None:
    for earlier in (["i'm 15"], ["add me on snap"], ["see example.com"], ["617 555 0123"]):
        assert rules("nice to meet you", earlier) == set(), earlier


def test_a_bare_number_is_an_age_only_as_an_answer() -> None:
    assert rules("15") == set()
    assert rules("25", asked=["how old are you?"]) == set()
    for question in (
        "how old are you",
        "asl?",
        "¿cuántos años tienes?",
        "umur berapa?",
        "उम्र क्या है",
    ):
        assert rules("15", asked=["hi", question]) == {"age_under_18"}, question


@pytest.mark.parametrize(
    "asked",
    [
        ["how old is your cat?"],
        ["how old are your kids"],
        ["how old were you when you moved?"],
        ["what age did you start?"],
        ["a good job at your age! how long have you had it"],
        ["how old are you", "ok what time is it there"],
        ["how old are you", "lol", "how many hours do you work a day"],
        ["cuántos años tienes", "qué hora es"],
        ["cuántos años tiene tu hermano"],
        ["umur kamu berapa", "jam berapa di sana"],
        ["berapa umur anakmu"],
        ["kitne saal ke ho", "kitne baje hai"],
        ["kitne saal se wahan ho"],
    ],
)
def test_nobody_is_thrown_out_for_another_number_than_their_age(asked: Sequence[str]) -> None:
    assert rules("12", asked=asked) == set()


@pytest.mark.parametrize(
    "asked",
    [
        ["how old r u"],
        ["how old ru"],
        ["and how old are u really?"],
        ["how old is u"],
        ["whats your age"],
        ["what's ur age?"],
        ["age?"],
        ["name, age, country?"],
        ["nombre y edad"],
        ["ur age pls"],
        ["asl"],
        ["how many siblings?", "how old are you"],
        ["how old are you", "tell me", "pls"],
        ["cuántos años tienes"],
        ["cuantos anos tiene usted"],
        ["qué edad tienes?"],
        ["edad?"],
        ["berapa umurmu"],
        ["umur berapa kak"],
        ["umurnya berapa"],
        ["आपकी उम्र क्या है"],
        ["kitne saal ke ho"],
        ["apki umar kya hai"],
        ["कितने साल के हो"],
    ],
)
def test_whoever_is_asked_for_their_age_and_says_12_is(asked: Sequence[str]) -> None:
    assert rules("12", asked=asked) == {"age_under_18"}


def test_a_name_is_a_handle_as_an_answer() -> None:
    assert rules("bella_22") == set()
    assert rules("bella_22", asked=["what's your insta?"]) == {"contact_handle"}


def test_the_gravest_rule_decides() -> None:
    verdict = judge.shipped().judge("i'm 15, add me on snap: bella22, example.com")

    assert verdict.outcome is LineOutcome.FINDING
    assert verdict.gravest is not None
    assert verdict.gravest.rule is Rule.MINOR
    assert [match.rule.name for match in verdict.matches[1:]] == ["link", "contact_handle"]


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("add me on snap", LineOutcome.CAUTION),
        ("617-555-0123", LineOutcome.CAUTION),
        ("example.com", LineOutcome.WITHHOLD),
        ("send me a steam gift card", LineOutcome.WITHHOLD),
        ("i will kill you", LineOutcome.WITHHOLD),
        ("i want to kill myself", LineOutcome.PASS),
        ("i'm 15", LineOutcome.FINDING),
        ("hello", LineOutcome.PASS),
    ],
)
def test_each_kind_of_line_has_its_outcome(line: str, outcome: LineOutcome) -> None:
    assert judge.shipped().judge(line).outcome is outcome


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
    assert judge.shipped().presses(["hello", line])


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
    assert not judge.shipped().presses([line])


def test_nothing_is_asked_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    own = judge.LineJudge(rulebook.load(rulebook.SHIPPED))

    assert own.judge("example.co.uk or +1 617 555 0123").outcome is LineOutcome.WITHHOLD


@pytest.mark.parametrize("name", BAITS)
def test_no_line_takes_long_to_judge(name: str) -> None:
    judging, longest = judge.shipped(), bait(name)
    judging.judge(longest, [longest] * 9, [longest] * 3)
    began_s = time.thread_time()

    judging.judge(longest, [longest] * 9, [longest] * 3)

    assert time.thread_time() - began_s < LINE_MAX_S


def test_no_pattern_repeats_without_bound_what_repeats_without_bound() -> None:
    """What backtracks catastrophically does; looked for in the patterns, not by a clock."""
    for rule in rulebook.shipped().rules:
        for section in rule.sections:
            for pattern in section.patterns:
                found = any(_nested(parser.parse(pattern.pattern), is_inside=False))
                assert not found, f"{rule.name} [{section.language}] {pattern.pattern[:80]}"


def _nested(parts: Any, *, is_inside: bool) -> Iterator[bool]:
    for operator, value in parts:
        match operator:
            case operators.MAX_REPEAT | operators.MIN_REPEAT:
                is_unbounded = value[1] == operators.MAXREPEAT
                yield is_inside and is_unbounded
                yield from _nested(value[2], is_inside=is_inside or is_unbounded)
            case operators.SUBPATTERN:
                yield from _nested(value[3], is_inside=is_inside)
            case operators.BRANCH:
                for branch in value[1]:
                    yield from _nested(branch, is_inside=is_inside)
            case operators.ASSERT | operators.ASSERT_NOT:
                yield from _nested(value[1], is_inside=is_inside)
