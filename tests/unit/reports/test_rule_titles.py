"""One rule, one title: the chat page says what the statement and the console say."""

import re

import pytest

from reports.house_rules import policies
from reports.rules import Rule
from tests.e2e.platform import REPOSITORY

TITLE_IN_SCRIPT = re.compile(r"^ {4}(\w+): gettext\(\"([^\"]+)\"\),$", re.MULTILINE)


@pytest.fixture(scope="module")
def titles_in_script() -> dict[str, str]:
    script = (REPOSITORY / "chat/static/chat/wording.js").read_text()
    start = script.index("function ruleWords")
    return dict(TITLE_IN_SCRIPT.findall(script[start : script.index("\n}", start)]))


def test_the_page_names_every_rule_and_no_other(titles_in_script: dict[str, str]) -> None:
    assert set(titles_in_script) == {rule.value for rule in Rule}


@pytest.mark.parametrize("rule", Rule)
def test_the_page_calls_a_rule_what_its_policy_is_called(
    rule: Rule, titles_in_script: dict[str, str]
) -> None:
    assert titles_in_script[rule.value] == policies.title(rule)


def test_a_rule_with_two_policies_is_called_after_the_open_one() -> None:
    assert policies.title(Rule.NUDITY) == "Nudity on camera"
