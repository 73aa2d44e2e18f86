"""How far somebody is trusted, why, and what follows from it. Pure.

Trust is earned by talking with many different people, slowly, and lost by what staff confirmed. It
fades: what was earned halves in 30 days, what was done wrong in 90. It can't be bought, and it
can't be made at home: whatever comes from partners of one address prefix counts up to a cap that
alone lifts nobody above NEW (I12).

It decides how densely a picture is judged, and whether somebody is kept apart. Links are never
allowed, whatever the trust.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from chat.sampler import Limits

HISTORY_DAYS = 180
"""Encounters older than this count nothing, and are forgotten."""
CONDUCT_DAYS = 365
"""Likewise what staff confirmed."""

EARNED_HALF_LIFE_DAYS = 30.0
CONDUCT_HALF_LIFE_DAYS = 90.0

AGE_POINTS_MAX = 1.0
AGE_FULL_DAYS = 30.0

PARTNER_POINTS = 0.4
MINUTES_POINTS = 0.3
MINUTES_FULL = 20
GOODBYE_POINTS = 0.3
PREFIX_POINTS_MAX = 2.0
"""All that partners of one address prefix are worth together: two good conversations."""
TALK_POINTS_MAX = 16.0

UPHELD_BY_POINTS = 0.5
UPHELD_BY_POINTS_MAX = 1.0
UPHELD_AGAINST_POINTS = 4.0
UPHELD_AGAINST_POINTS_MAX = 20.0

TRUSTED_FROM = 14.0  # people behind six prefixes at least
KNOWN_FROM = 7.0  # behind three at least: age, reports and one prefix give 4 together
DOUBTFUL_UNTIL = -2.0  # something was confirmed, and little speaks against it
NEGATIVE_UNTIL = -6.0  # more than once, and not long ago

NEW_SCREENED_FACTOR = 1.5
TRUSTED_SCREENED_FACTOR = 0.5
SCREENED_MIN_MS = 2000
"""Nobody is trusted so far that the first two seconds would go unjudged."""

NEW_RISK = 0.2
KNOWN_RISK = 0.1
DOUBTFUL_RISK = 0.5
"""What a level adds to the risk (0.0-1.0) that brings samples closer together."""

APART = "-apart"


class Level(StrEnum):
    """From the least to the most trusted. Everybody begins as NEW."""

    NEGATIVE = "negative"
    DOUBTFUL = "doubtful"
    NEW = "new"
    KNOWN = "known"
    TRUSTED = "trusted"


class ReasonKind(StrEnum):
    """What a level rests on; only UPHELD_AGAINST lowers it."""

    AGE = "age"
    PARTNERS = "partners"
    PREFIXES = "prefixes"
    MINUTES = "minutes"
    GOODBYES = "goodbyes"
    UPHELD_BY = "upheld_by"
    UPHELD_AGAINST = "upheld_against"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that counts. `count` is days for AGE, minutes for MINUTES, else how many."""

    kind: ReasonKind
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """One partner, whom one has talked with cleanly. `prefix` names the address prefix they were
    behind; `on` is the newest day. `is_goodbye`: both left within seconds, at least once."""

    prefix: str
    on: date
    minutes: int
    is_goodbye: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What trust is made of: one `met` per distinct partner; the instants at which staff upheld
    what was reported or found about them, and what they reported themselves."""

    known_since: datetime
    met: Sequence[Met] = ()
    upheld_against: Sequence[datetime] = ()
    upheld_by: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The level with its reasons. `score` is -20.0 to 18.0."""

    level: Level
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrutiny:
    """What is known of somebody before their picture comes: how far they are trusted, what they did
    lately as a risk (0.0-1.0), and whether nothing of theirs is to be shown unjudged."""

    level: Level = Level.NEW
    risk: float = 0.0
    is_throughout: bool = False


def assess(history: History, now: datetime) -> Trust:
    """How far somebody with that `history` is trusted at `now`."""
    met = [one for one in history.met if _days(one.on, now) <= HISTORY_DAYS]
    against = _recent(history.upheld_against, now)
    by = _recent(history.upheld_by, now)
    score = (
        _age_points(history.known_since, now)
        + _talk_points(met, now)
        + min(UPHELD_BY_POINTS_MAX, UPHELD_BY_POINTS * _faded(by, now))
        - min(UPHELD_AGAINST_POINTS_MAX, UPHELD_AGAINST_POINTS * _faded(against, now))
    )
    counts = {
        ReasonKind.AGE: max(0, (now - history.known_since).days),
        ReasonKind.PARTNERS: len(met),
        ReasonKind.PREFIXES: len({one.prefix for one in met}),
        ReasonKind.MINUTES: sum(one.minutes for one in met),
        ReasonKind.GOODBYES: sum(one.is_goodbye for one in met),
        ReasonKind.UPHELD_BY: len(by),
        ReasonKind.UPHELD_AGAINST: len(against),
    }
    reasons = tuple(Reason(kind=kind, count=count) for kind, count in counts.items() if count)
    return Trust(level=_level(score), score=score, reasons=reasons)


def limits(level: Level, usual: Limits) -> Limits:
    """How closely a picture is watched, from what is `usual`.

    Longer at first for the new, throughout for the doubtful; trust never makes the way from one
    sample to the next longer than usual (I12).
    """
    if usual.screened_ms is None:
        return usual
    match level:
        case Level.NEGATIVE | Level.DOUBTFUL:
            return replace(usual, screened_ms=None, risk=usual.risk + DOUBTFUL_RISK)
        case Level.NEW:
            return _scaled(usual, usual.screened_ms, NEW_SCREENED_FACTOR, NEW_RISK)
        case Level.KNOWN:
            return _scaled(usual, usual.screened_ms, 1.0, KNOWN_RISK)
        case Level.TRUSTED:
            return _scaled(usual, usual.screened_ms, TRUSTED_SCREENED_FACTOR, 0.0)
        case _:
            assert_never(level)


def limits_for(scrutiny: Scrutiny, usual: Limits) -> Limits:
    """How closely a picture is watched, from all that is known of its sender."""
    own = limits(scrutiny.level, replace(usual, risk=scrutiny.risk))
    return replace(own, screened_ms=None) if scrutiny.is_throughout else own


def is_apart(level: Level) -> bool:
    """Whether somebody meets only others whom staff had to deal with more than once."""
    return level is Level.NEGATIVE


def is_doubtful(level: Level) -> bool:
    """Whether others like them are preferred, as long as it costs nobody a better match."""
    return level in {Level.NEGATIVE, Level.DOUBTFUL}


def pool(admitted: str, level: Level) -> str:
    """The pool to look in, for somebody admitted to `admitted`."""
    return f"{admitted}{APART}" if is_apart(level) else admitted


def _level(score: float) -> Level:
    if score <= NEGATIVE_UNTIL:
        return Level.NEGATIVE
    if score <= DOUBTFUL_UNTIL:
        return Level.DOUBTFUL
    if score < KNOWN_FROM:
        return Level.NEW
    return Level.KNOWN if score < TRUSTED_FROM else Level.TRUSTED


def _age_points(known_since: datetime, now: datetime) -> float:
    days = max(0.0, (now - known_since) / timedelta(days=1))
    return AGE_POINTS_MAX * min(1.0, days / AGE_FULL_DAYS)


def _talk_points(met: Sequence[Met], now: datetime) -> float:
    by_prefix: dict[str, float] = {}
    for one in met:
        points = PARTNER_POINTS + GOODBYE_POINTS * one.is_goodbye
        points += MINUTES_POINTS * min(max(one.minutes, 0), MINUTES_FULL) / MINUTES_FULL
        points *= math.pow(0.5, _days(one.on, now) / EARNED_HALF_LIFE_DAYS)
        by_prefix[one.prefix] = by_prefix.get(one.prefix, 0.0) + points
    return min(TALK_POINTS_MAX, sum(min(PREFIX_POINTS_MAX, it) for it in by_prefix.values()))


def _recent(upheld: Sequence[datetime], now: datetime) -> list[datetime]:
    return [at for at in upheld if now - at <= timedelta(days=CONDUCT_DAYS)]


def _faded(upheld: Sequence[datetime], now: datetime) -> float:
    days = (max(0.0, (now - at) / timedelta(days=1)) for at in upheld)
    return sum((math.pow(0.5, since / CONDUCT_HALF_LIFE_DAYS) for since in days), 0.0)


def _days(on: date, now: datetime) -> int:
    return max(0, (now.date() - on).days)


def _scaled(usual: Limits, screened_ms: int, factor: float, risk: float) -> Limits:
    floor_ms = min(screened_ms, SCREENED_MIN_MS)
    span_ms = max(floor_ms, round(screened_ms * factor))
    return replace(usual, screened_ms=span_ms, risk=usual.risk + risk)
