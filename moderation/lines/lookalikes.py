"""Which Latin letter, digit or sign a character looks like: Unicode's confusables (UTS 39).

The table is that of the package `confusable_homoglyphs`. UTS 39 names one prototype for each group
of look-alikes; where a small letter has none in ASCII, that of its capital is taken (Cyrillic "м").
What the table doesn't have, letters in squares, circles and flags, is read from Unicode's names.
Devanagari, in which one of our languages is written, is left alone.
"""

import re
import unicodedata

from confusable_homoglyphs import confusables

_LETTER_IN_NAME = re.compile(
    r"(?:REGIONAL INDICATOR SYMBOL LETTER|(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|"
    r"LATIN LETTER SMALL CAPITAL|LATIN SMALL LETTER DOTLESS|LATIN SMALL LETTER) ([A-Z])"
    r"(?: WITH (?:STROKE|HOOK|TAIL|BAR|CURL|LONG LEG|LEFT HOOK|RETROFLEX HOOK))?"
)
_MORE = {"\N{IDEOGRAPHIC FULL STOP}": ".", "\N{BULLET}": ".", "\N{MIDDLE DOT}": "."}
"""Points of other scripts, which are read as points, whatever they look like."""

_DEVANAGARI = range(0x0900, 0x0980)


def lookalike(char: str) -> str:
    """The ASCII that `char` looks like, in lower case; `char` itself where it looks like none."""
    if char.isascii() or ord(char) in _DEVANAGARI or unicodedata.category(char) in {"Mn", "Mc"}:
        return char
    if char in _MORE:
        return _MORE[char]
    for form in (char, char.upper()):
        prototypes = [entry["c"] for entry in confusables.confusables_data.get(form, ())]
        for prototype in (*prototypes, form):
            if prototype.isascii():
                return str(prototype).lower()
            if letter := _LETTER_IN_NAME.fullmatch(unicodedata.name(prototype[:1], "")):
                return letter[1].lower()
    return char
