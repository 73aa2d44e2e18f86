"""Words for what is stored."""

from chat.wording import language_names


def test_a_language_that_has_no_name_stays_a_tag() -> None:
    assert language_names(["hi", "x-hopelandic", "en-GB"]) == ["Hindi", "x-hopelandic", "English"]
