"""The evidence of a report on its page: as mosaics, few at once, and what may be done with each."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from reports.admin import report_access, report_within
from reports.admin.pages import acting_user
from reports.admin.report_evidence import frame_number
from reports.known_pictures import banks
from reports.models import Evidence, Report
from reports.reviewing.narrowing import EVERYTHING, Chosen
from reports.roles import Right, has_right
from reports.snapshots import EvidenceKind

STILLS_SHOWN = 2
"""As few as tell what it is about; the others are there when they are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One item of evidence at one of its frames; addresses are empty where there is nothing.

    `number` is the frame as people count, from 1 on; `earlier` and `later` are addresses of this
    page with the frame before or after it.
    """

    id: UUID
    kind: str
    caption: str
    is_offending: bool
    frame: int
    number: int
    frames: int
    earlier: str
    later: str
    mosaic_url: str
    open_url: str
    placeholder: str
    pick_url: str
    entry_url: str


def context(report: Report, request: HttpRequest, *, may_open: bool) -> dict[str, Any]:
    """`exhibits` and the `further` ones; an address of the original only for who holds the claim,
    one to pick a frame for a bank only where it can be picked. Sealed originals have one only while
    another person's approval opens them; `access` says how to come by it."""
    user, now = acting_user(request), timezone.now()
    may_pick = has_right(user, Right.PROPOSE_ENTRY)
    opened = report_access.opened_items(report, user, now)
    rows = list(report.evidence.order_by("-is_offending", "captured_at"))
    made = [
        _exhibit(
            report,
            row,
            asked_frame(row, request),
            may_open=may_open and (opened is None or row.pk in opened),
            may_pick=may_pick,
            within=report_within.chosen(request),
        )
        for row in rows
    ]
    stills = [exhibit for exhibit in made if exhibit.kind == EvidenceKind.FRAME]
    further = [exhibit for exhibit in stills[STILLS_SHOWN:] if not _is_asked(exhibit, request)]
    return {
        "exhibits": [exhibit for exhibit in made if exhibit not in further],
        "further": further,
        **report_access.context(report, user, now, opened),
    }


def _is_asked(exhibit: Exhibit, request: HttpRequest) -> bool:
    return request.GET.get("item") == str(exhibit.id)


def asked_frame(row: Evidence, request: HttpRequest) -> int:
    """The frame of the item that the page's address asks for: without a script, links step."""
    if request.GET.get("item") != str(row.pk):
        return 0
    return min(frame_number(request.GET.get("frame")), max(0, row.frames - 1))


def _exhibit(
    report: Report,
    row: Evidence,
    frame: int,
    *,
    may_open: bool,
    may_pick: bool,
    within: Chosen,
) -> Exhibit:
    entry = banks.standing_entry(row)
    placeholder = why_not_shown(row)
    where = (report.pk, row.pk)
    is_frame = row.kind == EvidenceKind.FRAME
    kind = _("still") if is_frame else _("segment")
    return Exhibit(
        id=row.pk,
        kind=row.kind,
        caption=f"{kind}, {date_format(row.captured_at, 'H:i:s')}, {row.sha256[:8]}",
        is_offending=row.is_offending,
        frame=frame,
        number=frame + 1,
        frames=row.frames,
        earlier=step_address(row, frame - 1, within=within),
        later=step_address(row, frame + 1, within=within),
        mosaic_url="" if placeholder else reverse("admin:reports_report_mosaic", args=where),
        open_url=reverse("admin:reports_report_original", args=where)
        if may_open and not placeholder
        else "",
        placeholder=placeholder,
        pick_url=reverse("admin:reports_bankentry_pick", args=(row.pk,))
        if may_pick and entry is None and not banks.why_unfit(row)
        else "",
        entry_url=reverse("admin:reports_bankentry_change", args=(entry.public_id,))
        if entry
        else "",
    )


def why_not_shown(row: Evidence) -> str:
    """What stands in place of the picture; empty when there is one."""
    if row.destroyed_at is not None:
        return _("destroyed; the digest is kept as proof")
    return "" if row.frames else _("it can't be read as pictures; the digest is kept")


def step_address(row: Evidence, frame: int, *, within: Chosen = EVERYTHING) -> str:
    """This page with that frame of the item; empty when there is no such frame."""
    if not 0 <= frame < row.frames:
        return ""
    asked = {"item": str(row.pk), "frame": str(frame), **report_within.carried(within)}
    return f"?{urlencode(asked)}#exhibit-{row.pk}"
