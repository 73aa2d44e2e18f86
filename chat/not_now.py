"""The answer to who comes too often, or while a store is away: a page, or JSON for programs."""

import math
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

TEXTS = frozenset({"text", "explanation", "reason", "note"})
TEXT_FROM = 60
"""Characters above which any other value was written rather than chosen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One value of a form; a text is shown, and may be changed before it goes again."""

    name: str
    value: str
    is_text: bool


def slow_down(request: HttpRequest, retry_after_s: float, *, as_page: bool) -> HttpResponse:
    """429, and when to come again: in `Retry-After` in whole seconds, and in the answer."""
    whole_s = math.ceil(retry_after_s)
    if as_page:
        response = _page(request, {"wait_s": whole_s}, 429)
    else:
        response = JsonResponse({"code": "slow_down", "retry_after_s": retry_after_s}, status=429)
    response["Retry-After"] = str(whole_s)
    return response


def unavailable(request: HttpRequest, *, as_page: bool) -> HttpResponse:
    """503: nothing was done."""
    if as_page:
        return _page(request, {}, 503)
    return JsonResponse({"code": "unavailable"}, status=503)


def written(request: HttpRequest) -> list[Written]:
    """What the form that was sent says, to be sent again."""
    return [
        Written(name=name, value=value, is_text=name in TEXTS or len(value) > TEXT_FROM)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in map(str, values)
    ]


def _page(request: HttpRequest, context: dict[str, int], status: int) -> HttpResponse:
    """Whoever sent a form finds what they wrote there, and can send it again."""
    values = {"is_form": request.method == "POST", "written": written(request)}
    response = render(request, "chat/not_now.html", values | context, status=status)
    response["Cache-Control"] = "no-store"
    return response
