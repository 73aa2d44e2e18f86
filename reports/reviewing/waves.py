"""Deciding a spam wave: many reports alike, one policy and reason, and ten minutes to undo it.

What is picked is written down first, report by report; `reports.reviewing.wave_work` then decides
each in a transaction of its own, so that nobody else waits for the trail, and whoever dies in the
middle leaves a list that says exactly what is done and what is not.

    WaveError               a retry does not help
    ├── TooManyError        more than WAVE_MAX, or none
    ├── UnfitPolicyError    such a policy is decided one by one
    ├── NotYoursError       the form was sent by another account before
    ├── TooLateError        the ten minutes are over
    └── NothingToUndoError  all of it is undone, or was touched since

`NotAllowedError`, `Wave.DoesNotExist`, and `Report.DoesNotExist` where the account may know of
none of what is picked, are raised as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Max

from reports.models import ItemState, Outcome, Policy, Report, Wave, WaveItem
from reports.models.wave import UNSETTLED
from reports.roles import Right, require
from reports.sanctions import warnings
from reports.sanctions.ladder import Length
from reports.trail import audit

WAVE_MAX = 200
UNDO_WITHIN = timedelta(minutes=10)
STOPPED = "the wave was undone before its turn"


class WaveError(Exception):
    """The act is not possible as asked."""


class TooManyError(WaveError):
    """Not a number of reports for one decision."""


class UnfitPolicyError(WaveError):
    """Too grave for one look at many."""


class NotYoursError(WaveError):
    """Somebody else's form."""


class TooLateError(WaveError):
    """Decisions of ten minutes ago are decided anew, one by one."""


class NothingToUndoError(WaveError):
    """Nothing of it can be undone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A report as it was shown."""

    report: UUID
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is decided about each. Without a policy: dismissed."""

    reason: str
    policy: Policy | None = None
    length: Length = Length.NONE

    @property
    def outcome(self) -> Outcome:
        return Outcome.DISMISSED if self.policy is None else Outcome.CONFIRMED


def begin(
    token: UUID, picks: Sequence[Pick], verdict: Verdict, *, acting_user: User, now: datetime
) -> Wave:
    """Write down what is to be decided; the same `token` again changes nothing and returns the
    same wave. What the account may not know of is left out like what isn't there."""
    require(acting_user, Right.DECIDE_WAVES)
    if not 0 < len(picks) <= WAVE_MAX:
        raise TooManyError(f"choose between 1 and {WAVE_MAX} reports")
    policy = verdict.policy
    if policy is not None and (policy.is_child_safety or policy.needs_two_to_dismiss):
        raise UnfitPolicyError("reports under this policy are decided one by one")
    is_warning = verdict.length is Length.WARNING
    if is_warning and policy is not None and not warnings.may_warn(policy):
        raise UnfitPolicyError("under this policy a warning is not enough")
    if verdict.length is Length.FOR_EVER:
        raise UnfitPolicyError("a bar for ever is proposed one by one")
    with audit.trail():
        wave, is_new = Wave.objects.get_or_create(
            token=token,
            defaults={
                "outcome": verdict.outcome,
                "policy": policy,
                "length": "" if policy is None else verdict.length.value,
                "reason": verdict.reason,
                "by": acting_user,
                "at": now,
            },
        )
        if is_new:
            _write_down(wave, picks, acting_user=acting_user, now=now)
    if wave.by_id != acting_user.pk:
        raise NotYoursError("this form was sent before, by another account")
    return wave


def undo_until(wave: Wave) -> datetime:
    """Until when all of it can be undone: ten minutes after the last report was decided."""
    last = wave.items.filter(state=ItemState.DECIDED).aggregate(at=Max("settled_at"))["at"]
    return max(wave.at, last or wave.at) + UNDO_WITHIN


def ask_undo(wave_id: int, *, reason: str, acting_user: User, now: datetime) -> Wave:
    """Stop the wave, and have every report that it decided brought back as it was.

    What is done by now is what is undone: the rest is not decided any more.
    """
    require(acting_user, Right.DECIDE_WAVES)
    with audit.trail():
        wave = Wave.objects.select_for_update().get(pk=wave_id)
        waiting = wave.items.filter(state=ItemState.WAITING)
        if now > undo_until(wave) and not waiting.exists():
            raise TooLateError("ten minutes are over; decide each report anew")
        # Waits for the report that a worker is at: it is decided then, and undone with the others.
        stopped = waiting.update(state=ItemState.PASSED_OVER, why=STOPPED, settled_at=now)
        decided = wave.items.filter(state=ItemState.DECIDED)
        undoing = decided.update(state=ItemState.UNDOING, settled_at=now)
        if not stopped and not undoing:
            raise NothingToUndoError("nothing is left to undo, or all of it was touched since")
        wave.undo_by, wave.undo_at, wave.undo_reason = acting_user, now, reason
        wave.save(update_fields=["undo_by", "undo_at", "undo_reason"])
        audit.record(
            "wave.undo_asked",
            target=wave,
            payload={"stopped": stopped, "undoing": undoing},
            acting_user=acting_user,
            now=now,
        )
    return wave


def unfinished() -> list[int]:
    """The numbers of the waves that a worker has still to do with, oldest first."""
    found = WaveItem.objects.filter(state__in=UNSETTLED)
    return list(found.order_by("wave").values_list("wave", flat=True).distinct())


def _write_down(wave: Wave, picks: Sequence[Pick], *, acting_user: User, now: datetime) -> None:
    shown = {pick.report: pick.version for pick in picks}
    known = Report.objects.visible_to(acting_user).filter(pk__in=shown)
    items = [
        WaveItem(wave=wave, report_id=pk, version=shown[pk])
        for pk in known.order_by("-rank").values_list("pk", flat=True)
    ]
    if not items:
        raise Report.DoesNotExist
    WaveItem.objects.bulk_create(items)
    audit.record(
        "wave.decided",
        target=wave,
        payload={
            "outcome": wave.outcome,
            "policy": str(wave.policy) if wave.policy else None,
            "length": wave.length,
            "picked": len(items),
        },
        acting_user=acting_user,
        now=now,
    )
