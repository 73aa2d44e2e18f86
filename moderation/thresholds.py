"""Thresholds: parsed, checked against what the code demands, and never loose in production.

Errors: `ThresholdsError` names the entry, what it was and what it may be; the boot stops, and a
retry does not help.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
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
HOLD_CEILING = 0.5
CUT_CEILING = 0.8

SUSPEND_YEARS = (16.0, 25.0)
DOUBT_YEARS = (18.0, 40.0)
MINIMUM_FACES = (3, 10)


class ThresholdsError(Exception):
    """The thresholds file can't be used; the text says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Scores (0.0-1.0) from which a class holds, and from which it cuts."""

    hold: float
    cut: float


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
    _check_names(document, {"version", "nudity", "age"}, "the file")
    version = document.get("version")
    if not isinstance(version, str) or not 1 <= len(version) <= 32:
        raise ThresholdsError('Set `version` to a text of 1 to 32 characters, as in version = "7"')
    sha256 = hashlib.sha256(data).hexdigest()
    return Thresholds(
        version=f"{version}+{sha256[:8]}",
        sha256=sha256,
        nudity=_nudity(_table(document, "nudity"), is_strict=is_strict),
        age=_age(_table(document, "age"), is_strict=is_strict),
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
    ceilings = (HOLD_CEILING, CUT_CEILING) if is_strict else (1.0, 1.0)
    limits = {}
    for label in table:
        entry = _table(table, label, inside="nudity.")
        _check_names(entry, {"hold", "cut"}, f"[nudity.{label}]")
        cut = _number(entry, "cut", SCORE_FLOOR, ceilings[1], f"nudity.{label}")
        # A class given only a `cut` is held at the shipped value, or at `cut` when that is lower.
        entry.setdefault("hold", min(0.35, cut))
        hold = _number(entry, "hold", SCORE_FLOOR, min(ceilings[0], cut), f"nudity.{label}")
        limits[label] = Limits(hold=hold, cut=cut)
    return limits


def _age(table: dict[str, Any], *, is_strict: bool) -> AgeRules:
    _check_names(table, {"suspend_years", "doubt_years", "minimum_faces"}, "[age]")
    faces = _number(table, "minimum_faces", *(MINIMUM_FACES if is_strict else (1, 10)), "age")
    if faces != int(faces):
        raise ThresholdsError(f"Unexpected value age.minimum_faces={faces}, use a whole number")
    suspend = _years(table, "suspend_years", SUSPEND_YEARS, is_strict=is_strict)
    doubt = _years(table, "doubt_years", DOUBT_YEARS, is_strict=is_strict)
    if doubt and doubt < suspend:
        raise ThresholdsError(
            f"age.doubt_years={doubt:g} is below age.suspend_years={suspend:g}; raise it"
        )
    return AgeRules(suspend_years=suspend, doubt_years=doubt, minimum_faces=int(faces))


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


def _check_names(table: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(table.keys() - known):
        raise ThresholdsError(
            f"Unknown entry {unknown[0]!r} in {where}; use {', '.join(sorted(known))}"
        )
