"""Lines of full length, made to keep patterns busy: beginnings that repeat and never end."""

from moderation.lines import rulebook
from moderation.lines.reading import clean

LINE_CHARACTERS = 500

ALL_CUES = "all cues"
BAITS = (
    *("i will ", "i am ", "12 ", "a.", "a@", "add me on ", "send me ", "1.2", "dot com ", "six "),
    *("if you don't i ", "a b ", "1a", "video ", "insta: ", "\ufdfa", "\ufdfa i am ", "मैं "),
    *("my insta is ", "what's your ", "pay or ", "te voy a ", "can you please ", ALL_CUES),
)


def bait(name: str) -> str:
    """The line that repeats `name`, or that has every word that a rule begins with."""
    if name != ALL_CUES:
        return clean((name * LINE_CHARACTERS)[:LINE_CHARACTERS])
    sections = [section for rule in rulebook.shipped().rules for section in rule.sections]
    cues = {cue for section in sections for cue in section.cues}
    return clean(" ".join(sorted(cues))[:LINE_CHARACTERS])
