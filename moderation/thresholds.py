"""Thresholds: parsed, checked against what the code demands, and never loose in production.

Errors: `ThresholdsError` names the entry, what it was and what it may be; the boot stops, and a
retry does not help.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from moderation.labels import NUDITY_LABELS

REQUIRED_CLASSES = frozenset(
    {
        "FEMALE_GENITALIA_EXPOSED",
        "MALE_GENITALIA_EXPOSED",
        "ANUS_EXPOSED",
        "BUTTOCKS_EXPOSED",
        "FEMALE_BREAST_EXPOSED",
    }
)
"""No thresholds file makes an unmoderated section: these are judged, below these ceilings (I23)."""

SCORE_FLOOR = 0.25
"""The detector reports nothing below it, so a lower threshold would only look stricter."""
RELEASE_CEILING = 0.4
HOLD_CEILING = 0.5
CUT_CEILING = 0.8

CUT_FRAMES = (2, 3)
CLEAR_FRAMES = (2, 5)
REPORT_FRAMES = (3, 10)
"""How many frames must agree (`Agreement`): never one, and never so many that none ever do."""

SUSPEND_YEARS = (16.0, 25.0)
DOUBT_YEARS = (18.0, 40.0)
MINIMUM_FACES = (3, 10)


class ThresholdsError(Exception):
    """The thresholds file can't be used; the text says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Scores (0.0-1.0) from which a class holds, and from which it cuts; a held picture is clear
    below `release`, which is no higher than `hold`."""

    hold: float
    cut: float
    release: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How many frames must agree: over `cut` for a cut; below `release` to clear a held picture,
    `clear_frames` of the last `clear_of`; over `hold`, before a person is asked."""

    cut_frames: int = 2
    clear_frames: int = 3
    clear_of: int = 4
    report_frames: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRules:
    """Years below which somebody is suspended or stays screened; 0.0 switches a rule off."""

    suspend_years: float
    doubt_years: float
    minimum_faces: int

    @property
    def need_faces(self) -> bool:
        return self.suspend_years > 0 or self.doubt_years > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """A checked file. `version` ends in the start of the file's SHA-256."""

    version: str
    sha256: str
    nudity: Mapping[str, Limits]
    age: AgeRules
    agreement: Agreement = Agreement()


def load(path: Path, *, is_strict: bool) -> Thresholds:
    """The thresholds in a file; `is_strict` in production. Raises `ThresholdsError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ThresholdsError(
            f"Thresholds file {path} can't be read ({error.strerror}); name one that can in "
            "MODERATION_THRESHOLDS"
        ) from error
    return parse(data, is_strict=is_strict)


def parse(data: bytes, *, is_strict: bool) -> Thresholds:
    """The thresholds in `data` (TOML in UTF-8). Raises `ThresholdsError`."""
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ThresholdsError(f"Thresholds are not TOML: {error}; correct that line") from error
    # A file from before frames had to agree gets the shipped numbers.
    document.setdefault("agreement", {})
    _check_names(document, {"version", "agreement", "nudity", "age"}, "the file")
    version = document.get("version")
    if not isinstance(version, str) or not 1 <= len(version) <= 32:
        raise ThresholdsError('Set `version` to a text of 1 to 32 characters, as in version = "7"')
    sha256 = hashlib.sha256(data).hexdigest()
    return Thresholds(
        version=f"{version}+{sha256[:8]}",
        sha256=sha256,
        nudity=_nudity(_table(document, "nudity"), is_strict=is_strict),
        age=_age(_table(document, "age"), is_strict=is_strict),
        agreement=_agreement(_table(document, "agreement")),
    )


def _agreement(table: dict[str, Any]) -> Agreement:
    counts = asdict(Agreement()) | table
    _check_names(counts, {field.name for field in fields(Agreement)}, "[agreement]")
    clear_frames = _whole(counts, "clear_frames", CLEAR_FRAMES, "agreement")
    return Agreement(
        cut_frames=_whole(counts, "cut_frames", CUT_FRAMES, "agreement"),
        clear_frames=clear_frames,
        # So few that the clear ones are the most of them.
        clear_of=_whole(counts, "clear_of", (clear_frames, 2 * clear_frames - 1), "agreement"),
        report_frames=_whole(counts, "report_frames", REPORT_FRAMES, "agreement"),
    )


def _nudity(table: dict[str, Any], *, is_strict: bool) -> dict[str, Limits]:
    for label in table:
        if label not in NUDITY_LABELS:
            raise ThresholdsError(
                f"Unknown class [nudity.{label}]; use one of {', '.join(sorted(NUDITY_LABELS))}"
            )
    if is_strict and (missing := sorted(REQUIRED_CLASSES - table.keys())):
        raise ThresholdsError(f"Required classes are missing: add [nudity.{missing[0]}]")
    if is_strict and (extra := sorted(table.keys() - REQUIRED_CLASSES)):
        raise ThresholdsError(
            f"Production judges the required classes only: take out [nudity.{extra[0]}]"
        )
    return {
        label: _limits(
            _table(table, label, inside="nudity."), f"nudity.{label}", is_strict=is_strict
        )
        for label in table
    }


def _limits(entry: dict[str, Any], where: str, *, is_strict: bool) -> Limits:
    ceilings = (RELEASE_CEILING, HOLD_CEILING, CUT_CEILING) if is_strict else (1.0, 1.0, 1.0)
    _check_names(entry, {"release", "hold", "cut"}, f"[{where}]")
    cut = _number(entry, "cut", SCORE_FLOOR, ceilings[2], where)
    # A class given only a `cut` is held at the shipped value, or at `cut` when that is lower; and
    # released likewise.
    entry.setdefault("hold", min(0.35, cut))
    hold = _number(entry, "hold", SCORE_FLOOR, min(ceilings[1], cut), where)
    entry.setdefault("release", min(Limits(hold=hold, cut=cut).release, hold))
    release = _number(entry, "release", SCORE_FLOOR, min(ceilings[0], hold), where)
    return Limits(release=release, hold=hold, cut=cut)


def _age(table: dict[str, Any], *, is_strict: bool) -> AgeRules:
    _check_names(table, {"suspend_years", "doubt_years", "minimum_faces"}, "[age]")
    faces = _whole(table, "minimum_faces", MINIMUM_FACES if is_strict else (1, 10), "age")
    suspend = _years(table, "suspend_years", SUSPEND_YEARS, is_strict=is_strict)
    doubt = _years(table, "doubt_years", DOUBT_YEARS, is_strict=is_strict)
    if doubt and doubt < suspend:
        raise ThresholdsError(
            f"age.doubt_years={doubt:g} is below age.suspend_years={suspend:g}; raise it"
        )
    return AgeRules(suspend_years=suspend, doubt_years=doubt, minimum_faces=faces)


def _years(
    table: dict[str, Any], name: str, bounds: tuple[float, float], *, is_strict: bool
) -> float:
    if not is_strict and table.get(name) == 0:
        return 0.0
    return _number(table, name, *(bounds if is_strict else (1.0, 100.0)), "age")


def _table(parent: dict[str, Any], name: str, *, inside: str = "") -> dict[str, Any]:
    table = parent.get(name)
    if not isinstance(table, dict):
        raise ThresholdsError(f"The table [{inside}{name}] is missing; add it")
    return table


def _number(table: dict[str, Any], name: str, low: float, high: float, where: str) -> float:
    value = table.get(name)
    # TOML's true is a Python int, and its nan compares false with everything.
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ThresholdsError(
            f"Unexpected value {where}.{name}={value}, use a number from {low:g} to {high:g}"
        )
    return float(value)


def _whole(table: dict[str, Any], name: str, bounds: tuple[int, int], where: str) -> int:
    value = _number(table, name, *bounds, where)
    if value != int(value):
        raise ThresholdsError(f"Unexpected value {where}.{name}={value}, use a whole number")
    return int(value)


def _check_names(table: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(table.keys() - known):
        raise ThresholdsError(
            f"Unknown entry {unknown[0]!r} in {where}; use {', '.join(sorted(known))}"
        )
