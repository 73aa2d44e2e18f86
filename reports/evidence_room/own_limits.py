"""Lower limits of exposure for one person, after a hard week say: set by a lead, seen by both.

    OwnLimitsError         a retry does not help
    ├── HigherError        nobody's limits are above everybody's
    ├── NothingLowerError  these are everybody's limits
    └── EndError           they would be over already

Nobody sets their own. `NotAllowedError` is raised as it is; also for an account that opens nothing.
The trail keeps the numbers, and never the note.
"""

from dataclasses import asdict, dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import QuerySet

from reports.evidence_room.exposure import limits
from reports.models import OwnLimits
from reports.roles import NotAllowedError, Right, has_right, require
from reports.trail import audit


class OwnLimitsError(Exception):
    """The limits can't be set as asked."""


class HigherError(OwnLimitsError):
    """A lead lowers limits; raising everybody's is a setting."""


class NothingLowerError(OwnLimitsError):
    """Nothing would be lower than it is for everybody."""


class EndError(OwnLimitsError):
    """The end is not in the future."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Originals, severe ones among them, and seconds that somebody is shown in a day, at most."""

    day_items: int
    day_severe: int
    day_s: int


def lower(
    account: User,
    day: Day,
    *,
    until: datetime | None,
    note: str,
    acting_user: User,
    now: datetime,
) -> OwnLimits:
    """Let these limits hold for the account from now on, in place of any it had."""
    _require(account, acting_user)
    _require_lower(day)
    if until is not None and until <= now:
        raise EndError("these limits would be over already")
    with audit.trail():
        # The lock that an opening takes: what opens after this is counted against it.
        User.objects.select_for_update(no_key=True).get(pk=account.pk)
        made, _is_new = OwnLimits.objects.update_or_create(
            account=account,
            defaults={
                **asdict(day),
                "until": until,
                "note": note,
                "set_by": acting_user,
                "set_at": now,
            },
        )
        audit.record(
            "exposure.limits_lowered",
            target=account,
            payload={**asdict(day), "until": until.isoformat() if until else None},
            acting_user=acting_user,
            now=now,
        )
    return made


def restore(account: User, *, acting_user: User, now: datetime) -> None:
    """Everybody's limits hold for the account again. Raises `OwnLimits.DoesNotExist`."""
    _require(account, acting_user)
    with audit.trail():
        User.objects.select_for_update(no_key=True).get(pk=account.pk)
        OwnLimits.objects.get(account=account).delete()
        audit.record(
            "exposure.limits_restored",
            target=account,
            payload={},
            acting_user=acting_user,
            now=now,
        )


def in_force(user: User, now: datetime) -> OwnLimits | None:
    """The account's own limits, if any hold."""
    return OwnLimits.objects.in_force(now).filter(account=user).select_related("set_by").first()


def accounts(acting_user: User) -> QuerySet[User]:
    """Whose limits the account may lower: everybody's who opens originals, but its own."""
    opening = User.objects.filter(
        is_active=True, is_staff=True, groups__permissions__codename=Right.OPEN_EVIDENCE.value
    )
    return opening.exclude(pk=acting_user.pk).distinct().order_by("username")


def _require(account: User, acting_user: User) -> None:
    require(acting_user, Right.SET_LIMITS)
    if account.pk == acting_user.pk:
        raise NotAllowedError("another lead sets your limits")
    if not has_right(account, Right.OPEN_EVIDENCE):
        raise NotAllowedError("this account opens no originals")


def _require_lower(day: Day) -> None:
    usual = limits()
    pairs = [
        (day.day_items, usual.day_items),
        (day.day_severe, usual.day_severe),
        (day.day_s, usual.day_s),
    ]
    if any(own > all_ for own, all_ in pairs):
        raise HigherError("nobody is shown more than everybody else may be")
    if all(own == all_ for own, all_ in pairs):
        raise NothingLowerError("these are everybody's limits")
