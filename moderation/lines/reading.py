"""Lines: what of a line is passed on, and what it is judged by (invariant I24).

Exactly the string that was judged is passed on. Judging itself looks at a *skeleton* of it:
compatibility forms folded, look-alikes of other scripts mapped to Latin, digits of every script as
ASCII, Latin accents dropped. Pure functions.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from moderation.lines.lookalikes import lookalike

LINES_JOINED = 10
"""How many of a speaker's last lines are read as one, so that a statement cannot be cut up."""

EARLIER_MAX_CHARACTERS = 120
"""So much of a speaker's earlier lines is read: more than any statement takes. Lines are judged
on the event loop, and long ones would cost everybody else's packets their time."""

_JOINERS = "\u200c\u200d"
_INVISIBLE_LETTERS = "\u115f\u1160\u3164\uffa0\u2800"
_COMBINING_KEYCAP = "\u20e3"
_SPACES = re.compile(r"\s+")

# One sign that stands for a phrase would make 9,000 characters of a line.
_PHRASE_FROM_CHARACTERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A speaker's newest lines as they are judged: skeletons joined by spaces, oldest first.

    The newest line begins at `newest_from`: what is found before it was found already.
    """

    joined: str
    newest_from: int

    @property
    def newest(self) -> str:
        return self.joined[self.newest_from :]


def clean(text: str) -> str:
    """The line as it is passed on: NFC, without control, bidi, tag and private characters.

    Zero-width joiners stay (Hindi needs them), line breaks become spaces, ends are trimmed. May be
    empty.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    return unicodedata.normalize("NFC", text).translate(_KEPT).strip()


def skeleton(text: str) -> str:
    """What a line is judged by; lower case, single spaces."""
    if text.isascii():
        folded = text.lower().replace("`", "'")
    else:
        # Canonical order and composition reach over characters, everything else is one by one.
        folded = unicodedata.normalize("NFC", text.translate(_FOLDS))
    return _SPACES.sub(" ", folded).strip()


def read(text: str, earlier: Sequence[str]) -> Reading:
    """The line `text` behind the speaker's `earlier` ones (oldest first)."""
    before = _newest_of(earlier[-(LINES_JOINED - 1) :])
    newest = skeleton(text)
    joined = f"{before} {newest}" if before else newest
    return Reading(joined=joined, newest_from=len(joined) - len(newest))


def _newest_of(lines: Sequence[str]) -> str:
    """The end of the lines' skeletons, joined."""
    kept: list[str] = []
    length = 0
    for line in reversed(lines):
        if bare := skeleton(line):
            kept.append(bare)
            length += len(bare) + 1
        if length > EARLIER_MAX_CHARACTERS:
            break
    return " ".join(reversed(kept))[-EARLIER_MAX_CHARACTERS:]


class _Once(dict[int, str]):
    """What `rule` makes of each character, worked out when it is first met."""

    def __init__(self, rule: Callable[[str], str]) -> None:
        self._rule = rule

    def __missing__(self, code: int) -> str:
        made = self[code] = self._rule(chr(code))
        return made


def _keep(char: str) -> str:
    if char in "\t\n\r\v\f\u2028\u2029":
        return " "
    if char in _JOINERS:
        return char
    # Default-ignorable code points that Unicode has not assigned yet are as invisible as tags.
    if 0xE0000 <= ord(char) <= 0xE0FFF:
        return ""
    return "" if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"} else char


def _fold(char: str) -> str:
    whole = unicodedata.normalize("NFKC", char)
    if len(whole) >= _PHRASE_FROM_CHARACTERS:
        return " "
    # Other compatibility forms can be further from what they look like than the sign itself.
    if not (whole.isascii() and whole.isalnum()) and not whole.isdecimal():
        whole = unicodedata.normalize("NFKC", lookalike(char))
    # Of the marks only Latin accents go: Devanagari vowels are marks, too.
    parts = unicodedata.normalize("NFD", whole.casefold())
    return "".join(_plain(part) for part in parts)


def _plain(char: str) -> str:
    if "\u0300" <= char <= "\u036f" or "\ufe00" <= char <= "\ufe0f":
        return ""
    if char in _JOINERS or char in _INVISIBLE_LETTERS or char == _COMBINING_KEYCAP:
        return ""
    if char == "`":
        return "'"
    digit = unicodedata.digit(char, None)
    return lookalike(char) if digit is None else str(digit)


_KEPT = _Once(_keep)
_FOLDS = _Once(_fold)
