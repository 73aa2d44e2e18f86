"""Deciding a spam wave: many reports alike, one policy and reason, and ten minutes to undo it.

Each report gets a decision and audit entries of its own, in a transaction of its own; what
somebody holds, or has touched since it was shown, is passed over and named. Only ordinary reports
that nobody has decided: nothing sealed, nothing on the safety floor, nothing escalated.

    WaveError               a retry does not help
    ├── TooManyError        more than WAVE_MAX, or none
    ├── UnfitPolicyError    such a policy is decided one by one
    ├── NotYoursError       the form was sent by another account before
    ├── TooLateError        the ten minutes are over
    └── NothingToUndoError  all of it is undone, or was touched since

`NotAllowedError` and `Wave.DoesNotExist` are raised as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from reports.locks import lock_subject
from reports.models import (
    Appeal,
    AppealState,
    Outcome,
    Policy,
    Queue,
    Report,
    State,
    Wave,
    WaveItem,
)
from reports.reviewing import review
from reports.roles import NotAllowedError, Right, require
from reports.sanctions import enforcement, warnings
from reports.sanctions.ladder import Length
from reports.snapshot_json import decode
from reports.trail import audit

WAVE_MAX = 200
UNDO_WITHIN = timedelta(minutes=10)


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


class PassedOverError(WaveError):
    """One report was left alone; the others go on."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """How many reports are as before, and which were touched since: `{"report": …, "why": …}`."""

    count: int
    left: tuple[dict[str, str], ...]


def fitting(user: User, now: datetime) -> QuerySet[Report]:
    """The reports that the account may decide together."""
    free = Q(state=State.OPEN) | Q(state=State.CLAIMED, claimed_until__lte=now)
    return (
        Report.objects.visible_to(user)
        .filter(free | Q(state=State.CLAIMED, claimed_by=user))
        .filter(queue=Queue.STANDARD, is_safety_floor=False, outcome="")
    )


def alike(report: Report, user: User, now: datetime) -> QuerySet[Report]:
    """The fitting reports under the same rule whose subject said a line of this one's."""
    found = fitting(user, now).filter(rule=report.rule)
    return found.filter(Q(line_keys__overlap=report.line_keys) | Q(pk=report.pk))


def decide(
    token: UUID, picks: Sequence[Pick], verdict: Verdict, *, acting_user: User, now: datetime
) -> Wave:
    """Decide each of `picks`; the same `token` again changes nothing and returns the same wave."""
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
    wave, is_new = _open(token, len(picks), verdict, acting_user=acting_user, now=now)
    if not is_new:
        if wave.by_id != acting_user.pk:
            raise NotYoursError("this form was sent before, by another account")
        return wave
    for pick in picks:
        try:
            with audit.trail():
                _decide_one(wave, pick, verdict, acting_user=acting_user, now=now)
        except (
            PassedOverError,
            review.ReviewError,
            enforcement.EnforcementError,
            NotAllowedError,
        ) as error:
            wave.passed_over.append({"report": str(pick.report), "why": str(error)})
            wave.save(update_fields=["passed_over"])
    return wave


def undo(wave_id: int, *, reason: str, acting_user: User, now: datetime) -> Undone:
    """Bring every report of the wave back as it was, sanctions and strikes included.

    What was touched since is left and named: an appeal, for one, is decided and not undone.
    """
    require(acting_user, Right.DECIDE_WAVES)
    wave = Wave.objects.get(pk=wave_id)
    if now - wave.at > UNDO_WITHIN:
        raise TooLateError("ten minutes are over; decide each report anew")
    count, left = 0, []
    for item in wave.items.filter(undone_at=None).select_related("report"):
        try:
            with audit.trail():
                _undo_one(item, reason=reason, acting_user=acting_user, now=now)
        except (PassedOverError, review.ReviewError) as error:
            left.append({"report": str(item.report_id), "why": str(error)})
        else:
            count += 1
    if not count:
        raise NothingToUndoError("nothing is left to undo, or all of it was touched since")
    return Undone(count=count, left=tuple(left))


def _open(
    token: UUID, count: int, verdict: Verdict, *, acting_user: User, now: datetime
) -> tuple[Wave, bool]:
    with audit.trail():
        wave, is_new = Wave.objects.get_or_create(
            token=token,
            defaults={
                "outcome": verdict.outcome,
                "policy": verdict.policy,
                "length": "" if verdict.policy is None else verdict.length.value,
                "reason": verdict.reason,
                "by": acting_user,
                "at": now,
            },
        )
        if is_new:
            audit.record(
                "wave.decided",
                target=wave,
                payload={
                    "outcome": verdict.outcome.value,
                    "policy": str(verdict.policy) if verdict.policy else None,
                    "length": wave.length,
                    "picked": count,
                },
                acting_user=acting_user,
                now=now,
            )
    return wave, is_new


def _decide_one(
    wave: Wave, pick: Pick, verdict: Verdict, *, acting_user: User, now: datetime
) -> None:
    report = _locked(pick.report, acting_user)
    _require_fit(report, acting_user, now)
    before: dict[str, Any] = {
        "sanctions": [enforcement.terms(one) for one in report.sanctions.all()]
    }
    if verdict.policy is None:
        review.dismiss(
            report.pk,
            version=pick.version,
            reason=verdict.reason,
            acting_user=acting_user,
            now=now,
        )
    else:
        has_sanction = any(one["lifted_at"] is None for one in before["sanctions"])
        # Without a sanction there is nothing to keep; with one, confirming never takes it away.
        is_less = verdict.length in (Length.NONE, Length.WARNING)
        kept = Length.AS_IS if has_sanction and is_less else verdict.length
        review.confirm(
            report.pk,
            version=pick.version,
            policy=verdict.policy,
            length=kept,
            reason=verdict.reason,
            acting_user=acting_user,
            now=now,
        )
    report.refresh_from_db()
    versions = report.sanctions.values_list("pk", "version")
    before["versions"] = {str(pk): version for pk, version in versions}
    WaveItem.objects.create(wave=wave, report=report, before=before, version=report.version)
    _record("report.decided_in_wave", wave, report, acting_user=acting_user, now=now)


def _undo_one(item: WaveItem, *, reason: str, acting_user: User, now: datetime) -> None:
    report = _locked(item.report_id, acting_user)
    locked = WaveItem.objects.select_for_update().select_related("wave").get(pk=item.pk)
    if locked.undone_at is not None:
        raise PassedOverError("somebody has undone it")
    if report.version != item.version or report.state != State.CLOSED:
        raise PassedOverError("it was touched since")
    before = {UUID(terms["id"]): terms for terms in item.before["sanctions"]}
    versions = item.before.get("versions", {})
    for sanction in report.sanctions.all():
        fresh = enforcement.lock(sanction)
        if fresh.version != versions.get(str(fresh.pk)):
            raise PassedOverError("its sanction was changed since")
        if fresh.pk in before:
            enforcement.restore(fresh, before[fresh.pk], acting_user=acting_user, now=now)
        else:
            enforcement.withdraw(fresh, acting_user=acting_user, now=now)
    review.undo(report, reason=reason, acting_user=acting_user, now=now)
    locked.undone_at, locked.undone_by = now, acting_user
    locked.save(update_fields=["undone_at", "undone_by"])
    _record("report.wave_undone", locked.wave, report, acting_user=acting_user, now=now)


def _locked(report_id: UUID, user: User) -> Report:
    """The report, its subject locked first; one that the account may not know of isn't there."""
    visible = Report.objects.visible_to(user)
    seen = visible.filter(pk=report_id).first()
    if seen is None:
        raise PassedOverError("there is no such report")
    lock_subject(decode(seen.snapshot).subject)
    report = visible.select_for_update(of=("self",)).filter(pk=report_id).first()
    if report is None:
        # It was sealed while its subject's lock was waited for.
        raise PassedOverError("there is no such report")
    return report


def _require_fit(report: Report, user: User, now: datetime) -> None:
    is_held = report.state == State.CLAIMED and report.claimed_until and report.claimed_until > now
    if is_held and report.claimed_by is not None and report.claimed_by_id != user.pk:
        raise PassedOverError(f"{report.claimed_by.get_username()} holds it")
    if not fitting(user, now).filter(pk=report.pk).exists():
        raise PassedOverError("it is decided one by one, or decided already")
    if Appeal.objects.filter(statement__sanction__report=report, state=AppealState.OPEN).exists():
        raise PassedOverError("an appeal waits for its decision")


def _record(verb: str, wave: Wave, report: Report, *, acting_user: User, now: datetime) -> None:
    payload = {"wave": str(wave.public_id)}
    audit.record(verb, target=report, payload=payload, acting_user=acting_user, now=now)
