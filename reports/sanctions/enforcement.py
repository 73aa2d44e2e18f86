"""Sanctions: the only place that makes, changes or lifts one.

    EnforcementError            a retry does not help
    ├── TwoPeopleNeededError    one person alone may not do this
    └── LengthError             this length does not fit

Every act opens or joins `audit.trail()`, changes sanction and statement together, and nudges the
live sockets after commit. Callers have checked visibility; rights that depend on the act (for
ever, child safety) are checked here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User

from reports import events
from reports.ids import DeviceId, ParticipantId
from reports.locks import lock_subject
from reports.models import (
    Decision,
    DecisionKind,
    Policy,
    Queue,
    Report,
    Sanction,
    SanctionKind,
    Strike,
)
from reports.models import Ladder as PolicyLadder
from reports.roles import NotAllowedError, Right, require
from reports.sanctions import statements, warnings
from reports.sanctions.in_force import strikes
from reports.sanctions.ladder import Length, machine_length, person_length
from reports.snapshots import Person
from reports.trail import audit

_TERMS = (
    "policy_id",
    "kind",
    "until",
    "decide_by",
    "is_for_ever_proposed",
    "strike",
    "strike_weight",
    "strike_expires_at",
    "decided_by_id",
    "lifted_at",
    "lifted_by_id",
)
"""What deciding about a sanction changes."""


class EnforcementError(Exception):
    """The act is not possible as asked."""


class TwoPeopleNeededError(EnforcementError):
    """Another person has to agree."""


class LengthError(EnforcementError):
    """The chosen length does not fit what is there."""


def impose_by_machine(
    *, report: Report, policy: Policy, person: Person, now: datetime
) -> Sanction | None:
    """What a finding leads to by its policy: a timed cut, a hold, or nothing.

    A hold keeps somebody safe and punishes nobody: it carries no strike before a person confirms
    it, and never one for somebody who was pressed (I10).
    """
    with audit.trail():
        lock_subject(person)
        match PolicyLadder(policy.ladder):
            case PolicyLadder.PERSON:
                return None
            case PolicyLadder.HOLD:
                terms = _Terms(kind=SanctionKind.HOLD, until=None, strike=Strike.NONE)
            case PolicyLadder.STRIKES:
                if report.was_pressed:
                    return None
                until = now + machine_length(strikes(person, now))
                terms = _Terms(kind=SanctionKind.SUSPENSION, until=until, strike=Strike.UNCONFIRMED)
        return _create(
            report=report, policy=policy, person=person, terms=terms, acting_user=None, now=now
        )


def impose(
    *,
    person: Person,
    policy: Policy,
    length: Length,
    reason: str,
    acting_user: User,
    now: datetime,
    report: Report | None = None,
) -> Sanction:
    """A person's sanction, with a report or without.

    Raises `NotAllowedError` without the right for it, `LengthError` for AS_IS and NONE, and for a
    WARNING where that is too little.
    """
    _require_rights(policy, length, acting_user)
    with audit.trail():
        lock_subject(person)
        if length is Length.WARNING:
            _require_warnable(policy)
        terms = _terms(length, now)
        if report is not None and report.was_pressed:
            terms = _Terms(kind=terms.kind, until=terms.until, strike=Strike.NONE)
        sanction = _create(
            report=report,
            policy=policy,
            person=person,
            terms=terms,
            acting_user=acting_user,
            now=now,
        )
        decide(sanction, DecisionKind.SANCTIONED, reason=reason, acting_user=acting_user, now=now)
    return sanction


def confirm(
    sanction: Sanction, *, policy: Policy, length: Length, acting_user: User, now: datetime
) -> None:
    """A person finds the sanction right: its strike counts, and `length` may replace its end.

    Raises `LengthError` for NONE and WARNING: what has barred somebody can't become what bars
    nobody. For AS_IS on a hold, too: a hold ends in a decision.
    """
    _require_rights(policy, length, acting_user)
    if length is Length.WARNING and sanction.kind == SanctionKind.WARNING:
        length = Length.AS_IS
    if length is Length.WARNING:
        raise LengthError("it has barred them already: keep it, or dismiss the report to lift it")
    if length is Length.NONE:
        raise LengthError("confirming keeps the sanction; dismiss the report to lift it")
    if length is Length.AS_IS and sanction.kind == SanctionKind.HOLD:
        raise LengthError("a hold has no end of its own; choose a length")
    with audit.trail():
        report = sanction.report
        if length is Length.AS_IS and sanction.kind == SanctionKind.WARNING:
            _require_warnable(policy)
        if length is not Length.AS_IS:
            terms = _terms(length, now)
            sanction.kind, sanction.until = terms.kind, terms.until
            sanction.is_for_ever_proposed = length is Length.FOR_EVER
            sanction.decide_by = _decide_by(terms.kind, now)
        sanction.policy = policy
        sanction.decided_by = acting_user
        if report is None or not report.was_pressed:
            sanction.strike = Strike.CONFIRMED
            sanction.strike_weight = policy.strike_weight
            sanction.strike_expires_at = _strike_end(now)
        _save(sanction, "sanction.confirmed", acting_user=acting_user, now=now)
        events.barred(*ids(sanction))


def second(sanction: Sanction, *, reason: str, acting_user: User, now: datetime) -> None:
    """Another person agrees to a bar for ever. Raises `TwoPeopleNeededError` for the same one."""
    require(acting_user, Right.SANCTION_FOR_EVER)
    _require_sight(sanction, acting_user)
    with audit.trail():
        locked = lock(sanction)
        if not locked.is_for_ever_proposed or locked.lifted_at is not None:
            raise EnforcementError("nobody has proposed a bar for ever here")
        if locked.decided_by == acting_user:
            raise TwoPeopleNeededError("a bar for ever needs a second person")
        locked.kind = SanctionKind.EXPULSION
        locked.until, locked.decide_by = None, None
        locked.is_for_ever_proposed = False
        locked.seconded_by = acting_user
        _save(locked, "sanction.seconded", acting_user=acting_user, now=now)
        decide(locked, DecisionKind.SECONDED, reason=reason, acting_user=acting_user, now=now)


def lift(sanction: Sanction, *, reason: str, acting_user: User, now: datetime) -> None:
    """A person takes a sanction back on its own, and its strike with it.

    Raises `TwoPeopleNeededError` while a report on the safety floor is undecided, and for who
    decided it: lifting must not be a way around the second person that dismissing it needs.
    """
    require(acting_user, Right.SANCTION)
    _require_sight(sanction, acting_user)
    with audit.trail():
        locked = lock(sanction)
        report = locked.report
        if report is not None and report.is_safety_floor:
            if not report.outcome:
                raise TwoPeopleNeededError("dismiss the report instead; that takes two people")
            if locked.decided_by == acting_user:
                raise TwoPeopleNeededError("whoever decided it doesn't lift it alone")
        withdraw(locked, acting_user=acting_user, now=now)
        decide(locked, DecisionKind.LIFTED, reason=reason, acting_user=acting_user, now=now)


def withdraw(sanction: Sanction, *, acting_user: User, now: datetime) -> None:
    """Lift a locked sanction at once and void its strike; nothing when it is lifted already."""
    if sanction.lifted_at is not None:
        return
    with audit.trail():
        sanction.lifted_at, sanction.lifted_by = now, acting_user
        sanction.strike = Strike.VOID
        _save(sanction, "sanction.lifted", acting_user=acting_user, now=now)
        events.lifted(*ids(sanction))


def terms(sanction: Sanction) -> dict[str, Any]:
    """What `restore` needs to make the sanction what it is now."""
    return {"id": str(sanction.pk)} | {name: getattr(sanction, name) for name in _TERMS}


def restore(
    sanction: Sanction, before: Mapping[str, Any], *, acting_user: User, now: datetime
) -> None:
    """Make a locked sanction again what `terms` said, also where it was lifted since."""
    with audit.trail():
        for field in Sanction._meta.concrete_fields:
            if field.attname in _TERMS:
                setattr(sanction, field.attname, field.to_python(before[field.attname]))
        _save(sanction, "sanction.restored", acting_user=acting_user, now=now)
        events.barred(*ids(sanction))


def lock(sanction: Sanction) -> Sanction:
    """The sanction as it is now, kept from others until the transaction ends."""
    rows = Sanction.objects.select_related("policy", "statement")
    return rows.select_for_update(of=("self",)).get(pk=sanction.pk)


def decide(
    sanction: Sanction, kind: DecisionKind, *, reason: str, acting_user: User, now: datetime
) -> None:
    """Keep what a person decided about a sanction, and why."""
    Decision.objects.create(
        report=sanction.report,
        sanction=sanction,
        queue=sanction.queue,
        kind=kind,
        policy=sanction.policy,
        reason=reason,
        decided_by=acting_user,
        at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    kind: SanctionKind
    until: datetime | None
    strike: Strike


def _terms(length: Length, now: datetime) -> _Terms:
    if length is Length.FOR_EVER:
        return _Terms(kind=SanctionKind.HOLD, until=None, strike=Strike.CONFIRMED)
    if length is Length.WARNING:
        return _Terms(kind=SanctionKind.WARNING, until=now, strike=Strike.CONFIRMED)
    time = person_length(length)
    if time is None:
        raise LengthError("choose how long the sanction lasts")
    return _Terms(kind=SanctionKind.SUSPENSION, until=now + time, strike=Strike.CONFIRMED)


def _create(
    *,
    report: Report | None,
    policy: Policy,
    person: Person,
    terms: _Terms,
    acting_user: User | None,
    now: datetime,
) -> Sanction:
    has_strike = terms.strike is not Strike.NONE
    sanction = Sanction.objects.create(
        queue=_queue(report, policy),
        participant=person.participant,
        device=person.device,
        report=report,
        policy=policy,
        kind=terms.kind,
        starts_at=now,
        until=terms.until,
        decide_by=_decide_by(terms.kind, now),
        is_for_ever_proposed=terms.kind is SanctionKind.HOLD and acting_user is not None,
        strike=terms.strike,
        strike_weight=policy.strike_weight if has_strike else 0,
        strike_expires_at=_strike_end(now) if has_strike else None,
        decided_by=acting_user,
    )
    statements.issue(sanction, now)
    _audit(sanction, "sanction.imposed", acting_user=acting_user, now=now)
    nudge = events.warned if terms.kind is SanctionKind.WARNING else events.barred
    nudge(person.participant, person.device)
    return sanction


def _save(sanction: Sanction, verb: str, *, acting_user: User, now: datetime) -> None:
    sanction.version += 1
    sanction.save()
    statements.rebuild(sanction, now)
    _audit(sanction, verb, acting_user=acting_user, now=now)


def _audit(sanction: Sanction, verb: str, *, acting_user: User | None, now: datetime) -> None:
    audit.record(
        verb,
        target=sanction,
        payload={
            "report": str(sanction.report_id) if sanction.report_id else None,
            "policy": str(sanction.policy),
            "participant": str(sanction.participant),
            "device": str(sanction.device),
            "kind": str(sanction.kind),
            "until": sanction.until.isoformat() if sanction.until else None,
            "strike": str(sanction.strike),
        },
        acting_user=acting_user,
        now=now,
    )


def _require_rights(policy: Policy, length: Length, acting_user: User) -> None:
    require(acting_user, Right.SANCTION)
    if policy.is_child_safety:
        require(acting_user, Right.CHILD_SAFETY)
    if length is Length.FOR_EVER:
        require(acting_user, Right.SANCTION_FOR_EVER)


def _require_warnable(policy: Policy) -> None:
    if not warnings.may_warn(policy):
        raise LengthError("a warning is for what was said and is not grave; choose a time")


def _require_sight(sanction: Sanction, acting_user: User) -> None:
    if not Sanction.objects.visible_to(acting_user).filter(pk=sanction.pk).exists():
        raise NotAllowedError("no such sanction for this account")


def _queue(report: Report | None, policy: Policy) -> str:
    if report is not None:
        return report.queue
    return Queue.CHILD_SAFETY if policy.is_child_safety else Queue.STANDARD


def _decide_by(kind: SanctionKind, now: datetime) -> datetime | None:
    if kind is not SanctionKind.HOLD:
        return None
    return now + timedelta(seconds=settings.HOLD_DECIDE_WITHIN_S)


def _strike_end(now: datetime) -> datetime:
    return now + timedelta(days=settings.STRIKE_EXPIRY_DAYS)


def ids(sanction: Sanction) -> tuple[ParticipantId, DeviceId]:
    """Whom the sanction is about."""
    return cast(ParticipantId, sanction.participant), cast(DeviceId, sanction.device)
