"""What people are told about lines: words for every line rule, and help that is really there."""

import re
from pathlib import Path

import pytest

from chat import advice
from moderation.intake import Caution
from moderation.lines import rulebook
from moderation.lines.rulebook import Helps

CHAT = Path(advice.__file__).parent
RULES = rulebook.shipped().rules


@pytest.mark.parametrize(
    "rule", [rule for rule in RULES if rule.advice], ids=lambda rule: rule.name
)
def test_a_caution_leads_to_its_chapter_of_the_help_page(rule: rulebook.LineRule) -> None:
    fields = advice.cautioning(Caution(about=rule.name, rule=rule.rule, advice=rule.advice))

    page, _, chapter = fields["help_url"].partition("#")
    assert page == "/help/"
    assert f'id="{chapter}"' in (CHAT / "templates/chat/help.html").read_text()


@pytest.mark.parametrize("language", ["en", "es", "id", "hi", "any"])
def test_who_speaks_of_hurting_themself_is_shown_lines_in_every_language(language: str) -> None:
    lines = advice.help_lines(language)["help_lines"]

    assert all(line["place"] and line["name"] for line in lines)
    assert all(line["number"] for line in lines[:-1])
    assert all(re.fullmatch(r"tel:[*0-9]+", line["url"]) for line in lines[:-1])
    assert lines[-1]["url"] == "https://findahelpline.com"
    assert (len(lines) > 1) is (language != "any")


def test_the_help_page_has_every_line_once() -> None:
    places = [line["place"] for line in advice.help_page()["help_lines"]]

    assert len(places) == len(set(places))
    assert places[0] == "United States"
    assert {"United States", "España", "Indonesia", "भारत"} <= set(places)


def test_the_page_has_words_of_its_own_for_every_line_rule() -> None:
    source = (CHAT / "static/chat/wording.js").read_text()
    cautions, withheld = (
        source.split(f"function {name}")[1].split("\nexport function")[0]
        for name in ("cautionWords", "withheldWords")
    )

    for rule in RULES:
        if rule.advice:
            assert f'case "{rule.name}"' in cautions
        if rule.told:
            assert f'case "{rule.name}"' in withheld


def test_only_who_speaks_of_hurting_themself_is_helped_as_the_speaker() -> None:
    assert [rule.name for rule in RULES if rule.helps is Helps.SPEAKER] == ["self_harm"]
