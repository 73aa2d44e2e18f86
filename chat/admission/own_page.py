"""The door of every POST: only pages of our own may send one."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from chat.admission import origins

View = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponseBase]]


def from_own_page(view: View) -> View:
    """Refuse what no page of ours has sent: the exact list of origins stands in for CSRF (I21)."""

    @wraps(view)
    async def wrapped(request: HttpRequest) -> HttpResponseBase:
        if not origins.is_allowed(request.headers.get("Origin"), settings.ALLOWED_ORIGINS):
            return JsonResponse({"code": "forbidden_origin"}, status=403)
        return await view(request)

    return wrapped
