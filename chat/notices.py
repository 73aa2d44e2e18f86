"""The form for people without an account who report a conversation by its code (DSA Art. 16).

While the conversation is in memory (24 hours at most) both sides' lines go with the notice. What
isn't taken is said, and what was written stays on the page.
"""

import secrets

from asgiref.sync import async_to_sync
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods
from redis.exceptions import RedisError

from chat import clock, not_now
from chat.stores import conversations as records
from moderation import intake as screening
from moderation.intake import ScreeningUnavailable
from moderation.samples import Side
from moderation.stores.client import connect_async
from reports.ids import ConversationId
from reports.incoming import notices
from reports.public.forms import NoticeForm
from reports.snapshots import Snapshot

SHEET_BYTES = 16


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest) -> HttpResponse:
    """The form; when it is taken, the receipt's page. `?conversation=` fills in the code."""
    if request.method != "POST":
        code = request.GET.get("conversation", "")[:200]
        sheet = secrets.token_urlsafe(SHEET_BYTES)
        return _page(request, NoticeForm(initial={"locator": code, "sheet": sheet}))
    form = NoticeForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    letter = form.letter()
    try:
        sides = async_to_sync(_sides)(letter.conversation)
        made = notices.receive(letter, sides, now=clock.now())
    except (RedisError, ScreeningUnavailable):
        return not_now.unavailable(request, as_page=True)
    return HttpResponseRedirect(reverse("receipt", args=(made.receipt,)), status=303)


async def _sides(conversation: ConversationId | None) -> list[Snapshot]:
    """Each of the two with what was said, as far as it is in memory."""
    if conversation is None:
        return []
    async with connect_async() as client:
        record = await records.load(client, conversation)
        if record is None:
            return []
        now = clock.now()
        return [await screening.snapshot(client, record.subject(side), now) for side in Side]


def _page(request: HttpRequest, form: NoticeForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "banner": settings.BANNER_TEXT}
    return render(request, "chat/notice.html", context, status=status)
