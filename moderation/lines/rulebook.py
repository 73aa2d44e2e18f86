"""The rules for lines as data: read from TOML, checked, compiled once.

One file is one line rule; its stem is the rule's name. Each language has patterns over skeletons,
the beginnings of words without which none of them can match (`cues`), and examples of what they
must match and must not. The examples are checked when the book is read: a rule that doesn't do
what stands beside it stops the boot.

Errors: `RulebookError` names file, entry and fix; a retry does not help.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from reports.rules import Rule

SHIPPED = Path(__file__).parent / "rules"

LANGUAGES = ("any", "en", "es", "id", "hi")
"""Sections of a file; `any` holds what is no language's own."""

REQUIRED = frozenset({"age_under_18", "link"})
"""Without these there would be lines that nobody screens for what matters most."""

CUE_CHARACTERS = 5
"""So much of a word's beginning is compared with the cues."""

Choice = TypeVar("Choice", bound=StrEnum)

_FIELDS = {
    *(
        "rule",
        "outcome",
        "why",
        "told",
        "advice",
        "report_after",
        "helps",
        "presses",
        "detector",
        "words",
        "pieces",
    ),
    *("answers", *LANGUAGES),
}
_SECTION_FIELDS = {"cues", "patterns", "matches", "differs"}
_PIECE = re.compile(r"<<([a-z_]+)>>")
_INDENT = re.compile(r"(?:\A|\n) *")


class RulebookError(Exception):
    """The rules can't be used; the text says what to change."""


class LineOutcome(StrEnum):
    """What becomes of a line, mildest first."""

    PASS = "pass"  # noqa: S105
    CAUTION = "caution"  # it passes, and the receiver is cautioned
    WITHHOLD = "withhold"  # it doesn't, and the speaker is told why
    FINDING = "finding"  # nor does it, and the conversation is over


GRAVITY = tuple(LineOutcome)


class Helps(StrEnum):
    """Whom a rule shows where to find help."""

    NOBODY = "nobody"
    SPEAKER = "speaker"
    RECEIVER = "receiver"


class Detector(StrEnum):
    """What code with a library finds, besides patterns."""

    PHONE_NUMBER = "phone_number"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The patterns of one line rule in one language."""

    language: str
    cues: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]
    matches: tuple[str, ...]
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What counts only as an answer to a question among the partner's last lines; none of
    `others`, which ask for something like it, may have come after that."""

    questions: tuple[re.Pattern[str], ...]
    others: tuple[re.Pattern[str], ...]
    answers: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRule:
    """One thing that lines are screened for.

    `rule` is the rule of the house that it belongs to. A report is made in every `report_after`-th
    conversation of a day in which a device says such lines (0: never). `told` are the words for the
    speaker of a line that is withheld, `advice` those for the receiver, for clients that have none
    of their own. `presses` says that it presses the reader (I10).
    `words` are lists that the detector reads.
    """

    name: str
    rule: Rule
    outcome: LineOutcome
    told: str
    advice: str
    report_after: int
    helps: Helps
    presses: bool
    detector: Detector | None
    words: Mapping[str, tuple[str, ...]]
    sections: tuple[Section, ...]
    answers: Answers | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """All line rules, the gravest outcome first. `version` goes into findings.

    `signs` are cues that are no words: a section with the cue "<at>" is tried where the sign `at`
    is found. `greetings` are words that make no line anybody's own.
    """

    version: str
    signs: Mapping[str, re.Pattern[str]]
    greetings: frozenset[str]
    rules: tuple[LineRule, ...]


@cache
def shipped() -> Rulebook:
    """The rules that come with the program. Raises `RulebookError`."""
    return load(SHIPPED)


def load(folder: Path) -> Rulebook:
    """The rules in the TOML files of `folder`, without their examples checked."""
    sources = {path.stem: path.read_bytes() for path in sorted(folder.glob("*.toml"))}
    return parse(sources)


def parse(sources: Mapping[str, bytes]) -> Rulebook:
    """The rules in `sources`, TOML by name; `book` holds the version and common pieces."""
    digest = hashlib.sha256()
    tables = {}
    for name, source in sorted(sources.items()):
        digest.update(f"{name}:{len(source)}:".encode() + source)
        try:
            tables[name] = tomllib.loads(source.decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RulebookError(f"{name}.toml is not TOML: {error}; correct that line") from error
    book = tables.pop("book", {})
    version = book.get("version")
    if not isinstance(version, str) or not 1 <= len(version) <= 16:
        raise RulebookError('book.toml: set `version` to 1 to 16 characters, as in version = "2"')
    if missing := sorted(REQUIRED - tables.keys()):
        raise RulebookError(f"The rule {missing[0]} is missing: add {missing[0]}.toml")
    signs = _Expander("book", {}).named("book.toml [signs]", book.get("signs", {}))
    rules = [_line_rule(name, table, book.get("pieces", {})) for name, table in tables.items()]
    rules.sort(key=lambda rule: -GRAVITY.index(rule.outcome))
    for rule in rules:
        for section in rule.sections:
            if unknown := {cue for cue in section.cues if cue[0] == "<"} - set(signs):
                raise RulebookError(f"{rule.name}.toml: no sign {min(unknown)} in book.toml")
    return Rulebook(
        version=f"lines-{version}+{digest.hexdigest()[:8]}",
        signs=signs,
        greetings=frozenset(_texts("book.toml", book, "greetings")),
        rules=tuple(rules),
    )


def _line_rule(name: str, table: dict[str, Any], common: dict[str, str]) -> LineRule:
    _check_names(f"{name}.toml", table, _FIELDS)
    texts = {field: table.get(field, "") for field in ("why", "told", "advice")}
    if not all(isinstance(text, str) for text in texts.values()) or not texts["why"]:
        raise RulebookError(f"{name}.toml: say in `why` for what reason the rule is as it is")
    pieces = common | table.get("pieces", {})
    expand = _Expander(name, pieces)
    report_after = table.get("report_after", 0)
    if isinstance(report_after, bool) or not isinstance(report_after, int) or report_after < 0:
        raise RulebookError(f"{name}.toml: report_after={report_after}, use a whole number")
    detector = table.get("detector")
    outcome = _one_of(LineOutcome, name, table, "outcome")
    helps = _one_of(Helps, name, {"helps": "nobody"} | table, "helps")
    if outcome is LineOutcome.WITHHOLD and not texts["told"]:
        raise RulebookError(f"{name}.toml: say in `told` why the line was withheld")
    if (outcome is LineOutcome.CAUTION or helps is Helps.RECEIVER) and not texts["advice"]:
        raise RulebookError(f"{name}.toml: say in `advice` what the receiver is cautioned of")
    return LineRule(
        name=name,
        rule=_one_of(Rule, name, table, "rule"),
        outcome=outcome,
        told=texts["told"],
        advice=texts["advice"],
        report_after=report_after,
        helps=helps,
        presses=table.get("presses") is True,
        detector=None if detector is None else _one_of(Detector, name, table, "detector"),
        words=_words(name, table.get("words", {})),
        sections=tuple(_sections(name, table, expand)),
        answers=_answers(name, table.get("answers"), expand),
    )


def _sections(name: str, table: dict[str, Any], expand: "_Expander") -> Iterator[Section]:
    for language in LANGUAGES:
        if language not in table:
            continue
        section = table[language]
        where = f"{name}.toml [{language}]"
        if not isinstance(section, dict):
            raise RulebookError(f"{where} is no table")
        _check_names(where, section, _SECTION_FIELDS)
        cues = _texts(where, section, "cues")
        patterns = expand.all(where, _texts(where, section, "patterns"))
        if patterns and not cues:
            raise RulebookError(f"{where}: name `cues`, or the patterns are never tried")
        yield Section(
            language=language,
            cues=frozenset(cue if cue.startswith("<") else cue[:CUE_CHARACTERS] for cue in cues),
            patterns=patterns,
            matches=_texts(where, section, "matches"),
            differs=_texts(where, section, "differs"),
        )


def _words(name: str, table: object) -> Mapping[str, tuple[str, ...]]:
    where = f"{name}.toml [words]"
    if not isinstance(table, dict):
        raise RulebookError(f"{where} is no table")
    return {field: _texts(where, table, field) for field in table}


def _answers(name: str, table: object, expand: "_Expander") -> Answers | None:
    if table is None:
        return None
    where = f"{name}.toml [answers]"
    if not isinstance(table, dict):
        raise RulebookError(f"{where} is no table")
    _check_names(where, table, {"questions", "others", "patterns"})
    return Answers(
        questions=expand.all(where, _texts(where, table, "questions")),
        others=expand.all(where, _texts(where, table, "others")),
        answers=expand.all(where, _texts(where, table, "patterns")),
    )


class _Expander:
    """Puts pieces into patterns: `<<name>>` stands for the piece of that name."""

    def __init__(self, name: str, pieces: Mapping[str, str]) -> None:
        self._name = name
        self._pieces = pieces

    def all(self, where: str, patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
        """The compiled patterns. Raises `RulebookError`."""
        compiled = []
        for pattern in patterns:
            try:
                compiled.append(re.compile(self._expand(pattern)))
            except (re.error, KeyError) as error:
                raise RulebookError(
                    f"{where}: the pattern {pattern[:60]!r} is none: {error}"
                ) from error
        return tuple(compiled)

    def named(self, where: str, patterns: Mapping[str, str]) -> dict[str, re.Pattern[str]]:
        """The compiled patterns by "<name>". Raises `RulebookError`."""
        compiled = self.all(where, tuple(patterns.values()))
        return {f"<{name}>": pattern for name, pattern in zip(patterns, compiled, strict=True)}

    def _expand(self, pattern: str) -> str:
        # Patterns may be broken over lines: what indents the next one is not part of them.
        text = _INDENT.sub("", pattern)
        return _PIECE.sub(lambda found: self._expand(self._pieces[found[1]]), text)


def _one_of(kind: type[Choice], name: str, table: dict[str, Any], field: str) -> Choice:
    try:
        return kind(str(table.get(field)))
    except ValueError:
        choices = ", ".join(kind)
        raise RulebookError(
            f"{name}.toml: {field}={table.get(field)}, use one of {choices}"
        ) from None


def _texts(where: str, table: dict[str, Any], field: str) -> tuple[str, ...]:
    values = table.get(field, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise RulebookError(f"{where}: {field} has to be a list of texts")
    return tuple(values)


def _check_names(where: str, table: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(table.keys() - known):
        raise RulebookError(
            f"{where}: unknown entry {unknown[0]!r}; use {', '.join(sorted(known))}"
        )
