"""What a page answers while PostgreSQL is away: 503 in plain words, and what was written is kept.

Nothing is written elsewhere for later: a form is refused aloud and taken when it is sent again.
Whoever sends one again after its answer got lost is not filed twice; each service sees to that
(`reports.incoming`, `reports.reviewing`).
"""

import logging
from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _

from chat import not_now
from config.middleware import STAFF_PATH
from reports.admin.registry import site

DATABASE_AWAY = (OperationalError, InterfaceError)
NOT_REPEATED = frozenset({"login", "second_factor", "password_change"})
"""Forms with passwords or codes in them: those are typed again."""

_log = logging.getLogger(__name__)


class OutageMiddleware:
    """Answers for every page that could not reach its rows."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer, or None for errors that say something else."""
        return answer(request, error) if isinstance(error, DATABASE_AWAY) else None


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """503: a page to people, a line or JSON to scripts."""
    _log.warning("a page was not served: %s", type(error).__name__)
    is_page = request.headers.get("Sec-Fetch-Dest") != "empty" and request.accepts("text/html")
    if not request.path.startswith(STAFF_PATH):
        return _not_kept(not_now.unavailable(request, as_page=is_page))
    if not is_page:
        # The pages' scripts show it as it is.
        said = _("Nothing was done: the database can't be reached. Try again in a moment.")
        return _not_kept(HttpResponse(said, content_type="text/plain; charset=utf-8", status=503))
    # The frame asks who it is for, and nobody can say now.
    request.user = AnonymousUser()
    context = {
        **site.each_context(request),
        "is_form": request.method == "POST",
        "written": not_now.written(request) if _may_be_repeated(request) else [],
    }
    return _not_kept(render(request, "reports/admin/not_now.html", context, status=503))


def _may_be_repeated(request: HttpRequest) -> bool:
    try:
        return resolve(request.path).url_name not in NOT_REPEATED
    except Resolver404:
        return False


def _not_kept(response: HttpResponse) -> HttpResponse:
    response.headers["Cache-Control"] = "no-store"
    return response
