"""Sealed evidence: one person asks to see it, another agrees, and it ends by itself (I11).

    AccessError                a retry does not help, looking again may
    ├── NotSealedError         originals of this report need no approval, or nothing is left of them
    ├── AlreadyAskedError      this account waits for an answer about this report
    └── AnsweredError          answered, taken back or lapsed in the meantime

`NotAllowedError`, `enforcement.TwoPeopleNeededError` and `DoesNotExist` (also for what the account
may not know of) are raised as they are.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User

from reports.models import AccessRequest, AccessState, Evidence, Queue, Report
from reports.roles import Right, require
from reports.sanctions.enforcement import TwoPeopleNeededError
from reports.trail import audit


class AccessError(Exception):
    """The request can't be made or answered like this."""


class NotSealedError(AccessError):
    """There is nothing sealed to be asked for."""


class AlreadyAskedError(AccessError):
    """One open request for each account and report."""


class AnsweredError(AccessError):
    """The request no longer waits, or no longer stands."""


def is_sealed(report: Report) -> bool:
    """Whether an original of this report takes another person's approval."""
    return report.queue != Queue.STANDARD


def ask(
    report_id: UUID, items: Collection[UUID], *, reason: str, acting_user: User, now: datetime
) -> AccessRequest:
    """Ask for the originals of these items of a sealed report."""
    _require_rights(acting_user)
    with audit.trail():
        # Locked: of two requests at once the second one finds the first.
        visible = Report.objects.visible_to(acting_user).select_for_update(of=("self",))
        report = visible.get(pk=report_id)
        rows = list(report.evidence.filter(pk__in=items, destroyed_at=None, frames__gt=0))
        if not is_sealed(report) or not rows or len(rows) < len(set(items)):
            raise NotSealedError("there is nothing sealed to be opened here")
        mine = report.access_requests.filter(asked_by=acting_user, state=AccessState.ASKED)
        if mine.waiting(now).exists():
            raise AlreadyAskedError("you have asked already; another person has to answer")
        mine.update(state=AccessState.LAPSED)
        asked = AccessRequest.objects.create(
            report=report,
            asked_by=acting_user,
            reason=reason,
            asked_at=now,
            lapses_at=now + timedelta(seconds=settings.SEALED_REQUEST_S),
        )
        asked.items.set(rows)
        _record(asked, "asked", acting_user=acting_user, now=now)
    return asked


def approve(request_id: int, *, acting_user: User, now: datetime) -> AccessRequest:
    """Another person agrees: the originals open to who asked, for SEALED_ACCESS_S."""
    with audit.trail():
        asked = _answer(request_id, AccessState.APPROVED, acting_user=acting_user, now=now)
        asked.expires_at = now + timedelta(seconds=settings.SEALED_ACCESS_S)
        asked.save()
        _record(asked, "approved", acting_user=acting_user, now=now)
    return asked


def refuse(request_id: int, *, acting_user: User, now: datetime) -> AccessRequest:
    """Another person does not agree."""
    with audit.trail():
        asked = _answer(request_id, AccessState.REFUSED, acting_user=acting_user, now=now)
        asked.save()
        _record(asked, "refused", acting_user=acting_user, now=now)
    return asked


def revoke(request_id: int, *, acting_user: User, now: datetime) -> AccessRequest:
    """End an approval at once, or take a request back; anybody of the team may, also who asked."""
    _require_rights(acting_user)
    with audit.trail():
        asked = _locked(request_id, acting_user)
        is_waiting = asked.state == AccessState.ASKED and asked.lapses_at > now
        if not is_waiting and not _stands(asked, now):
            raise AnsweredError("this request neither waits nor stands any more")
        asked.state = AccessState.REVOKED
        asked.revoked_by, asked.revoked_at = acting_user, now
        asked.save()
        _record(asked, "revoked", acting_user=acting_user, now=now)
    return asked


def lock_standing(row: Evidence, *, acting_user: User, now: datetime) -> AccessRequest | None:
    """The approval that opens this item to the account now, locked against its being revoked."""
    standing = AccessRequest.objects.standing(acting_user, now).filter(items=row)
    return standing.select_for_update(of=("self",)).order_by("-expires_at").first()


def _answer(
    request_id: int, state: AccessState, *, acting_user: User, now: datetime
) -> AccessRequest:
    _require_rights(acting_user)
    asked = _locked(request_id, acting_user)
    if asked.state != AccessState.ASKED:
        by = asked.answered_by or asked.revoked_by
        raise AnsweredError(f"{by} was faster" if by else "this request has lapsed")
    if asked.lapses_at <= now:
        raise AnsweredError("this request has lapsed; it has to be made again")
    if asked.asked_by_id == acting_user.pk:
        raise TwoPeopleNeededError("another person has to answer this request")
    asked.state, asked.answered_by, asked.answered_at = state, acting_user, now
    return asked


def _stands(asked: AccessRequest, now: datetime) -> bool:
    return (
        asked.state == AccessState.APPROVED
        and asked.expires_at is not None
        and asked.expires_at > now
    )


def _locked(request_id: int, acting_user: User) -> AccessRequest:
    # Nothing joined: after waiting for the lock PostgreSQL reads the row anew, and no other.
    visible = AccessRequest.objects.visible_to(acting_user)
    return visible.select_for_update(of=("self",)).get(pk=request_id)


def _require_rights(user: User) -> None:
    require(user, Right.CHILD_SAFETY)
    require(user, Right.OPEN_EVIDENCE)


def _record(asked: AccessRequest, act: str, *, acting_user: User, now: datetime) -> None:
    audit.record(
        f"access.{act}",
        target=asked,
        payload={
            "report": str(asked.report_id),
            "items": sorted(str(item) for item in asked.items.values_list("pk", flat=True)),
            "expires_at": asked.expires_at.isoformat() if asked.expires_at else None,
        },
        acting_user=acting_user,
        now=now,
    )
