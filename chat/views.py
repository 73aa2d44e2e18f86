"""The site's own pages."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django.views.generic import TemplateView
from redis.exceptions import RedisError

from chat import clock, database, preferences, video_gate
from chat.admission import cookies
from chat.admission.birthdays import MINIMUM_AGE_YEARS
from chat.database import DatabaseUnavailable
from chat.messages import encode
from chat.trust import Level
from moderation.stores.client import connect_async
from reports.ids import ParticipantId


@require_safe
@never_cache
async def index(request: HttpRequest) -> HttpResponse:
    """Entry, lobby, conversation and barred page in one.

    Context: `is_entered` (there is a participant cookie to believe), `video_open` (to
    somebody new), `banner` (the
    operator's line, may be empty), `terms_version`, `wish` (what they chose last, as a `seek`
    message; empty for none).
    """
    participant = cookies.read_participant(request.COOKIES.get(cookies.PARTICIPANT_COOKIE))
    context = {
        "is_entered": participant is not None,
        "video_open": await _is_video_open(),
        "banner": settings.BANNER_TEXT,
        "terms_version": settings.TERMS_VERSION,
        "wish": "" if participant is None else await _wish(participant),
    }
    return render(request, "chat/index.html", context)


async def _wish(participant: ParticipantId) -> str:
    try:
        chosen = await database.run(preferences.load, participant)
    except DatabaseUnavailable:
        return ""
    return "" if chosen is None else encode("seek", **asdict(chosen))


async def _is_video_open() -> bool:
    # A client of the request's own: pages may be served on another event loop than sockets.
    async with connect_async() as client:
        try:
            return await video_gate.is_open(client, Level.NEW, clock.now_ms())
        except RedisError:
            return False


class Words(TemplateView):
    """A page of plain words. Context: `banner`, `terms_version`, `minimum_age`."""

    http_method_names = ["get", "head"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page's context."""
        return super().get_context_data(
            banner=settings.BANNER_TEXT,
            terms_version=settings.TERMS_VERSION,
            minimum_age=MINIMUM_AGE_YEARS,
            **kwargs,
        )
