"""The same line in many rooms: what makes two lines the same, and how often is too often. Pure.

A line is the same when its letters are, or the first or last of them: digits, signs and pictures
are what robots change. Greetings and short lines never count: everybody says them to everybody.
"""

from dataclasses import dataclass

from moderation.lines.reading import skeleton
from moderation.lines.rulebook import LineOutcome

NAME = "many_rooms"
"""What it is called in `withheld`, as line rules are by their names."""
TOLD = "You have said this to several people. Write something that is meant for this one."

OPENING_LINES = 5
"""Robots come to the point. Later lines are not counted, so that talk leaves no trace here; lines
that offer or ask for something are counted wherever they stand."""

_LETTERS_MIN = 24
_OFFER_LETTERS_MIN = 8
_WORDS_MIN = 4
_END_LETTERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Where the same line was said within the hour, this time included: in how many conversations
    by this device, and by about how many devices."""

    rooms: int
    devices: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """The room from which a line is withheld, the one from which its device is out, and the number
    of devices from which the line is withheld from all."""

    withheld: int
    out: int
    devices: int


_OFFERS = _Limits(withheld=3, out=5, devices=12)
_OTHERS = _Limits(withheld=5, out=10, devices=60)


def fingerprints(text: str, greetings: frozenset[str], *, is_offer: bool) -> tuple[str, ...]:
    """By what `text` is known again; nothing for lines that everybody says.

    `greetings` are words that make no line anybody's own. `is_offer`: it offers or asks for
    something, so that less of it is enough.
    """
    plain = skeleton(text)
    letters = "".join(char for char in plain if char.isalpha())
    own = {word.strip(".,!?:;'\"()") for word in plain.split()} - greetings
    is_telling = len(letters) >= _LETTERS_MIN and len(own) >= _WORDS_MIN
    if not is_telling and not (is_offer and len(letters) >= _OFFER_LETTERS_MIN):
        return ()
    if len(letters) <= _END_LETTERS:
        return (letters,)
    return (letters, letters[:_END_LETTERS], letters[-_END_LETTERS:])


def decide(repeats: Repeats, *, is_offer: bool) -> LineOutcome:
    """What becomes of a line that was said so often."""
    limits = _OFFERS if is_offer else _OTHERS
    if repeats.rooms >= limits.out:
        return LineOutcome.FINDING
    if repeats.rooms >= limits.withheld or repeats.devices >= limits.devices:
        return LineOutcome.WITHHOLD
    return LineOutcome.PASS
