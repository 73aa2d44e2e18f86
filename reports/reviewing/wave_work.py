"""What a worker does for a wave: one report after the other, decided or undone, each once.

A report's step is one transaction with everything that follows from it: two workers at one wave
take a step once, and a killed one leaves it undone for the next. What somebody holds or has touched
since is left alone, and the item says why.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from uuid import UUID

from django.contrib.auth.models import User

from reports.locks import lock_subject
from reports.models import ItemState, Report, State, Wave, WaveItem
from reports.models.wave import UNSETTLED
from reports.reviewing import appeals, handling, review
from reports.reviewing.wave_candidates import fitting
from reports.roles import NotAllowedError, Right, require
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from reports.snapshot_json import decode
from reports.trail import audit

WHY_MAX = 200


class PassedOverError(Exception):
    """One report is left alone; the others go on."""


class _TakenError(Exception):
    """Another worker has taken the step meanwhile."""


_LEFT_ALONE = (
    PassedOverError,
    handling.ReviewError,
    enforcement.EnforcementError,
    NotAllowedError,
)


def carry_out(wave_id: int, *, clock: Callable[[], datetime]) -> None:
    """Decide what waits in the wave, and undo what is to be undone; safe to run twice, and at once.

    Acts for who asked, with the rights that they have by then. Raises `Wave.DoesNotExist`.
    """
    wave = Wave.objects.select_related("by", "undo_by", "policy").get(pk=wave_id)
    for item in wave.items.filter(state__in=UNSETTLED):
        if item.state == ItemState.WAITING:
            _take(item, partial(_decide, wave, item), ItemState.PASSED_OVER, clock)
        elif wave.undo_by is not None:
            _take(item, partial(_undo, wave, item), ItemState.KEPT, clock)


def _take(
    item: WaveItem,
    step: Callable[[datetime], None],
    otherwise: ItemState,
    clock: Callable[[], datetime],
) -> None:
    """The item's step, or `otherwise` with the reason why it was not taken."""
    now = clock()
    try:
        with audit.trail():
            step(now)
    except _TakenError:
        return
    except _LEFT_ALONE as error:
        WaveItem.objects.filter(pk=item.pk, state=item.state).update(
            state=otherwise, why=str(error)[:WHY_MAX], settled_at=now
        )


def _decide(wave: Wave, item: WaveItem, now: datetime) -> None:
    user = _as_of_now(wave.by_id)
    report = _locked(item.report_id, user)
    locked = _locked_item(item)
    _require_fit(report, user, now)
    sanctions = [enforcement.terms(one) for one in report.sanctions.all()]
    if wave.policy is None:
        review.dismiss(
            report.pk, version=item.version, reason=wave.reason, acting_user=user, now=now
        )
    else:
        has_sanction = any(one["lifted_at"] is None for one in sanctions)
        length = Length(wave.length)
        is_less = length in (Length.NONE, Length.WARNING)
        review.confirm(
            report.pk,
            version=item.version,
            policy=wave.policy,
            # Without a sanction there is nothing to keep; with one, confirming never takes it away.
            length=Length.AS_IS if has_sanction and is_less else length,
            reason=wave.reason,
            acting_user=user,
            now=now,
        )
    report.refresh_from_db()
    versions = report.sanctions.values_list("pk", "version")
    locked.before = {
        "sanctions": sanctions,
        "versions": {str(pk): version for pk, version in versions},
    }
    locked.version = report.version
    _settle(locked, ItemState.DECIDED, now)
    _record("report.decided_in_wave", wave, report, acting_user=user, now=now)


def _undo(wave: Wave, item: WaveItem, now: datetime) -> None:
    assert wave.undo_by_id is not None  # the caller has looked
    user = _as_of_now(wave.undo_by_id)
    report = _locked(item.report_id, user)
    locked = _locked_item(item)
    if report.version != locked.version or report.state != State.CLOSED:
        raise PassedOverError("it was touched since")
    before = {UUID(terms["id"]): terms for terms in locked.before["sanctions"]}
    versions = locked.before.get("versions", {})
    for sanction in report.sanctions.all():
        fresh = enforcement.lock(sanction)
        if fresh.version != versions.get(str(fresh.pk)):
            raise PassedOverError("its sanction was changed since")
        if fresh.pk in before:
            enforcement.restore(fresh, before[fresh.pk], acting_user=user, now=now)
        else:
            enforcement.withdraw(fresh, acting_user=user, now=now)
    review.undo(report, reason=wave.undo_reason, acting_user=user, now=now)
    _settle(locked, ItemState.UNDONE, now)
    _record("report.wave_undone", wave, report, acting_user=user, now=now)


def _as_of_now(account: int) -> User:
    """The account with the rights that it has at this report: many may come before, and whoever is
    switched off in between decides no more."""
    user = User.objects.get(pk=account)
    require(user, Right.DECIDE_WAVES)
    return user


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


def _locked_item(item: WaveItem) -> WaveItem:
    locked = WaveItem.objects.select_for_update().get(pk=item.pk)
    if locked.state != item.state:
        raise _TakenError
    return locked


def _require_fit(report: Report, user: User, now: datetime) -> None:
    is_held = report.state == State.CLAIMED and report.claimed_until and report.claimed_until > now
    if is_held and report.claimed_by is not None and report.claimed_by_id != user.pk:
        raise PassedOverError(f"{report.claimed_by.get_username()} holds it")
    if not fitting(user, now).filter(pk=report.pk).exists():
        raise PassedOverError("it is decided one by one, or decided already")
    if appeals.open_against(report).exists():
        raise PassedOverError("an appeal waits for its decision")


def _settle(item: WaveItem, state: ItemState, now: datetime) -> None:
    item.state, item.settled_at = state, now
    item.save(update_fields=["state", "settled_at", "before", "version"])


def _record(verb: str, wave: Wave, report: Report, *, acting_user: User, now: datetime) -> None:
    payload = {"wave": str(wave.public_id)}
    audit.record(verb, target=report, payload=payload, acting_user=acting_user, now=now)
