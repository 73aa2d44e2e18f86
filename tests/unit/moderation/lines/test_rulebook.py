"""Rules for lines that do not do what stands beside them stop the boot."""

import pytest

from moderation.lines import judge, rulebook
from moderation.lines.judge import LineJudge
from moderation.lines.rulebook import RulebookError, parse

BOOK = b"""
version = "7"
[pieces]
who = '''(?:cats|dogs)'''
[signs]
at = '''@'''
"""
CAUTION = """
rule = "spam"
outcome = "caution"
why = "to try"
advice = "beware"
[en]
cues = ["cats", "dogs"]
patterns = ['''
  \\b<<who>> are (?:nice|
  big)''']
matches = ["cats are nice"]
differs = ["cats are small"]
"""


def sources(rule: str = CAUTION, **more: bytes) -> dict[str, bytes]:
    needed = dict.fromkeys(rulebook.REQUIRED, b'rule = "spam"\noutcome = "pass"\nwhy = "needed"')
    return {"book": BOOK, "pets": rule.encode(), **needed, **more}


def test_a_rule_finds_what_its_patterns_say() -> None:
    judging = LineJudge(parse(sources()))

    (match,) = judging.judge("DOGS are big").matches
    assert (match.rule.name, match.language) == ("pets", "en")
    assert judging.judge("birds are big").matches == ()


def test_the_version_follows_the_data() -> None:
    before = parse(sources()).version
    after = parse(sources(CAUTION.replace("big", "fat"))).version

    assert before.startswith("lines-7+")
    assert before != after


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ('outcome = "caution"', 'outcome = "shout"', "outcome=shout"),
        ('rule = "spam"', 'rule = "cats"', "rule=cats"),
        ('why = "to try"', "", "`why`"),
        ('advice = "beware"', "", "`advice`"),
        ('outcome = "caution"', 'outcome = "withhold"', "`told`"),
        ('cues = ["cats", "dogs"]', "", "`cues`"),
        ('cues = ["cats", "dogs"]', 'cues = ["<hash>"]', "<hash>"),
        ("<<who>>", "<<whom>>", "whom"),
        ("big)", "big", "none"),
        ("[en]", "[de]", "'de'"),
        ("patterns =", "pattern =", "'pattern'"),
        ('"cats are nice"]', "7]", "list of texts"),
        ("[en]", "report_after = -1\n[en]", "report_after=-1"),
        ('rule = "spam"', "rule = ", "not TOML"),
    ],
)
def test_a_mistake_in_the_data_is_named(was: str, becomes: str, words: str) -> None:
    assert was in CAUTION
    with pytest.raises(RulebookError, match=r"pets\.toml") as raised:
        parse(sources(CAUTION.replace(was, becomes, 1)))
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('["cats are nice"]', '["cows are nice"]'),
        ('["cats are small"]', '["dogs are big"]'),
        ('["cats", "dogs"]', '["dogs"]'),
    ],
)
def test_an_example_that_is_not_met_is_named(was: str, becomes: str) -> None:
    book = parse(sources(CAUTION.replace(was, becomes)))
    with pytest.raises(RulebookError, match=r"pets\.toml \[en\]"):
        LineJudge(book)


@pytest.mark.parametrize("name", sorted(rulebook.REQUIRED))
def test_what_matters_most_cannot_be_left_out(name: str) -> None:
    left = {key: value for key, value in sources().items() if key != name}
    with pytest.raises(RulebookError, match=name):
        parse(left)


def test_a_book_without_a_version_is_refused() -> None:
    with pytest.raises(RulebookError, match="version"):
        parse(sources() | {"book": b""})


def test_the_shipped_rules_do_what_stands_beside_them() -> None:
    assert judge.shipped().version == rulebook.shipped().version
