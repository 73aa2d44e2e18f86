"""The answer to who comes too often, or while a store is away: a page, or JSON for programs."""

import math

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render


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


def _page(request: HttpRequest, context: dict[str, int], status: int) -> HttpResponse:
    """Whoever sent a form finds what they wrote there, and can send it again."""
    written = [item for item in request.POST.items() if item[0] != "csrfmiddlewaretoken"]
    values = {"is_form": request.method == "POST", "written": written}
    response = render(request, "chat/not_now.html", values | context, status=status)
    response["Cache-Control"] = "no-store"
    return response
