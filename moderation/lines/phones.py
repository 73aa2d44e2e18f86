"""Phone numbers: digits, also spelled out or one by one, that are a number somewhere.

What is a number is known by `phonenumbers`, in the regions that the rule names; its own search for
numbers in a text is not used, since it takes a hundred times longer and knows no spelled digits.
"""

import re
from collections.abc import Mapping

import phonenumbers

from moderation.lines.reading import Reading

DIGITS_MIN = 7
NATIONAL_DIGITS_MIN = 9
"""Without its country a shorter number can't be called from elsewhere, and is mostly none."""

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\s\d.,;:!?()/+*#'\"_-]+")
_LETTER_FOR_DIGIT = re.compile(r"(?<![a-z])[oil]{1,3}(?=\d)|(?<=\d)[oil]{1,3}(?![a-z])")
_REPEATED = re.compile(r"(?<!\S)(double|triple|doble|dobel) (\d)")
_AS_DIGITS = str.maketrans("oil", "011")
_TIMES = {"double": 2, "doble": 2, "dobel": 2, "triple": 3}
_CANDIDATE = re.compile(
    r"(?<![\w$€£₹#@/=])(?<!\d[.,:])(\+|00)?(\(?\d(?:[ ()*_.,/-]{0,3}\d){6,14})(?![\d%$€£₹]|[.,:]\d)"
)
# Dates, years, thousands, decimals and counting: digits that nobody calls.
_NO_NUMBER = re.compile(
    r"(?:19|20)\d\d[-./]\d\d?[-./]\d\d?(?: \d+)*|\d\d?[-./]\d\d?[-./](?:19|20)?\d\d(?: \d+)*|"
    r"(?:(?:19|20)\d\d[ -]?)+|\d{1,3}(?:[.,]\d{3})+|\d+[.,]\d{5,}|(\d)(?:\D*\1)+"
)
_COUNTING = "0123456789101112131415161718192021222324252627282930"
_COUNTING_DOWN = "10987654321098765432109876543210"


class PhoneFinder:
    """Finds phone numbers; `words` has the words of the digits "0" to "9", `between`: words that
    may stand between two digits, and `regions`: where a number without its country may be from."""

    def __init__(self, words: Mapping[str, tuple[str, ...]]) -> None:
        self._digits = {word: digit for digit in "0123456789" for word in words[digit]}
        self._between = frozenset(words["between"])
        self._regions = words["regions"]

    def finds(self, reading: Reading) -> bool:
        """Whether the newest line has a phone number, or completes one."""
        earlier = self._plain(reading.joined[: reading.newest_from])
        text = earlier + self._plain(reading.newest)
        if len(_DIGIT.findall(text)) < DIGITS_MIN:
            return False
        return any(
            found.end() > len(earlier) and self._is_number(found)
            for found in _CANDIDATE.finditer(text)
        )

    def _plain(self, text: str) -> str:
        text = _WORD.sub(self._digit, text)
        text = _REPEATED.sub(lambda found: " ".join([found[2]] * _TIMES[found[1]]), text)
        text = _LETTER_FOR_DIGIT.sub(lambda found: found[0].translate(_AS_DIGITS), text)
        return re.sub(r" {2,}", " ", text)

    def _digit(self, word: re.Match[str]) -> str:
        return "" if word[0] in self._between else self._digits.get(word[0], word[0])

    def _is_number(self, found: re.Match[str]) -> bool:
        if _NO_NUMBER.fullmatch(found[2]):
            return False
        digits = "".join(_DIGIT.findall(found[2]))
        if digits in _COUNTING or digits in _COUNTING_DOWN:
            return False
        if found[1] is not None:
            return _is_valid(f"+{digits}", None)
        if len(digits) < NATIONAL_DIGITS_MIN:
            return False
        return any(_is_valid(digits, region) for region in self._regions)


def _is_valid(digits: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False
