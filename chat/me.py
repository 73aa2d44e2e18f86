"""The edge of "About you": a page, a download, and what one may do about it.

Whoever has the cookies of a browser is shown what is stored about it. Every POST has to come from
a page of ours.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from chat import (
    allowances,
    clock,
    database,
    not_now,
    nudges,
    personal,
    preferences,
    prevalence,
    wording,
)
from chat.admission import cookies
from chat.admission.own_page import View, from_own_page
from chat.allowances import SlowDownError
from chat.database import DatabaseUnavailable
from chat.messages import MESSAGE_MAX_BYTES, MessageError, Seek, decode
from chat.personal import Dossier
from chat.visitors import visitor
from moderation.stores.client import connect_async
from reports.events import participant_group
from reports.ids import DeviceId, ParticipantId

Response = TypeVar("Response", bound=HttpResponseBase)

FILE_NAME = "parley-about-you.json"


def _paced(act: str, *, as_page: bool) -> Callable[[View], View]:
    """As often as is allowed, and kept by no cache; what stands in the way is said in words, or in
    JSON to programs."""

    def decorated(view: View) -> View:
        @wraps(view)
        async def wrapped(request: HttpRequest) -> HttpResponseBase:
            is_page = as_page and request.GET.get("format") != "json"
            try:
                await _keep_pace(request, act)
                return _private(await view(request))
            except SlowDownError as error:
                return _private(not_now.slow_down(request, error.retry_after_s, as_page=is_page))
            except (DatabaseUnavailable, RedisError):
                return _private(not_now.unavailable(request, as_page=is_page))

        return wrapped

    return decorated


def _change(*, as_page: bool) -> Callable[[View], View]:
    """A POST that only a page of ours may send."""

    def decorated(view: View) -> View:
        paced = _paced("changes", as_page=as_page)(view)
        return csrf_exempt(require_POST(from_own_page(paced)))

    return decorated


@require_safe
@_paced("looks", as_page=True)
async def me(request: HttpRequest) -> HttpResponseBase:
    """The page; with `?format=json` the same as a file."""
    participant, device = _who(request)
    dossier = await database.run(personal.gather, participant, device, clock.now())
    frames = 0 if dossier is None else await _count_frames(DeviceId(dossier.device))
    if request.GET.get("format") == "json":
        return _file(dossier, frames)
    context = _context(dossier) | {
        "banner": settings.BANNER_TEXT,
        "frames": frames,
        "asks_for_frames": settings.PREVALENCE_FRAMES_PER_HOUR > 0,
    }
    return render(request, "chat/me.html", context)


@_change(as_page=True)
async def unblock(request: HttpRequest) -> HttpResponseBase:
    """Undo a block of one's own; anything else changes nothing."""
    device = await database.run(personal.find_device, *_who(request))
    block = request.POST.get("block", "")
    if device is not None and block.isdecimal() and len(block) < 19:
        await database.run(personal.unblock, device, int(block))
    return HttpResponseRedirect("/me/#apart", status=303)


@_change(as_page=True)
async def delete(request: HttpRequest) -> HttpResponseBase:
    """Delete what may be deleted, close the live sockets, forget who it was."""
    device = await database.run(personal.find_device, *_who(request))
    if device is not None:
        async with connect_async() as client:
            await prevalence.take_back(client, device)
        gone = await database.run(personal.delete, device, clock.now())
        for participant in gone:
            await nudges.admission_revoked(participant_group(participant))
    response = render(request, "chat/me_deleted.html", {"banner": settings.BANNER_TEXT})
    cookies.forget_participant(response)
    return response


@_change(as_page=True)
async def choose_prevalence(request: HttpRequest) -> HttpResponseBase:
    """Agree that frames may be kept to check the machine, with `agree=yes`; take it back, and
    have what is kept forgotten, with anything else."""
    participant, device = _who(request)
    async with connect_async() as client:
        if request.POST.get("agree") == "yes":
            if participant is not None and settings.PREVALENCE_FRAMES_PER_HOUR > 0:
                await prevalence.agree(client, participant)
        else:
            found = await database.run(personal.find_device, participant, device)
            if found is not None:
                await prevalence.take_back(client, found)
    return HttpResponseRedirect("/me/#checking", status=303)


@_change(as_page=False)
async def save_preferences(request: HttpRequest) -> HttpResponseBase:
    """Keep a `seek` message's wishes for the next visit."""
    participant, _device = _who(request)
    wanted = _wanted(request)
    if wanted is None:
        return JsonResponse({"code": "bad_request"}, status=400)
    if participant is None or not await database.run(
        preferences.save, participant, wanted, clock.now()
    ):
        return JsonResponse({"code": "enter_first"}, status=401)
    return JsonResponse({})


def _wanted(request: HttpRequest) -> Seek | None:
    length = request.headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > MESSAGE_MAX_BYTES:
        return None
    try:
        message = decode(request.body.decode())
    except (MessageError, UnicodeDecodeError):
        return None
    return message if isinstance(message, Seek) else None


def _who(request: HttpRequest) -> tuple[ParticipantId | None, DeviceId | None]:
    device = cookies.read_device(request.COOKIES.get(cookies.DEVICE_COOKIE))
    return (
        cookies.read_participant(request.COOKIES.get(cookies.PARTICIPANT_COOKIE)),
        None if device is None else device.device,
    )


async def _count_frames(device: DeviceId) -> int:
    async with connect_async() as client:
        return await prevalence.count(client, device)


async def _keep_pace(request: HttpRequest, act: str) -> None:
    """Raises `SlowDownError`; who has no cookie is nobody, and costs nothing."""
    who = visitor(request)
    if who.device is None and who.participant is None:
        return
    async with connect_async() as client:
        await allowances.spend(client, act, who)


def _private(response: Response) -> Response:
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Cookie, Accept-Language"
    response["X-Robots-Tag"] = "noindex"
    return response


def _context(dossier: Dossier | None) -> dict[str, Any]:
    if dossier is None:
        return {"dossier": None}
    trust = dossier.trust
    stay = next((stay for stay in dossier.stays if stay.left_at is None), None)
    return {
        "dossier": dossier,
        "stay": stay,
        "languages": [] if stay is None else wording.language_names(stay.languages),
        "earlier": [
            (stay, wording.language_names(stay.languages))
            for stay in dossier.stays
            if stay.left_at is not None
        ],
        "level": trust.level.value,
        "level_name": wording.level_name(trust.level),
        "level_effect": wording.level_effect(trust.level),
        "reasons": [wording.reason(reason) for reason in trust.reasons],
        "in_memory": wording.in_memory(),
    }


def _file(dossier: Dossier | None, frames: int) -> JsonResponse:
    stored: dict[str, Any] = {"stored": None} if dossier is None else {"stored": asdict(dossier)}
    if dossier is not None:
        trust = dossier.trust
        stored["trust_in_words"] = [
            wording.level_effect(trust.level),
            *(wording.reason(reason) for reason in trust.reasons),
        ]
        stored["stored"]["frames_kept_to_check_the_machine"] = frames
    response = JsonResponse(
        {**stored, "in_memory_for_24_hours_at_most": wording.in_memory()},
        encoder=DjangoJSONEncoder,
        json_dumps_params={"indent": 2, "ensure_ascii": False},
    )
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response
