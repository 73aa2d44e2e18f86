"""Evidence over HTTP, one frame at a time: a mosaic by default, the original after a deliberate
step, colours after another (I18)."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.admin.exposure_words import full_words
from reports.evidence_room import evidence, exposure, viewing
from reports.evidence_room.chunks import ChunkedResponse, pieces
from reports.evidence_room.renditions import RenditionError
from reports.models import Evidence
from reports.roles import NotAllowedError

PURPOSES = (
    ("decide", gettext_lazy("to decide it")),
    ("appeal", gettext_lazy("for an appeal")),
    ("refer", gettext_lazy("for an authority")),
)
"""Why somebody looks; written to the trail with the opening."""

FOR_A_BANK = "bank"
"""The purpose of who has to agree to a bank entry, and holds no claim for it."""

FOR_QUALITY = "quality"
"""The purpose of who makes a second decision, and holds no claim for it."""

FRAME_DIGITS = 5

_REFUSALS = (
    (
        viewing.NoClaimError,
        gettext_lazy("Claim the report first; the claim may have run out."),
        403,
    ),
    (
        viewing.NotApprovedError,
        gettext_lazy("Sealed: another person of the team has to agree first."),
        403,
    ),
    (viewing.GreyFirstError, gettext_lazy("Look at it in grey first."), 403),
    (
        evidence.NoPrivateKeyError,
        gettext_lazy("Evidence opens only in the process that has the key."),
        503,
    ),
    (
        evidence.DestroyedError,
        gettext_lazy("This evidence was destroyed; its digest is kept."),
        410,
    ),
    # Before its parent: what isn't there is no reason to try again.
    (FileNotFoundError, gettext_lazy("This evidence can't be shown."), 404),
    (
        OSError,
        gettext_lazy("The store that evidence lies in can't be reached. Try again in a moment."),
        503,
    ),
)

_HEADERS = {
    "Cache-Control": "no-store, private, max-age=0",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def mosaic(request: HttpRequest, report: UUID, item: UUID, user: User) -> HttpResponseBase:
    """The 16-pixel mosaic of `frame` as PNG."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    _require_part(report, item, user)
    frame = frame_number(request.GET.get("frame"))
    try:
        opened = viewing.open_mosaic(item, frame=frame, acting_user=user, now=timezone.now())
    except (evidence.EvidenceError, RenditionError, OSError) as error:
        return _refused(error)
    return _served(opened)


def original(request: HttpRequest, report: UUID, item: UUID, user: User) -> HttpResponseBase:
    """`frame` of the original as PNG, watermarked and grey, in colour with `look=colour`; 403
    without the claim, 400 without a purpose."""
    _require_part(report, item, user)
    purpose = request.POST.get("purpose", "")
    if purpose not in {FOR_A_BANK, FOR_QUALITY, *(value for value, _label in PURPOSES)}:
        return plain(_("Say what for."), 400)
    glance = viewing.Glance(
        frame=frame_number(request.POST.get("frame")),
        in_colour=request.POST.get("look") == "colour",
        purpose=purpose,
    )
    try:
        opened = viewing.open_original(item, glance, acting_user=user, now=timezone.now())
    except NotAllowedError:
        return plain(_("Your role opens no originals."), 403)
    except (evidence.EvidenceError, RenditionError, OSError) as error:
        return _refused(error)
    return _served(opened)


def frame_number(text: str | None) -> int:
    """The frame's number from 0 on; 0 for what is none."""
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) < FRAME_DIGITS
    return int(text) if text is not None and is_number else 0


def _require_part(report: UUID, item: UUID, user: User) -> None:
    if not Evidence.objects.visible_to(user).filter(pk=item, report=report).exists():
        raise Http404


def _served(opened: viewing.Opened) -> ChunkedResponse:
    return served(
        opened.data,
        opened.media_type,
        on_sent=lambda: viewing.mark_served(opened.view, now=timezone.now()),
    )


def served(data: bytes, media_type: str, *, on_sent: Callable[[], None]) -> ChunkedResponse:
    """`data` in chunks, kept by nobody on its way; `on_sent` runs after the last byte has left."""
    response = ChunkedResponse(pieces(data), content_type=media_type, on_sent=on_sent)
    response.headers["Content-Length"] = str(len(data))
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _refused(error: Exception) -> HttpResponse:
    if isinstance(error, exposure.LimitError):
        return plain(full_words(error.full), 429)
    for kind, text, status in _REFUSALS:
        if isinstance(error, kind):
            return plain(str(text), status)
    return plain(_("This evidence can't be shown."), 404)


def plain(text: str, status: int) -> HttpResponse:
    """Why there is no picture, in words."""
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
