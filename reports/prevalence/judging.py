"""What people say of prevalence frames: one at a time, two of them before it counts against.

    PrevalenceError            looking again helps
    ├── NotHeldError           the account doesn't hold this frame (any more)
    └── GoneError              the picture was destroyed meanwhile, as when somebody took it back

`NotAllowedError`, `PrevalenceFrame.DoesNotExist`, `SealError` and `MemoryAwayError` are raised as
they are.

An answer is about the sample and nothing follows for anybody, with one exception: whoever sees a
child, or what is on the safety floor, makes a report by saying so. Then the seal says whom it
shows, and the report goes the way of every other, to the people whom it concerns.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from reports.evidence_room import evidence, exposure
from reports.incoming import intake
from reports.incoming.intake import Place
from reports.locks import lock_subject
from reports.models import (
    Ending,
    Opener,
    Policy,
    PrevalenceAnswer,
    PrevalenceFrame,
    Queue,
)
from reports.prevalence import frames, sealing
from reports.prevalence.memory import FrameMemory
from reports.prevalence.sealing import OpenedFrame
from reports.roles import Right, require
from reports.snapshots import EvidenceItem, EvidenceKind
from reports.trail import audit

HELD_FOR = timedelta(minutes=10)
Keyring = Mapping[str, X25519PrivateKey]


class PrevalenceError(Exception):
    """The act is not possible as asked."""


class NotHeldError(PrevalenceError):
    """Take the frame first; the time for it may be over."""


class GoneError(PrevalenceError):
    """There is no picture any more."""


def waiting_for(user: User, now: datetime) -> QuerySet[PrevalenceFrame]:
    """Frames that `user` could judge: open, in nobody else's hand, and not judged by them before.
    Nobody learns whether somebody else has answered already."""
    mine = PrevalenceAnswer.objects.filter(frame=OuterRef("pk"), answered_by=user)
    return (
        PrevalenceFrame.objects.filter(ending="")
        .filter(Q(held_by=None) | Q(held_until__lte=now) | Q(held_by=user))
        .exclude(Exists(mine))
    )


def held(user: User, now: datetime) -> PrevalenceFrame | None:
    """What `user` is judging now."""
    return PrevalenceFrame.objects.filter(held_by=user, held_until__gt=now, ending="").first()


def take_next(*, acting_user: User, now: datetime) -> PrevalenceFrame | None:
    """The frame the account holds already, else one that lacks only a second person's answer,
    else the oldest; None without any.

    Second answers first: what broke a rule would otherwise be left unfinished more often than what
    broke none, and the share would come out too low.
    """
    _require_rights(acting_user)
    with audit.trail():
        row = held(acting_user, now)
        if row is None:
            row = _take(acting_user, now)
        if row is None:
            return None
        row.held_by, row.held_until = acting_user, now + HELD_FOR
        row.save(update_fields=["held_by", "held_until"])
        _record("taken", row, acting_user, now)
    return row


def give_back(frame: UUID, *, acting_user: User, now: datetime) -> None:
    """Leave the frame to somebody else, without penalty."""
    with audit.trail():
        row = _held(frame, acting_user, now)
        row.held_by, row.held_until = None, None
        row.save(update_fields=["held_by", "held_until"])
        exposure.cover(acting_user, now, item=row.pk)
        _record("given_back", row, acting_user, now)


def answer(
    frame: UUID,
    policy: Policy | None,
    *,
    memory: FrameMemory,
    keyring: Keyring,
    acting_user: User,
    now: datetime,
) -> PrevalenceFrame:
    """Say which policy the frame breaks, None for none.

    "None" settles it. A policy waits for somebody else's answer, unless it `makes_report`. What is
    settled is destroyed. Raises `GoneError` when there is nothing left to report.
    """
    _require_rights(acting_user)
    with audit.trail():
        row = _held(frame, acting_user, now)
        before = row.answers.first()
        PrevalenceAnswer.objects.create(
            frame=row,
            policy="" if policy is None else policy.code,
            answered_by=acting_user,
            at=now,
        )
        row.held_by, row.held_until = None, None
        # Whoever has answered looks at it no more.
        exposure.cover(acting_user, now, item=row.pk)
        if policy is not None and makes_report(policy):
            _report(row, policy, load(row, memory, keyring), now)
            transaction.on_commit(lambda: memory.discard([row.pk]), robust=True)
        elif policy is None or before is not None:
            # Two who differ don't make a breach; the measure counts them in a column of their own.
            row.policy = before.policy if before is not None and policy is not None else ""
            row.is_disputed = before is not None and policy is None
            frames.end(row, Ending.ANSWERED, now=now)
            memory.discard([row.pk])
        else:
            row.save(update_fields=["held_by", "held_until"])
        _record("answered", row, acting_user, now)
    return row


def makes_report(policy: Policy) -> bool:
    """Whether seeing this can't be left at a number: children, and threats to life."""
    return policy.is_child_safety or policy.needs_two_to_dismiss


def load(row: PrevalenceFrame, memory: FrameMemory, keyring: Keyring) -> OpenedFrame:
    """The picture and whom it shows. Raises `GoneError` and `SealError`."""
    kept = memory.load(row.pk)
    if kept is None:
        raise GoneError("this picture was destroyed meanwhile")
    return sealing.unseal(kept, keyring)


def _report(row: PrevalenceFrame, policy: Policy, opened: OpenedFrame, now: datetime) -> None:
    """A report by staff, with the frame as its evidence; sealed where the policy is."""
    queue = Queue.CHILD_SAFETY if policy.is_child_safety else Queue.STANDARD
    lock_subject(opened.snapshot.subject)
    place = Place(queue=queue, policy=policy)
    report = intake.open_or_join(opened.snapshot, place, opener=Opener.STAFF, now=now)
    evidence.seal(
        report,
        EvidenceItem(
            kind=EvidenceKind.FRAME,
            media_type=sealing.MEDIA_TYPE,
            data=opened.picture,
            captured_at=opened.snapshot.taken_at,
            is_offending=True,
        ),
        now=now,
    )
    intake.reprioritise(report, now)
    row.policy, row.report, row.is_sealed = policy.code, report, policy.is_child_safety
    frames.end(row, Ending.REPORTED, now=now)


def _take(acting_user: User, now: datetime) -> PrevalenceFrame | None:
    free = waiting_for(acting_user, now)
    lacking = free.annotate(said=Count("answers")).order_by("-said", "captured_at", "pk")
    # Another one may take it between the two: then the next click finds another.
    for pk in lacking.values_list("pk", flat=True)[:2]:
        row = free.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if row is not None:
            return row
    return None


def _held(frame: UUID, acting_user: User, now: datetime) -> PrevalenceFrame:
    row = PrevalenceFrame.objects.select_for_update(of=("self",)).get(pk=frame)
    is_held = row.held_by_id == acting_user.pk and row.held_until is not None
    if row.ending or not is_held or row.held_until is None or row.held_until <= now:
        raise NotHeldError("take the next frame; the time for this one is over, or it is gone")
    return row


def _require_rights(user: User) -> None:
    require(user, Right.DECIDE)
    require(user, Right.OPEN_EVIDENCE)


def _record(act: str, row: PrevalenceFrame, acting_user: User, now: datetime) -> None:
    audit.record(
        f"prevalence.{act}",
        target=row,
        payload={"ending": str(row.ending), "sealed": row.is_sealed},
        acting_user=acting_user,
        now=now,
    )
