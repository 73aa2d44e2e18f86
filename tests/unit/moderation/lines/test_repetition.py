"""What makes two lines the same, and how often is too often."""

import pytest

from moderation.lines import rulebook
from moderation.lines.repetition import Repeats, decide, fingerprints
from moderation.lines.rulebook import LineOutcome
from tests.lines_corpus import talk

GREETINGS = rulebook.shipped().greetings
ADVERT = "lonely tonight? my cam show starts now, free for the first ten guests"


def shared(one: str, other: str) -> set[str]:
    prints = (fingerprints(line, GREETINGS, is_offer=False) for line in (one, other))
    return set.intersection(*map(set, prints))


@pytest.mark.parametrize(
    "line",
    [
        "hi",
        "hello",
        "asl?",
        "hi how are you doing today my name is m",
        "hello there, where are you from and what are you up to today?",
        "hola, que tal como estas? de donde eres",
        "halo apa kabar, dari mana kamu? lagi apa",
        "नमस्ते आप कैसे हो, कहाँ से हो आप",
        "25 m germany you?",
        "😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀😀",
    ],
)
def test_what_everybody_says_to_everybody_never_counts(line: str) -> None:
    assert fingerprints(line, GREETINGS, is_offer=False) == ()


def test_first_lines_of_ordinary_talk_hardly_ever_count() -> None:
    openings = [line for lines in talk() for line in lines[:5]]

    assert [line for line in openings if fingerprints(line, GREETINGS, is_offer=False)] == []


@pytest.mark.parametrize(
    "varied",
    [
        ADVERT.upper() + "!!!",
        ADVERT.replace("o", "о"),  # noqa: RUF001
        "9183 " + ADVERT + " 🔥🔥 x7",
        ADVERT + " kqzvb wpfjd lmnrt",
        "kqzvb wpfjd " + ADVERT,
    ],
)
def test_a_robots_variations_are_one_line(varied: str) -> None:
    assert shared(ADVERT, varied)


def test_two_lines_of_ones_own_are_two() -> None:
    assert not shared(ADVERT, "my brother started a bakery in the old harbour last winter")


def test_an_offer_counts_although_it_is_short() -> None:
    assert fingerprints("add me on snap bella", GREETINGS, is_offer=True)
    assert not fingerprints("add me on snap bella", GREETINGS, is_offer=False)


def test_a_line_of_ones_own_is_withheld_from_the_fifth_room_and_an_offer_from_the_third() -> None:
    def outcomes(*, is_offer: bool) -> list[LineOutcome]:
        return [decide(Repeats(rooms=n, devices=1), is_offer=is_offer) for n in range(1, 11)]

    passed, withheld, finding = LineOutcome.PASS, LineOutcome.WITHHOLD, LineOutcome.FINDING
    assert outcomes(is_offer=False) == [passed] * 4 + [withheld] * 5 + [finding]
    assert outcomes(is_offer=True) == [passed] * 2 + [withheld] * 2 + [finding] * 6


def test_a_line_of_many_devices_is_withheld_and_nobody_is_out_for_it() -> None:
    assert decide(Repeats(rooms=1, devices=12), is_offer=True) is LineOutcome.WITHHOLD
    assert decide(Repeats(rooms=1, devices=12), is_offer=False) is LineOutcome.PASS
    assert decide(Repeats(rooms=1, devices=600), is_offer=False) is LineOutcome.WITHHOLD
