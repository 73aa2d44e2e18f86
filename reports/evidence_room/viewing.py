"""Evidence is shown to one viewer at a time, one frame at a time, and each time is on the record.

    EvidenceError
    ├── NoClaimError      an original is shown only to who holds the report's claim
    ├── NotApprovedError  a sealed one only on another person's approval, while it stands
    ├── LimitError        of `reports.evidence_room.exposure`: enough for now
    ├── GreyFirstError    colours are a step of their own, after grey
    └── NoFrameError      there are fewer frames than that

Those of `reports.evidence_room.evidence`, `RenditionError`, `reports.roles.NotAllowedError` and
`Evidence.DoesNotExist` (also for what the account may not know of) are raised as they are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.module_loading import import_string

from reports.evidence_room import access, evidence, exposure, renditions
from reports.evidence_room.evidence import EvidenceError
from reports.evidence_room.renditions import SegmentDecoder
from reports.hashing.pdq import Picture
from reports.models import (
    AccessRequest,
    Basis,
    EntryState,
    Evidence,
    EvidenceView,
    Rendition,
    Report,
    State,
)
from reports.roles import Right, has_right, require
from reports.snapshots import EvidenceKind
from reports.trail import audit

GREY_COUNTS_FOR = timedelta(hours=1)
"""Whoever saw it in grey may see its colours for so long, without the step in between."""


class NoClaimError(EvidenceError):
    """An original is shown only to who has claimed the report."""


class NotApprovedError(EvidenceError):
    """Nobody else has agreed to their seeing this, or not for now."""


class GreyFirstError(EvidenceError):
    """Nobody meets colours in one step."""


class NoFrameError(EvidenceError):
    """The segment has no such frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A rendition ready to be sent. Call `mark_served(view)` after its last byte."""

    view: int
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What somebody asks to be shown of an original: one frame, from 0 on, and what for."""

    frame: int = 0
    in_colour: bool = False
    purpose: str = ""


def open_mosaic(evidence_id: UUID, *, acting_user: User, now: datetime, frame: int = 0) -> Opened:
    """The default rendition of a frame: a grey mosaic as PNG."""
    require(acting_user, Right.REVIEW)
    row = Evidence.objects.visible_to(acting_user).get(pk=evidence_id)
    _require_frame(row, frame)
    view = EvidenceView(rendition=Rendition.MOSAIC, frame=frame, basis=Basis.REPORT)
    with audit.trail(is_durable=True):
        _record_opening(view, row, acting_user=acting_user, now=now)
    return _opened(view, renditions.mosaic(_picture(row, frame)))


def open_original(
    evidence_id: UUID, glance: Glance | None = None, *, acting_user: User, now: datetime
) -> Opened:
    """A frame of the original as PNG with viewer and time across it, in grey; in colour for who
    was served it in grey before. For who holds the report's claim, makes a second decision about
    it, or has to agree to its entering a bank; a sealed one takes another person's approval
    besides.

    That it was opened, and what for, is committed before this returns.
    """
    require(acting_user, Right.OPEN_EVIDENCE)
    asked = glance or Glance()
    row = Evidence.objects.visible_to(acting_user).select_related("report").get(pk=evidence_id)
    _require_frame(row, asked.frame)
    # Durable: committed before the first byte can leave.
    with audit.trail(is_durable=True):
        exposure.lock_and_require(row, acting_user=acting_user, now=now)
        view = EvidenceView(
            rendition=Rendition.ORIGINAL,
            frame=asked.frame,
            in_colour=asked.in_colour,
            basis=_basis(row, acting_user, now),
            access=_approval(row, acting_user, now),
            is_severe=exposure.is_severe(row),
        )
        if asked.in_colour:
            _require_grey(row, acting_user, now)
        exposure.cover(acting_user, now)
        _record_opening(view, row, acting_user=acting_user, now=now, purpose=asked.purpose)
    marked = renditions.watermarked(
        _picture(row, asked.frame),
        viewer=acting_user.get_username(),
        at=now,
        in_colour=asked.in_colour,
    )
    return _opened(view, marked)


def mark_served(view: int, *, now: datetime) -> None:
    """The last byte has left; only this counts as seen (`fileViewedByEsp`)."""
    with audit.trail():
        row = EvidenceView.objects.select_for_update(of=("self",)).select_related("viewer")
        shown = row.get(pk=view)
        if shown.served_at is not None:
            return
        shown.served_at = now
        shown.save(update_fields=["served_at"])
        audit.record(
            "evidence.served",
            target=f"evidence:{shown.evidence_id}",
            payload={"view": shown.pk, "rendition": shown.rendition, "frame": shown.frame},
            acting_user=shown.viewer,
            now=now,
        )


def record_lines_served(report: Report, *, acting_user: User, now: datetime) -> None:
    """The report's lines were put on a page; lines are on the record like pictures."""
    with audit.trail():
        audit.record(
            "report.lines_served",
            target=report,
            payload={"queue": report.queue},
            acting_user=acting_user,
            now=now,
        )


def _require_frame(row: Evidence, frame: int) -> None:
    evidence.require_openable(row)
    if not 0 <= frame < row.frames:
        raise NoFrameError(f"there is no frame {frame}")


def _basis(row: Evidence, acting_user: User, now: datetime) -> Basis:
    """Why the account may be shown the original. Raises `NoClaimError`."""
    report = row.report
    is_held = (
        report.state == State.CLAIMED
        and report.claimed_by_id == acting_user.pk
        and report.claimed_until is not None
        and report.claimed_until > now
    )
    if is_held:
        return Basis.CLAIM
    if _waits_for(row, acting_user):
        return Basis.ENTRY
    if report.quality_items.filter(held_by=acting_user).exists():
        return Basis.QUALITY
    raise NoClaimError("claim the report before opening its evidence")


def _approval(row: Evidence, acting_user: User, now: datetime) -> AccessRequest | None:
    """What a sealed original is opened on, None for others. Raises `NotApprovedError`."""
    if not access.is_sealed(row.report):
        return None
    standing = access.lock_standing(row, acting_user=acting_user, now=now)
    if standing is None:
        raise NotApprovedError("another person of the child-safety team has to agree first")
    return standing


def _waits_for(row: Evidence, acting_user: User) -> bool:
    """Whether the account has to say if this frame enters a bank: it has to see what it agrees to,
    and the report is closed by then."""
    waiting = row.bank_entries.filter(state=EntryState.PROPOSED).exclude(proposed_by=acting_user)
    return has_right(acting_user, Right.APPROVE_ENTRY) and waiting.exists()


def _require_grey(row: Evidence, acting_user: User, now: datetime) -> None:
    served = row.views.filter(
        viewer=acting_user, rendition=Rendition.ORIGINAL, served_at__gt=now - GREY_COUNTS_FOR
    )
    if not served.exists():
        raise GreyFirstError("look at it in grey first")


def _record_opening(
    view: EvidenceView, row: Evidence, *, acting_user: User, now: datetime, purpose: str = ""
) -> None:
    view.evidence, view.viewer, view.opened_at = row, acting_user, now
    view.save()
    audit.record(
        "evidence.opened",
        target=row,
        payload={
            "view": view.pk,
            "report": str(row.report_id),
            "rendition": str(view.rendition),
            "frame": view.frame,
            "in_colour": view.in_colour,
            "basis": str(view.basis),
            "access": str(view.access.public_id) if view.access else None,
            "purpose": purpose,
        },
        acting_user=acting_user,
        now=now,
    )


def _picture(row: Evidence, frame: int) -> Picture:
    return renditions.picture_of(
        EvidenceKind(row.kind),
        evidence.unseal(row),
        frame=frame,
        decode_segment=_decoder(settings.SEGMENT_DECODER),
    )


@cache
def _decoder(name: str) -> SegmentDecoder:
    return cast(SegmentDecoder, import_string(name))


def _opened(view: EvidenceView, data: bytes) -> Opened:
    return Opened(view=view.pk, media_type="image/png", data=data)
