"""Evidence over HTTP: a mosaic by default, the original after a deliberate step (I18)."""

from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports import evidence
from reports.chunks import ChunkedResponse, pieces
from reports.models import Evidence
from reports.renditions import RenditionError
from reports.roles import NotAllowedError

PURPOSES = (
    ("decide", gettext_lazy("to decide it")),
    ("appeal", gettext_lazy("for an appeal")),
    ("refer", gettext_lazy("for an authority")),
)
"""Why somebody looks; written to the trail with the opening."""

FOR_A_BANK = "bank"
"""The purpose of who has to agree to a bank entry, and holds no claim for it."""

_HEADERS = {
    "Cache-Control": "no-store, private, max-age=0",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def mosaic(request: HttpRequest, report: UUID, item: UUID, user: User) -> HttpResponseBase:
    """The 16-pixel mosaic as PNG."""
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET"])
    _require_part(report, item, user)
    try:
        opened = evidence.open_mosaic(item, acting_user=user, now=timezone.now())
    except (evidence.EvidenceError, RenditionError, FileNotFoundError) as error:
        return _refused(error)
    return _served(opened)


def original(request: HttpRequest, report: UUID, item: UUID, user: User) -> HttpResponseBase:
    """The original as PNG, watermarked; 403 without the claim, 400 without a purpose."""
    _require_part(report, item, user)
    purpose = request.POST.get("purpose", "")
    if purpose not in {FOR_A_BANK, *(value for value, _label in PURPOSES)}:
        return _plain(_("Say what for."), 400)
    try:
        opened = evidence.open_original(item, acting_user=user, purpose=purpose, now=timezone.now())
    except NotAllowedError:
        return _plain(_("Your role opens no originals."), 403)
    except (evidence.EvidenceError, RenditionError, FileNotFoundError) as error:
        return _refused(error)
    return _served(opened)


def _require_part(report: UUID, item: UUID, user: User) -> None:
    if not Evidence.objects.visible_to(user).filter(pk=item, report=report).exists():
        raise Http404


def _served(opened: evidence.Opened) -> ChunkedResponse:
    response = ChunkedResponse(
        pieces(opened.data),
        content_type=opened.media_type,
        on_sent=lambda: evidence.mark_served(opened.view, now=timezone.now()),
    )
    response.headers["Content-Length"] = str(len(opened.data))
    for name, value in _HEADERS.items():
        response.headers[name] = value
    return response


def _refused(error: Exception) -> HttpResponse:
    if isinstance(error, evidence.NoClaimError):
        return _plain(_("Claim the report first; the claim may have run out."), 403)
    if isinstance(error, evidence.NoPrivateKeyError):
        return _plain(_("Evidence opens only in the process that has the key."), 503)
    if isinstance(error, evidence.DestroyedError):
        return _plain(_("This evidence was destroyed; its digest is kept."), 410)
    return _plain(_("This evidence can't be shown."), 404)


def _plain(text: str, status: int) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
