"""Exposure in words: the counter in the head of every staff page, and why nothing opens now."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.evidence_room import exposure
from reports.evidence_room.exposure_limits import Full, Reason
from reports.roles import Right, has_right

NEARLY = 0.8
"""From this share of a day's limit on the counter says so by its colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Originals and minutes of today with their limits; `full` says what is full, if anything."""

    items: int
    items_max: int
    severe: int
    minutes: int
    minutes_max: int
    tone: str
    full: str
    again_at: str


def meter(user: Any) -> Meter | None:
    """The account's own counter; None for who opens no originals."""
    if not has_right(user, Right.OPEN_EVIDENCE):
        return None
    found = exposure.standing(user, timezone.now())
    today, limits = found.today, found.limits
    share = max(len(today.items) / max(1, limits.day_items), today.seconds / max(1, limits.day_s))
    return Meter(
        items=len(today.items),
        items_max=limits.day_items,
        severe=len(today.severe),
        minutes=minutes(today.seconds),
        minutes_max=minutes(limits.day_s),
        tone="bad" if found.full else "warning" if share >= NEARLY else "",
        full=full_words(found.full) if found.full else "",
        again_at=date_format(found.full.until, "H:i") if found.full else "",
    )


def full_words(full: Full) -> str:
    """What is full, until when, and what goes on all the same."""
    until = date_format(full.until, "H:i")
    match full.reason:
        case Reason.STRETCH_ITEMS | Reason.STRETCH_SECONDS:
            said = _("Time for a break: originals open again at %s UTC.") % until
        case Reason.DAY_SEVERE:
            said = _("You have seen as many severe originals today as one person should.")
        case Reason.DAY_ITEMS | Reason.DAY_SECONDS:
            said = _("You have seen as many originals today as one person should.")
    return f"{said} {_('Lines and mosaics stay open, and skipping is free.')}"


def minutes(seconds: float) -> int:
    """Begun minutes."""
    return -(-int(seconds) // 60)
