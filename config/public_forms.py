"""The pace of the forms that anybody may send, before anything is read.

`reports` knows neither browsers nor addresses, so that the limit stands here, in front of it.
"""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from chat import allowances, not_now
from chat.allowances import SlowDownError
from chat.visitors import Visitor, visitor
from moderation.stores.client import connect_async

ACTS = {
    "statement-appeal": ("appeals", "appeals"),
    "statement-pressed": ("pressed", "appeals"),
    "notice": ("notices", "notices"),
}
"""By the form's name in the addresses: the act, and the act whose settings hold for it. Each has
buckets of its own: whoever wrote appeals can still say that they were pressed."""

_log = logging.getLogger(__name__)


class PacedFormsMiddleware:
    """429 for who sends such a form too often, 503 while nobody can tell how often."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """The refusal, or None when the form may go on."""
        found = request.resolver_match
        act = ACTS.get(found.url_name or "") if found and request.method == "POST" else None
        if act is None:
            return None
        try:
            async_to_sync(_spend)(visitor(request), *act)
        except SlowDownError as error:
            return not_now.slow_down(request, error.retry_after_s, as_page=True)
        except RedisError as error:
            _log.warning("a form was not taken: %s", type(error).__name__)
            return not_now.unavailable(request, as_page=True)
        return None


async def _spend(who: Visitor, act: str, like: str) -> None:
    async with connect_async() as client:
        await allowances.spend(client, act, who, like=like)
