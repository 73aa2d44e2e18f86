"""Lines: what of a line is passed on, and what it is judged by (invariants I9 and I24).

Exactly the string that was judged is passed on. Judging itself looks at a *skeleton* of it:
compatibility forms folded, look-alikes of other scripts mapped to Latin, digits of every script as
ASCII, Latin accents dropped. Pure functions; the patterns are in `moderation.text_rules`.
"""

import re
import unicodedata
from collections.abc import Sequence

from moderation import text_rules

LINES_JOINED = 10
"""How many of a speaker's last lines are read as one, so that a statement cannot be cut up."""

EARLIER_MAX_CHARACTERS = 300
"""So much of a speaker's earlier lines is read: more than any statement takes. Lines are judged
on the event loop, and long ones would cost everybody else's packets their time."""

_JOINERS = "\u200c\u200d"
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
_COMBINING_KEYCAP = "\u20e3"

# Look-alikes that are commonly typed for Latin letters; compatibility forms are NFKC's business.
_LOOKALIKES = str.maketrans(
    "аеорсухіїјѕһԁɡνοαρτικυϲꓲꓳⅼ’‘`´ʼ＇",  # noqa: RUF001
    "aeopcyxiijshdgvoaptikuciol''''''",
)

# One sign that stands for a phrase would make 9,000 characters of a line.
_PHRASES = {
    code: " "
    for code in (*range(0x3300, 0x3400), *range(0xFDF0, 0xFE00))
    if len(unicodedata.normalize("NFKC", chr(code))) > 4
}


def clean(text: str) -> str:
    """The line as it is passed on: NFC, without control, bidi, tag and private characters.

    Zero-width joiners stay (Hindi needs them), line breaks become spaces, ends are trimmed. May be
    empty.
    """
    normal = unicodedata.normalize("NFC", text)
    kept = "".join(" " if char in "\t\n\r\v\f\u2028\u2029" else char for char in normal)
    return "".join(char for char in kept if not _is_stripped(char)).strip()


def skeleton(text: str) -> str:
    """What a line is judged by; lower case, single spaces."""
    short = text.translate(_PHRASES)
    folded = unicodedata.normalize("NFKC", short).casefold().translate(_LOOKALIKES)
    decomposed = unicodedata.normalize("NFD", folded)
    # Of the marks only Latin accents go: Devanagari vowels are marks, too.
    plain = "".join(_plain(char) for char in decomposed)
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", plain)).strip()


def states_age_under_18(text: str, earlier: Sequence[str], asked: Sequence[str]) -> bool:
    """Whether the line says that its writer is under 18, in English, Indonesian, Spanish or Hindi.

    `earlier` are the speaker's lines before it, oldest first; `asked` the partner's latest lines:
    a bare number counts when one of them asks for the age.
    """
    newest = skeleton(text)
    before = _newest_of(earlier[-(LINES_JOINED - 1) :])
    joined = f"{before} {newest}" if before else newest
    if text_rules.finds_age_statement(joined, newest_from=len(joined) - len(newest)):
        return True
    if text_rules.finds_age_statement(newest, newest_from=0):
        return True
    return text_rules.is_bare_age(newest) and any(
        text_rules.asks_for_age(skeleton(line)) for line in asked
    )


def presses(lines: Sequence[str]) -> bool:
    """Whether any of the lines presses the reader to undress or show something (invariant I10)."""
    return any(text_rules.is_pressing(skeleton(line)) for line in lines)


def _newest_of(lines: Sequence[str]) -> str:
    """The end of the lines' skeletons, joined."""
    joined = ""
    for line in reversed(lines):
        joined = f"{skeleton(line)} {joined}".strip()
        if len(joined) >= EARLIER_MAX_CHARACTERS:
            break
    return joined[-EARLIER_MAX_CHARACTERS:]


def _is_stripped(char: str) -> bool:
    if char in _JOINERS:
        return False
    # Default-ignorable code points that Unicode has not assigned yet are as invisible as tags.
    if 0xE0000 <= ord(char) <= 0xE0FFF:
        return True
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}


def _plain(char: str) -> str:
    if "\u0300" <= char <= "\u036f" or "\ufe00" <= char <= "\ufe0f":
        return ""
    if char in _JOINERS or char in _INVISIBLE_LETTERS or char == _COMBINING_KEYCAP:
        return ""
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
