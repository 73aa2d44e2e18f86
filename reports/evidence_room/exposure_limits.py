"""How much of what hurts to see one person was shown, and when it is enough. Pure.

A day is a day of UTC. A *stretch* is what was shown without a pause as long as a break; when a
stretch is full, a break follows: it ends that long after the last look. Whoever pauses on their
own is never made to.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID


class Reason(StrEnum):
    """What is full."""

    DAY_ITEMS = "day_items"
    DAY_SECONDS = "day_seconds"
    DAY_SEVERE = "day_severe"
    STRETCH_ITEMS = "stretch_items"
    STRETCH_SECONDS = "stretch_seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """An original on somebody's screen, from `at` to `until`."""

    item: UUID
    at: datetime
    until: datetime
    is_severe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Items and seconds of a day and of a stretch, severe items of a day, and a break's length."""

    day_items: int
    day_s: int
    day_severe: int
    stretch_items: int
    stretch_s: int
    break_s: int


def lowered(limits: Limits, *, day_items: int, day_severe: int, day_s: int) -> Limits:
    """The limits with those of a day for one person, where they are lower; never higher."""
    return replace(
        limits,
        day_items=min(limits.day_items, day_items),
        day_severe=min(limits.day_severe, day_severe),
        day_s=min(limits.day_s, day_s),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """Why nothing more is shown, and until when."""

    reason: Reason
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What was shown within some time: different items, those that are severe, seconds."""

    items: frozenset[UUID]
    severe: frozenset[UUID]
    seconds: float


def count(showings: Sequence[Showing]) -> Exposure:
    """The exposure of these showings, which are in order; where two overlap, time counts once."""
    seconds, shown_until = 0.0, None
    for showing in showings:
        start = showing.at if shown_until is None else max(showing.at, shown_until)
        seconds += max(0.0, (showing.until - start).total_seconds())
        shown_until = showing.until if shown_until is None else max(showing.until, shown_until)
    return Exposure(
        items=frozenset(showing.item for showing in showings),
        severe=frozenset(showing.item for showing in showings if showing.is_severe),
        seconds=seconds,
    )


def of_day(showings: Sequence[Showing], now: datetime) -> list[Showing]:
    """Those that began today."""
    return [showing for showing in showings if showing.at >= midnight(now)]


def stretch(showings: Sequence[Showing], limits: Limits, now: datetime) -> list[Showing]:
    """Those since the last pause as long as a break; none when it lasts until now."""
    pause = timedelta(seconds=limits.break_s)
    found: list[Showing] = []
    ended_at: datetime | None = None
    for showing in showings:
        if ended_at is not None and showing.at - ended_at >= pause:
            found = []
        found.append(showing)
        ended_at = showing.until if ended_at is None else max(ended_at, showing.until)
    return [] if ended_at is None or now - ended_at >= pause else found


def find_full(
    showings: Sequence[Showing],
    limits: Limits,
    now: datetime,
    *,
    item: UUID | None = None,
    is_severe: bool = False,
) -> Full | None:
    """Why `item` (None: any other one) may not be shown now, None when it may.

    Further frames of an item that counts already are shown while there is time left.
    """
    today = count(of_day(showings, now))
    tomorrow = midnight(now) + timedelta(days=1)
    if today.seconds >= limits.day_s:
        return Full(reason=Reason.DAY_SECONDS, until=tomorrow)
    if item not in today.items and len(today.items) >= limits.day_items:
        return Full(reason=Reason.DAY_ITEMS, until=tomorrow)
    if is_severe and item not in today.severe and len(today.severe) >= limits.day_severe:
        return Full(reason=Reason.DAY_SEVERE, until=tomorrow)
    return _find_full_stretch(stretch(showings, limits, now), limits, item)


def midnight(now: datetime) -> datetime:
    """When the day began, UTC."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _find_full_stretch(
    showings: Sequence[Showing], limits: Limits, item: UUID | None
) -> Full | None:
    if not showings:
        return None
    so_far = count(showings)
    until = max(showing.until for showing in showings) + timedelta(seconds=limits.break_s)
    if so_far.seconds >= limits.stretch_s:
        return Full(reason=Reason.STRETCH_SECONDS, until=until)
    if item not in so_far.items and len(so_far.items) >= limits.stretch_items:
        return Full(reason=Reason.STRETCH_ITEMS, until=until)
    return None
