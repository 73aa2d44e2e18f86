"""The corpus of lines: what breaks which line rule, what breaks none, and what is found."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from moderation.lines import judge
from moderation.lines.reading import clean

TUNED = ("lines", "lines_more", "age_lines")
HELD_OUT = ("lines_held_out", "age_lines_held_out")
LANGUAGES = ("en", "es", "id", "hi")
SILENT = frozenset({"asks_to_show"})
"""Nothing follows from these by themselves."""

_FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Lines said one after another; `rule` is what the last one breaks, "" for nothing."""

    rule: str
    language: str
    lines: tuple[str, ...]

    @property
    def found(self) -> frozenset[str]:
        """The line rules that the last line is found to break, silent ones left out."""
        *earlier, newest = map(clean, self.lines)
        matches = judge.shipped().judge(newest, earlier).matches
        return frozenset(match.rule.name for match in matches) - SILENT


def examples(*files: str) -> Iterator[Example]:
    """All that is in the named files of tests/corpus."""
    for file in files:
        tables = tomllib.loads((_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))
        # The corpus of ages is by language first, and names no rule.
        if "innocent" not in tables:
            tables = {
                "age_under_18": {name: table["states"] for name, table in tables.items()},
                "innocent": {name: table["innocent"] for name, table in tables.items()},
            }
        for rule, languages in tables.items():
            for language, said in languages.items():
                for line in said:
                    yield Example(
                        rule="" if rule == "innocent" else rule,
                        language=language,
                        lines=tuple(line.split(" / ")),
                    )


def talk() -> list[list[str]]:
    """Ordinary talk: what one speaker said, for each language."""
    tables = tomllib.loads((_FOLDER / "talk.toml").read_text(encoding="utf-8"))
    return [tables[language] for language in LANGUAGES]
