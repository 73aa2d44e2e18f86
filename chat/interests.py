"""Interests: one form for what people mean alike, and what each counts for. Pure.

An interest brings two people together only when enough devices named it today (invariant I12), and
for more the rarer it is. Child-coded ones never do.
"""

import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from moderation.lines import judge as line_judge
from moderation.lines import reading
from reports.rules import Rule

WEIGHT_MAX = 1000
"""Of an interest that nobody else has; it halves about when their number is squared."""

_AGE = re.compile(r"(?:1[0-7]|[89])(?: ?(?:yo|y/o|[mf]|years?(?: old)?))?|[mf] ?1[0-7]")
"""An age under 18 is what nobody has as an interest: "15", "14f", "m16", "17 yo"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """A normalised interest; the `weight` is higher the rarer it is, and counts when it is common
    to both."""

    name: str
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """`synonyms` maps a normalised interest to the one that it is compared as."""

    synonyms: Mapping[str, str]
    child_coded: frozenset[str]


def read_vocabulary(source: str) -> Vocabulary:
    """The tables in a TOML text. Raises `ValueError` when it isn't what is expected."""
    tables = tomllib.loads(source)
    try:
        synonyms = {
            alias: name for name, aliases in tables["synonyms"].items() for alias in aliases
        }
        child_coded = frozenset(tables["child_coded"]["names"])
    except (KeyError, AttributeError, TypeError) as error:
        raise ValueError("a table of [synonyms] and [child_coded] names") from error
    for name in (*synonyms, *synonyms.values(), *child_coded):
        if normalised(name) != name:
            raise ValueError(f"{name!r} is not in its normalised form")
    return Vocabulary(synonyms=synonyms, child_coded=child_coded)


def normalised(interest: str) -> str:
    """Without case, accents, widths, look-alikes, marks at the ends and surplus spaces."""
    return reading.skeleton(reading.clean(interest)).strip(" #.,;:!?*_-\"'")


def compared(interests: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """What is compared: each once, synonyms as one, child-coded ones left out."""
    names = (normalised(interest) for interest in interests)
    meant = (vocabulary.synonyms.get(name, name) for name in names)
    return tuple(
        dict.fromkeys(name for name in meant if name and name not in vocabulary.child_coded)
    )


def states_age_under_18(interests: Iterable[str]) -> bool:
    """Whether one of the interests says that the person is a minor (invariant I9)."""
    return any(
        _AGE.fullmatch(normalised(interest)) or _breaks(interest, Rule.MINOR)
        for interest in interests
    )


def _breaks(interest: str, rule: Rule) -> bool:
    matches = line_judge.shipped().judge(reading.clean(interest)).matches
    return any(match.rule.rule is rule for match in matches)


def weighed(devices_today: Mapping[str, int], devices_minimum: int) -> tuple[Interest, ...]:
    """Those that `devices_minimum` devices named today, the rarest first."""
    counted = [
        Interest(name=name, weight=weight(devices))
        for name, devices in devices_today.items()
        if devices >= devices_minimum
    ]
    return tuple(sorted(counted, key=lambda interest: (-interest.weight, interest.name)))


def weight(devices: int) -> int:
    """What an interest of so many devices counts for: 1 to `WEIGHT_MAX`."""
    return max(1, round(WEIGHT_MAX / (1 + math.log2(max(1, devices)))))
