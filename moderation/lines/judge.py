"""A line is judged: the rulebook and a speaker's lines in, the line rules that it breaks out. Pure.

Most lines break none, and every line is judged on the event loop. So the words of a line are looked
up first: a pattern is tried only where a word begins like one of its cues.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from moderation.lines import rulebook
from moderation.lines.links import LinkFinder
from moderation.lines.phones import PhoneFinder
from moderation.lines.reading import LINES_JOINED, Reading, read, skeleton
from moderation.lines.rulebook import (
    CUE_CHARACTERS,
    GRAVITY,
    Answers,
    Detector,
    LineOutcome,
    LineRule,
    Rulebook,
    RulebookError,
    Section,
)

_SIGNLESS = re.compile(r"[^\d@.:]*")
_APART = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~।॥¿¡', " ") | {"'": None})
_SPREAD = re.compile(r"(?<!\w)[a-z](?:(?:[\s_*|/-]{1,3}|\.)[a-z]){2,}(?!\w)")
_LEET = re.compile(
    r"(?<![\w@$!])(?=[\w@$!]*[a-z])[a-z]*[01345789@$!][\w@$!]*[a-z]|[01345@$!][a-z]{2,}"
)
_LEET_WORD = re.compile(r"[\w@$!]*[a-z][\w@$!]*")
_LONE_ONE = re.compile(r"(?<!\S)1(?= [a-z])")
_LETTERS = str.maketrans("01345789@$!", "oieastbgasi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A line rule that a line breaks. `language` is that of the pattern, "any" where none is."""

    rule: LineRule
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVerdict:
    """What was found in a line, the gravest first; nothing, for most."""

    matches: tuple[Match, ...]

    @property
    def gravest(self) -> LineRule | None:
        return self.matches[0].rule if self.matches else None

    @property
    def outcome(self) -> LineOutcome:
        return self.matches[0].rule.outcome if self.matches else LineOutcome.PASS


class LineJudge:
    """Judges lines by one rulebook. Raises `RulebookError` where an example of it is not met."""

    def __init__(self, book: Rulebook) -> None:
        self.version = book.version
        self._sections = [(rule, section) for rule in book.rules for section in rule.sections]
        self._answers = [(rule, rule.answers) for rule in book.rules if rule.answers is not None]
        self._detectors = {rule.name: _detector(rule) for rule in book.rules}
        self._masks: dict[str, int] = {}
        for number, (_, section) in enumerate(self._sections):
            for cue in section.cues:
                self._masks[cue] = self._masks.get(cue, 0) | 1 << number
        self._signs = [(sign, self._masks.pop(cue, 0)) for cue, sign in book.signs.items()]
        for rule in book.rules:
            self._check_examples(rule)

    def judge(
        self, text: str, earlier: Sequence[str] = (), asked: Sequence[str] = ()
    ) -> LineVerdict:
        """What the cleaned line `text` breaks.

        `earlier` are the speaker's lines before it, oldest first; `asked` the partner's latest
        lines: some answers count only where one of them asks.
        """
        reading = read(text, earlier)
        found: dict[str, Match] = {}
        for view, detect in _views(reading):
            for match in self._matches(view, detect=detect):
                found.setdefault(match.rule.name, match)
        for rule, answers in self._answers:
            is_answer = any(answer.fullmatch(reading.newest) for answer in answers.answers)
            if is_answer and _asks(answers, asked):
                found.setdefault(rule.name, Match(rule=rule, language="any"))
        matches = sorted(found.values(), key=lambda match: -GRAVITY.index(match.rule.outcome))
        return LineVerdict(matches=tuple(matches))

    def presses(self, lines: Sequence[str]) -> bool:
        """Whether any of the lines presses the reader to undress or show something (I10)."""
        return any(match.rule.presses for line in lines for match in self.judge(line).matches)

    def _matches(self, reading: Reading, *, detect: bool) -> Iterator[Match]:
        mask = self._mask(reading)
        while mask:
            lowest = mask & -mask
            mask ^= lowest
            rule, section = self._sections[lowest.bit_length() - 1]
            if _finds(section, reading) or (detect and self._detects(rule, section, reading)):
                yield Match(rule=rule, language=section.language)

    def _mask(self, reading: Reading) -> int:
        """The sections that one of the words may belong to, as bits."""
        joined, masks = reading.joined, self._masks
        mask = 0
        for word in joined.translate(_APART).split():
            mask |= masks.get(word[:CUE_CHARACTERS], 0)
        if not _SIGNLESS.fullmatch(joined):
            for sign, sections in self._signs:
                if sign.search(joined):
                    mask |= sections
        return mask

    def _detects(self, rule: LineRule, section: Section, reading: Reading) -> bool:
        detector = self._detectors[rule.name]
        return section.language == "any" and detector is not None and detector(reading)

    def _check_examples(self, rule: LineRule) -> None:
        for section in rule.sections:
            for line in section.matches:
                if not self._breaks(line, rule):
                    raise RulebookError(
                        f"{rule.name}.toml [{section.language}] does not match {line!r}: mend the "
                        "patterns or cues, or take the example out"
                    )
            for line in section.differs:
                if self._breaks(line, rule):
                    raise RulebookError(
                        f"{rule.name}.toml [{section.language}] matches {line!r}: mend the "
                        "patterns, or take the example out"
                    )

    def _breaks(self, line: str, rule: LineRule) -> bool:
        """Whether the example `line` breaks `rule`; " / " parts the lines it is said in."""
        *earlier, newest = line.split(" / ")
        matches = self.judge(newest, earlier).matches
        return any(match.rule is rule for match in matches)


@cache
def shipped() -> LineJudge:
    """The judge by the shipped rules. Raises `RulebookError`."""
    return LineJudge(rulebook.shipped())


def _detector(rule: LineRule) -> Callable[[Reading], bool] | None:
    match rule.detector:
        case Detector.PHONE_NUMBER:
            return PhoneFinder(rule.words).finds
        case Detector.LINK:
            return LinkFinder(rule.words).finds
        case None:
            return None


def _asks(answers: Answers, asked: Sequence[str]) -> bool:
    """Whether the newest of the lines that ask for such an answer asks for this one."""
    for line in map(skeleton, reversed(asked)):
        if any(question.search(line) for question in answers.questions):
            return True
        if any(other.search(line) for other in answers.others):
            return False
    return False


def _finds(section: Section, reading: Reading) -> bool:
    for pattern in section.patterns:
        for found in pattern.finditer(reading.joined):
            if found.end() > reading.newest_from:
                return True
        # Once more by itself: what begins a line does not begin what is joined.
        if reading.newest_from and pattern.search(reading.newest):
            return True
    return False


def _views(reading: Reading) -> Iterator[tuple[Reading, bool]]:
    """The reading as it is, and without letters apart ("s n a p") or digits for letters; each with
    whether detectors read it: they are about the very signs."""
    yield reading, True
    start = max(0, reading.newest_from - 2 * LINES_JOINED)
    if _SPREAD.search(reading.joined, start):
        yield _seen(reading, _unspread), True
    if _LEET.search(reading.joined, start):
        yield _seen(reading, _unleet), False


def _seen(reading: Reading, view: Callable[[str], str]) -> Reading:
    joined = view(reading.joined)
    return Reading(joined=joined, newest_from=max(0, len(joined) - len(view(reading.newest))))


def _unspread(text: str) -> str:
    return _SPREAD.sub(lambda found: re.sub(r"[\W_]", "", found[0]), text)


def _unleet(text: str) -> str:
    return _LONE_ONE.sub("i", _LEET_WORD.sub(lambda found: found[0].translate(_LETTERS), text))
