"""What each moderator was shown of originals, and the limits that the service itself keeps.

`LimitError` — enough for now; what and until when is in `full`. A retry helps then.

Seconds run by the server's clock, from when an original was served to when it was covered: the
page says that it covered it, a decision or the next original covers it too. Without any of these
it counts as covered SHOWN_MAX after it was opened, at most; never as shown less than SHOWN_MIN.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F, Q, Value
from django.db.models.functions import Least

from reports.evidence_room.evidence import EvidenceError
from reports.evidence_room.exposure_limits import (
    Exposure,
    Full,
    Limits,
    Showing,
    count,
    find_full,
    lowered,
    midnight,
    of_day,
)
from reports.models import Evidence, EvidenceView, OwnLimits, PrevalenceView, Rendition

SHOWN_MAX = timedelta(minutes=5)
"""Of one opening. Nobody looks longer at one frame, but a page may be left open."""
SHOWN_MIN = timedelta(seconds=1)
"""Of one opening. Whoever says at once that it is covered has seen it all the same."""

_LOOKED_BACK = timedelta(days=1)

View = EvidenceView | PrevalenceView
"""A showing of an original, whether it belongs to a report or to the sample for prevalence."""


class LimitError(EvidenceError):
    """A day's or a stretch's limit is reached; `full` says which, and until when."""

    def __init__(self, full: Full) -> None:
        super().__init__(f"{full.reason} is full until {full.until.isoformat()}")
        self.full = full


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Somebody's exposure today, and what is full now."""

    today: Exposure
    limits: Limits
    full: Full | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Somebody's exposure on one day of UTC, `day` being its start."""

    day: datetime
    exposure: Exposure


def limits() -> Limits:
    """The limits that hold for everybody."""
    return Limits(
        day_items=settings.EXPOSURE_DAY_ITEMS,
        day_s=settings.EXPOSURE_DAY_S,
        day_severe=settings.EXPOSURE_DAY_SEVERE,
        stretch_items=settings.EXPOSURE_STRETCH_ITEMS,
        stretch_s=settings.EXPOSURE_STRETCH_S,
        break_s=settings.EXPOSURE_BREAK_S,
    )


def limits_of(user: User, now: datetime) -> Limits:
    """The limits that hold for the account: everybody's, or lower ones of its own."""
    own = OwnLimits.objects.in_force(now).filter(account=user).first()
    if own is None:
        return limits()
    return lowered(limits(), day_items=own.day_items, day_severe=own.day_severe, day_s=own.day_s)


def standing(user: User, now: datetime) -> Standing:
    """How the account stands now."""
    shown = _showings(user, now - _LOOKED_BACK, now)
    held = limits_of(user, now)
    return Standing(today=count(of_day(shown, now)), limits=held, full=find_full(shown, held, now))


def lock_and_require(row: Evidence, *, acting_user: User, now: datetime) -> None:
    """Raise `LimitError` unless the account may be shown this original now."""
    lock_and_require_room(row.pk, is_severe=is_severe(row), acting_user=acting_user, now=now)


def lock_and_require_room(item: UUID, *, is_severe: bool, acting_user: User, now: datetime) -> None:
    """Raise `LimitError` unless the account has room for `item` now.

    Of several openings at once by one account each waits for the one before it and counts it.
    """
    User.objects.select_for_update(no_key=True).get(pk=acting_user.pk)
    shown = _showings(acting_user, now - _LOOKED_BACK, now)
    held = limits_of(acting_user, now)
    full = find_full(shown, held, now, item=item, is_severe=is_severe)
    if full is not None:
        raise LimitError(full)


def is_severe(row: Evidence) -> bool:
    """Whether seeing it weighs more: its report is on the safety floor."""
    return row.report.is_safety_floor


def cover(user: User, now: datetime, *, item: UUID | None = None) -> None:
    """The account looks at no original any more, or not at this item's."""
    of_evidence = EvidenceView.objects.filter(_originals(user), covered_at=None)
    of_prevalence = PrevalenceView.objects.filter(_originals(user), covered_at=None)
    if item is not None:
        of_evidence = of_evidence.filter(evidence=item)
        of_prevalence = of_prevalence.filter(frame=item)
    covered_at = Least(Value(now), F("opened_at") + Value(SHOWN_MAX))
    of_evidence.update(covered_at=covered_at)
    of_prevalence.update(covered_at=covered_at)


def days(user: User, now: datetime, number: int) -> list[Day]:
    """The account's last `number` days, today first."""
    starts = [midnight(now) - timedelta(days=back) for back in range(number)]
    shown = _showings(user, starts[-1], now)
    return [
        Day(
            day=start,
            exposure=count([one for one in shown if start <= one.at < start + timedelta(days=1)]),
        )
        for start in starts
    ]


def of_team(views: Iterable[View], now: datetime) -> dict[str, Exposure]:
    """The exposure in these views by the viewer's name; pass only those that may be counted."""
    by_name: dict[str, list[Showing]] = {}
    for view in sorted(views, key=_in_order):
        by_name.setdefault(view.viewer.get_username(), []).append(_showing(view, now))
    return {name: count(shown) for name, shown in by_name.items()}


def _showings(user: User, since: datetime, now: datetime) -> list[Showing]:
    # No upper end: of two openings at once the one that waited may have read the clock first.
    views: list[View] = [
        *EvidenceView.objects.filter(_originals(user), opened_at__gte=since),
        *PrevalenceView.objects.filter(_originals(user), opened_at__gte=since),
    ]
    return [_showing(view, now) for view in sorted(views, key=_in_order)]


def _originals(user: User) -> Q:
    return Q(viewer=user, rendition=Rendition.ORIGINAL)


def _in_order(view: View) -> tuple[datetime, int]:
    return view.opened_at, view.pk


def _showing(view: View, now: datetime) -> Showing:
    # What never left the server was never seen; it counts as an item all the same, so that many
    # openings at once can't slip through.
    at = view.served_at or view.opened_at
    until = view.covered_at or min(now, view.opened_at + SHOWN_MAX)
    return Showing(
        item=view.item,
        at=view.opened_at if view.served_at is None else at,
        until=max(at + SHOWN_MIN, until) if view.served_at is not None else at,
        is_severe=view.is_severe,
    )
