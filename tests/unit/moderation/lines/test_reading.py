"""What of a line is passed on, and what it is judged by."""

# Look-alikes are what this is about.
# ruff: noqa: RUF001

import pytest

from moderation.lines.reading import EARLIER_MAX_CHARACTERS, clean, read, skeleton


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
    ("written", "read_as"),
    [
        ("Ｉｎｓｔａ", "insta"),
        ("іnѕtаgrаm", "instagram"),
        ("ꜱɴᴀᴘ", "snap"),
        ("🅸🅽🆂🆃🅰", "insta"),
        ("🇸🇳🇦🇵", "snap"),
        ("тeℓеgrам", "telegram"),
        ("１５ ١٥ १५ ➊➎", "15 15 15 15"),
        ("quítate añoś", "quitate anos"),
        ("example。com", "example.com"),
        ("i’m", "i'm"),
        ("a \u200b\u3000 b", "a b"),
    ],
)
def test_look_alikes_are_read_as_what_they_look_like(written: str, read_as: str) -> None:
    assert skeleton(clean(written)) == read_as


def test_devanagari_keeps_its_vowels_and_its_letters() -> None:
    assert skeleton("मैं १५ साल का हूँ।") == "मैं 15 साल का हूँ।"


def test_the_newest_line_stands_behind_the_end_of_the_earlier_ones() -> None:
    reading = read("C", ["x " * 400, "a", "b"])

    assert reading.newest == "c"
    assert reading.joined.endswith("x a b c")
    assert reading.newest_from <= EARLIER_MAX_CHARACTERS + 1


def test_no_more_than_ten_lines_are_joined() -> None:
    assert read("end", [str(number) for number in range(20)]).joined == (
        "11 12 13 14 15 16 17 18 19 end"
    )
