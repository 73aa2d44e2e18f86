"""Second decisions: taken blind, answered once, discussed where they differ, resolved by a lead.

    QualityError               looking again helps
    ├── NotHeldError           the account doesn't hold this item (any more)
    ├── WithdrawnError         there is less to see than the first one saw; the item is withdrawn
    ├── NotDisputedError       there is nothing to discuss or to resolve (any more)
    └── StillOpenError         the report waits for a decision anyway

`NotAllowedError` and `QualityItem.DoesNotExist` (also for what the account may not know of) are
raised as they are.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from reports.models import (
    Answer,
    AuditEntry,
    Decision,
    EvidenceView,
    Policy,
    QualityItem,
    QualityNote,
    Resolution,
    State,
)
from reports.reviewing import reopening
from reports.roles import NotAllowedError, Right, require
from reports.snapshot_json import storable
from reports.trail import audit

HELD_FOR = timedelta(minutes=30)
"""A second decision is judged without hurry; afterwards somebody else may take it."""
TEXT_MAX = 2000


class QualityError(Exception):
    """The act is not possible as asked."""


class NotHeldError(QualityError):
    """Take the item first; the time for it may be over."""


class WithdrawnError(QualityError):
    """What there was to see has been destroyed."""


class NotDisputedError(QualityError):
    """Both decisions agree, or a lead has resolved it."""


class StillOpenError(QualityError):
    """The report is not closed, so that it can't be opened again."""


def waiting_for(user: User, now: datetime) -> QuerySet[QualityItem]:
    """Items that `user` could judge blind: nothing that they had a hand in or have looked at, and
    nothing that they gave back or let go: since then they could look."""
    mine = Q(report=OuterRef("report")) | Q(sanction__report=OuterRef("report"))
    acted = Decision.objects.filter(mine, decided_by=user)
    looked = EvidenceView.objects.filter(evidence__report=OuterRef("report"), viewer=user)
    on_record = AuditEntry.objects.filter(actor=user.pk)
    read = on_record.filter(
        verb="report.lines_served", object_type="report", object_id=_as_text("report")
    )
    taken = on_record.filter(
        verb="quality.taken", object_type="qualityitem", object_id=_as_text("pk")
    )
    return (
        QualityItem.objects.visible_to(user)
        .filter(Q(held_by=None) | Q(held_until__lte=now) | Q(held_by=user))
        .filter(answer="", withdrawn_at=None)
        .exclude(first_by=user)
        .exclude(Exists(acted))
        # One's own looks at an item that one holds are part of judging it.
        .filter(Q(held_by=user) | ~(Exists(looked) | Exists(read) | Exists(taken)))
    )


def held(user: User) -> QualityItem | None:
    """What `user` is judging now."""
    return QualityItem.objects.visible_to(user).filter(held_by=user).first()


def take_next(*, acting_user: User, now: datetime) -> QualityItem | None:
    """The item the account holds already, else the oldest that it may judge; None without any."""
    require(acting_user, Right.DECIDE)
    with audit.trail():
        item = held(acting_user)
        if item is None:
            item = (
                waiting_for(acting_user, now)
                .order_by("sample__drawn_at", "place")
                .select_for_update(skip_locked=True, of=("self",))
                .first()
            )
        if item is None:
            return None
        item.held_by, item.held_until = acting_user, now + HELD_FOR
        item.save(update_fields=["held_by", "held_until"])
        _record("taken", item, acting_user, now)
    return item


def give_back(item_id: UUID, *, acting_user: User, now: datetime) -> None:
    """Leave the item to somebody else, without penalty."""
    with audit.trail():
        item = _held(item_id, acting_user)
        item.held_by, item.held_until = None, None
        item.save(update_fields=["held_by", "held_until"])
        _record("given_back", item, acting_user, now)


def require_all_there(item: QualityItem, *, acting_user: User, now: datetime) -> None:
    """Withdraw the item when there is less to see than when it was drawn: what is missing would
    tell how it ended. Raises `WithdrawnError`."""
    report = item.report
    is_less = (
        len(report.snapshot["lines"]) < item.lines_count
        or report.evidence.filter(destroyed_at=None).count() < item.evidence_count
    )
    if not is_less:
        return
    with audit.trail():
        QualityItem.objects.filter(pk=item.pk).update(
            withdrawn_at=now, held_by=None, held_until=None
        )
        _record("withdrawn", item, acting_user, now)
    raise WithdrawnError("what there was to see has been destroyed; the item is withdrawn")


def answer(
    item_id: UUID, *, policy: Policy | None, reason: str, acting_user: User, now: datetime
) -> QualityItem:
    """The second decision: `policy` is broken, None for no rule. Nothing follows for anybody."""
    require(acting_user, Right.DECIDE)
    if policy is not None and policy.is_child_safety:
        require(acting_user, Right.CHILD_SAFETY)
    with audit.trail():
        item = _held(item_id, acting_user)
        if not waiting_for(acting_user, now).filter(pk=item.pk).exists():
            raise NotAllowedError("a second decision is made by somebody who had no hand in it")
        item.answer = _answer(item, policy)
        item.answer_policy = "" if policy is None else policy.code
        item.reason = storable(reason)[:TEXT_MAX]
        item.answered_by, item.answered_at = acting_user, now
        item.held_by, item.held_until = None, None
        item.save()
        _record("answered", item, acting_user, now)
    return item


def discuss(item_id: UUID, *, text: str, acting_user: User, now: datetime) -> QualityNote:
    """A word in the discussion of a disagreement."""
    require(acting_user, Right.REVIEW)
    with audit.trail():
        item = _disputed(item_id, acting_user)
        note = QualityNote.objects.create(
            item=item, text=storable(text)[:TEXT_MAX], written_by=acting_user, at=now
        )
        _record("discussed", item, acting_user, now)
    return note


def resolve(
    item_id: UUID, resolution: Resolution, *, reason: str, acting_user: User, now: datetime
) -> QualityItem:
    """A lead's word on a disagreement. REOPEN puts the report back into its queue."""
    require(acting_user, Right.LEAD_QUALITY)
    with audit.trail():
        item = _disputed(item_id, acting_user)
        if acting_user.pk in {item.answered_by_id, item.first_by_id}:
            raise NotAllowedError("whoever made one of the two decisions doesn't settle it")
        if resolution is Resolution.REOPEN:
            if item.report.state != State.CLOSED:
                raise StillOpenError("the report is not closed: it waits for its decision")
            reopening.reopen(item.report_id, reason=reason, acting_user=acting_user, now=now)
        item.resolution = resolution
        item.resolution_reason = storable(reason)[:TEXT_MAX]
        item.resolved_by, item.resolved_at = acting_user, now
        item.save()
        _record("resolved", item, acting_user, now)
    return item


def _as_text(column: str) -> Cast:
    """The outer row's id as the trail writes it."""
    return Cast(OuterRef(column), CharField())


def _held(item_id: UUID, acting_user: User) -> QualityItem:
    item = _locked(item_id, acting_user)
    if item.held_by_id != acting_user.pk:
        raise NotHeldError("take the next second decision; the time for this one is over")
    return item


def _disputed(item_id: UUID, acting_user: User) -> QualityItem:
    item = _locked(item_id, acting_user)
    if not item.is_disputed or item.resolution:
        raise NotDisputedError("there is nothing to settle here any more")
    return item


def _locked(item_id: UUID, acting_user: User) -> QualityItem:
    visible = QualityItem.objects.visible_to(acting_user)
    return visible.select_for_update(of=("self",)).get(pk=item_id)


def _answer(item: QualityItem, policy: Policy | None) -> Answer:
    if policy is None:
        return Answer.NONE
    return Answer.THIS_POLICY if policy.code == item.policy else Answer.ANOTHER_POLICY


def _record(act: str, item: QualityItem, acting_user: User, now: datetime) -> None:
    audit.record(
        f"quality.{act}",
        target=item,
        payload={
            "sample": str(item.sample_id),
            "report": str(item.report_id),
            "answer": item.answer,
            "resolution": item.resolution,
        },
        acting_user=acting_user,
        now=now,
    )
