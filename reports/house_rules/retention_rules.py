"""How long things about people are kept, and why: data, within bounds that no file can move. Pure.

Errors: `RetentionRulesError` names the entry, what it was and what it may be; the boot stops, and
a retry does not help.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

WHY_MIN_CHARS = 20


class Kept(StrEnum):
    """What is kept for a time; the names of the file's tables."""

    DISMISSED = "dismissed"
    """Evidence and lines of a dismissed report, from its dismissal."""
    OVERTURNED = "overturned"
    """Evidence and lines behind a sanction that an appeal undid, from the closing after it."""
    CONFIRMED = "confirmed"
    """Evidence and lines of a confirmed report, from the confirmation."""
    NOTICE_LINES = "notice_lines"
    """Lines frozen with a notice, from its answer."""
    NOTICE_CONTACT = "notice_contact"
    """Name and e-mail of who sent a notice, from its answer."""
    PREVALENCE = "prevalence"
    """Prevalence frames that nobody has answered, from their capture; in memory only."""


BOUNDS: Mapping[Kept, tuple[int, int]] = {
    Kept.DISMISSED: (1, 30),
    Kept.OVERTURNED: (1, 30),
    Kept.CONFIRMED: (183, 730),
    Kept.NOTICE_LINES: (1, 30),
    Kept.NOTICE_CONTACT: (1, 730),
    Kept.PREVALENCE: (1, 7),
}
"""Days, at least and at most. What was wrong about somebody goes within a month (I16); what was
right outlives the time for appeals (EU DSA Art. 20), and nothing is kept for ever."""


class RetentionRulesError(Exception):
    """The file can't be used; the text says what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A checked file. `version` ends in the start of the file's SHA-256."""

    version: str
    sha256: str
    times: Mapping[Kept, timedelta]
    reasons: Mapping[Kept, str]


def load(path: Path, *, appeal_within_days: int) -> Rules:
    """The rules in a file. Raises `RetentionRulesError`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RetentionRulesError(
            f"Retention file {path} can't be read ({error.strerror}); name one that can in "
            "RETENTION_RULES"
        ) from error
    return parse(data, appeal_within_days=appeal_within_days)


def parse(data: bytes, *, appeal_within_days: int) -> Rules:
    """The rules in `data` (TOML in UTF-8). Raises `RetentionRulesError`."""
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RetentionRulesError(
            f"Retention rules are not TOML: {error}; correct that line"
        ) from error
    _check_names(document, {"version", *Kept}, "the retention file")
    version = document["version"]
    if not isinstance(version, str) or not 1 <= len(version) <= 32:
        raise RetentionRulesError(
            'Set `version` to a text of 1 to 32 characters, as in version = "7"'
        )
    tables = {kept: _table(document, kept) for kept in Kept}
    days = {kept: _days(kept, table) for kept, table in tables.items()}
    if days[Kept.CONFIRMED] < appeal_within_days:
        raise RetentionRulesError(
            f"[{Kept.CONFIRMED}] days is {days[Kept.CONFIRMED]}, and appeals are open for "
            f"{appeal_within_days} (APPEAL_WITHIN_DAYS): use at least that"
        )
    sha256 = hashlib.sha256(data).hexdigest()
    return Rules(
        version=f"{version}+{sha256[:8]}",
        sha256=sha256,
        times={kept: timedelta(days=count) for kept, count in days.items()},
        reasons={kept: table["why"] for kept, table in tables.items()},
    )


def _table(document: Mapping[str, Any], kept: Kept) -> Mapping[str, Any]:
    table = document[kept]
    if not isinstance(table, dict):
        raise RetentionRulesError(f"Make [{kept}] a table with `days` and `why`")
    _check_names(table, {"days", "why"}, f"[{kept}]")
    why = table["why"]
    if not isinstance(why, str) or len(why) < WHY_MIN_CHARS:
        raise RetentionRulesError(f"[{kept}] why: give the reason in a sentence")
    return table


def _days(kept: Kept, table: Mapping[str, Any]) -> int:
    days, (least, most) = table["days"], BOUNDS[kept]
    if type(days) is not int or not least <= days <= most:
        raise RetentionRulesError(
            f"[{kept}] days is {days!r}: use a whole number from {least} to {most}"
        )
    return days


def _check_names(table: Mapping[str, Any], wanted: set[str], where: str) -> None:
    if missing := sorted(wanted - table.keys()):
        raise RetentionRulesError(f"{where} lacks {', '.join(missing)}")
    if surplus := sorted(table.keys() - wanted):
        raise RetentionRulesError(f"{where} has {', '.join(surplus)}, which nothing reads")
