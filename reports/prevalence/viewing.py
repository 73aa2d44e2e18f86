"""A prevalence frame is shown as evidence is: in tiles, then grey, then in colour, on the record.

    ViewingError
    ├── NotTakenError        a frame is shown only to who holds it
    ├── NotGreyYetError      colours are a step of their own, after grey
    └── NoKeyError           this process can't open what is sealed

`LimitError` (enough for now), `GoneError`, `SealError`, `RenditionError` and `MemoryAwayError` are
raised as they are.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User

from reports.evidence_room import exposure, renditions
from reports.hashing.pdq import Picture
from reports.keys import evidence_keyring
from reports.models import PrevalenceFrame, PrevalenceView, Rendition
from reports.prevalence import judging
from reports.prevalence.judging import Keyring
from reports.prevalence.memory import FrameMemory
from reports.roles import Right, require
from reports.trail import audit

MEDIA_TYPE = "image/png"


class ViewingError(Exception):
    """The frame can't be shown as asked."""


class NotTakenError(ViewingError):
    """Take the frame first; the time for it may be over."""


class NotGreyYetError(ViewingError):
    """Nobody meets colours in one step."""


class NoKeyError(ViewingError):
    """EVIDENCE_PRIVATE_KEY is not set in this process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A PNG ready to be sent. Call `mark_served(view)` after its last byte."""

    view: int
    data: bytes


def keyring() -> Keyring:
    """The keys that open what is sealed. Raises `NoKeyError`."""
    if not settings.EVIDENCE_PRIVATE_KEY:
        raise NoKeyError("frames open only in the process that has EVIDENCE_PRIVATE_KEY")
    return evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, settings.EVIDENCE_PRIVATE_KEYS_BEFORE)


def open_mosaic(frame: UUID, memory: FrameMemory, *, acting_user: User, now: datetime) -> Shown:
    """The default rendition: a grey mosaic."""
    row = _held(frame, acting_user, now)
    picture = _picture(row, memory)
    view = PrevalenceView(rendition=Rendition.MOSAIC)
    with audit.trail(is_durable=True):
        _record_opening(view, row, acting_user=acting_user, now=now)
    return Shown(view=view.pk, data=renditions.mosaic(picture))


def open_original(
    frame: UUID, memory: FrameMemory, *, in_colour: bool, acting_user: User, now: datetime
) -> Shown:
    """The frame with viewer and time across it, in grey; in colour for who was served it in grey
    before. That it was opened is committed before this returns."""
    row = _held(frame, acting_user, now)
    picture = _picture(row, memory)
    view = PrevalenceView(rendition=Rendition.ORIGINAL, in_colour=in_colour)
    # Durable: committed before the first byte can leave.
    with audit.trail(is_durable=True):
        exposure.lock_and_require_room(row.pk, is_severe=False, acting_user=acting_user, now=now)
        if in_colour and not _saw_grey(row, acting_user):
            raise NotGreyYetError("look at it in grey first")
        exposure.cover(acting_user, now)
        _record_opening(view, row, acting_user=acting_user, now=now)
    name = acting_user.get_username()
    marked = renditions.watermarked(picture, viewer=name, at=now, in_colour=in_colour)
    return Shown(view=view.pk, data=marked)


def mark_served(view: int, *, now: datetime) -> None:
    """The last byte has left."""
    with audit.trail():
        rows = PrevalenceView.objects.select_for_update(of=("self",)).select_related("viewer")
        shown = rows.get(pk=view)
        if shown.served_at is not None:
            return
        shown.served_at = now
        shown.save(update_fields=["served_at"])
        audit.record(
            "prevalence.served",
            target=f"prevalenceframe:{shown.frame_id}",
            payload={"view": shown.pk, "rendition": shown.rendition},
            acting_user=shown.viewer,
            now=now,
        )


def _held(frame: UUID, acting_user: User, now: datetime) -> PrevalenceFrame:
    require(acting_user, Right.OPEN_EVIDENCE)
    row = judging.held(acting_user, now)
    if row is None or row.pk != frame:
        raise NotTakenError("take the frame first; the time for it may be over")
    return row


def _picture(row: PrevalenceFrame, memory: FrameMemory) -> Picture:
    return renditions.still(judging.load(row, memory, keyring()).picture)


def _saw_grey(row: PrevalenceFrame, acting_user: User) -> bool:
    served = row.views.filter(viewer=acting_user, served_at__isnull=False)
    return served.filter(rendition=Rendition.ORIGINAL).exists()


def _record_opening(
    view: PrevalenceView, row: PrevalenceFrame, *, acting_user: User, now: datetime
) -> None:
    view.frame, view.viewer, view.opened_at = row, acting_user, now
    view.save()
    audit.record(
        "prevalence.opened",
        target=row,
        payload={"view": view.pk, "rendition": str(view.rendition), "in_colour": view.in_colour},
        acting_user=acting_user,
        now=now,
    )
