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

_JOINERS = "\u200c\u200d"
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
_COMBINING_KEYCAP = "\u20e3"

# Look-alikes that are commonly typed for Latin letters; compatibility forms are NFKC's business.
_LOOKALIKES = str.maketrans(
    "аеорсухіїјѕһԁɡνοαρτικυϲꓲꓳⅼ’‘`´ʼ＇",  # noqa: RUF001
    "aeopcyxiijshdgvoaptikuciol''''''",
)


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
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_LOOKALIKES)
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
    before = " ".join(skeleton(line) for line in earlier[-(LINES_JOINED - 1) :])
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
