"""What people are told about lines: cautions to who receives one, help to who says one."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from chat.sanctions import HELP_URL
from moderation.intake import Caution
from reports.incoming.reliability import ReporterWarning
from reports.rules import Rule
from reports.sanctions.warnings import WarningToTell

_HELP_LINES = Path(__file__).with_name("help_lines.toml")

_CHAPTERS = {
    Rule.SPAM: "elsewhere",
    Rule.SEXUAL_PRESSURE: "pressed",
    Rule.BLACKMAIL: "blackmail",
    Rule.SELF_HARM: "self-harm",
}
"""Where on the help page each rule is spoken of."""


def cautioning(caution: Caution) -> dict[str, str]:
    """The fields of a `caution` message."""
    return {
        "about": caution.about,
        "detail": caution.advice,
        "help_url": _help_url(caution.rule),
    }


def help_lines(language: str) -> dict[str, Any]:
    """The fields of the `notice` to somebody who speaks of hurting themself in `language`."""
    known = _known_lines()
    return {
        "level": "info",
        "rule": Rule.SELF_HARM,
        "detail": "You matter. Somebody will listen to you now, for free and without your name.",
        "help_url": _help_url(Rule.SELF_HARM),
        "help_lines": [*known.get(language, []), known["everywhere"]],
    }


def false_reports(rule: Rule, warning: ReporterWarning) -> dict[str, Any]:
    """The fields of the `notice` after a report by somebody whose reports were often wrong."""
    follows = (
        "A person reads this one too, later than others'."
        if warning.muted_until
        else "Report only what breaks the rules, or yours will be read later than others'."
    )
    return {
        "level": "warning",
        "rule": rule,
        "detail": f"Several of your reports were wrong, as far as we can see. {follows}",
    }


def warned(warning: WarningToTell) -> dict[str, Any]:
    """The fields of the `notice` to whoever staff have warned; never who reported, or that anybody
    did."""
    return {
        "level": "warning",
        "rule": warning.rule,
        "detail": (
            "A person on our staff found that what you wrote broke a rule. This is a warning: you "
            "can go on talking. If it happens again, what follows is longer."
        ),
        "statement": {"code": warning.statement_code, "url": warning.statement_url},
        "appeal_url": warning.appeal_url,
    }


def help_page() -> dict[str, Any]:
    """What the help page shows of it: `help_lines`, each once."""
    known = _known_lines()
    lines = [line for lines in known.values() if isinstance(lines, list) for line in lines]
    by_place: dict[str, dict[str, str]] = {}
    for line in lines:
        by_place.setdefault(line["place"], line)
    return {"help_lines": list(by_place.values())}


def _help_url(rule: Rule) -> str:
    return f"{HELP_URL}#{_CHAPTERS[rule]}" if rule in _CHAPTERS else HELP_URL


@cache
def _known_lines() -> dict[str, Any]:
    known = tomllib.loads(_HELP_LINES.read_text(encoding="utf-8"))
    for lines in known.values():
        for line in lines if isinstance(lines, list) else ():
            line["url"] = _call(line["number"])
    return known


def _call(number: str) -> str:
    """What a phone dials; an extension is asked for by who answers."""
    before, _, _ = number.partition("ext.")
    return f"tel:{before.replace(' ', '')}"
