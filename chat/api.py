"""The JSON edge: terms, entering, leaving. docs/protocol.md, "Entering"."""

import logging
from functools import wraps
from typing import assert_never

import redis.asyncio
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from chat import allowances, clock, database, newcomers, not_now, nudges, sanctions
from chat.admission import birthdays, cookies, people
from chat.admission.cookies import DeviceCookie
from chat.admission.entry import BODY_MAX_BYTES, Entry, EntryError, decode_entry
from chat.admission.own_page import View, from_own_page
from chat.admission.people import Admission, Barred, Entered, UnderAge
from chat.admission.proofs import ProofError
from chat.allowances import SlowDownError
from chat.database import DatabaseUnavailable
from chat.newcomers import TooManyNewcomersError
from chat.stores import prefixes
from chat.visitors import Visitor, known_device, visitor
from moderation.stores.client import connect_async
from reports.events import device_group, participant_group
from reports.ids import DeviceId

_log = logging.getLogger(__name__)


def _answered(view: View) -> View:
    """Turn what stands in the way into the answer that the protocol names."""

    @wraps(view)
    async def wrapped(request: HttpRequest) -> HttpResponseBase:
        try:
            return await view(request)
        except EntryError as error:
            return JsonResponse({"code": "bad_request", "fields": error.fields}, status=400)
        except ProofError as error:
            fields = {"proof": str(error)}
            return JsonResponse({"code": "bad_request", "fields": fields}, status=400)
        except (SlowDownError, TooManyNewcomersError) as error:
            return not_now.slow_down(request, error.retry_after_s, as_page=False)
        except (DatabaseUnavailable, RedisError):
            return not_now.unavailable(request, as_page=False)

    return wrapped


@require_safe
@never_cache
@_answered
async def terms(request: HttpRequest) -> HttpResponseBase:
    """What has to be accepted, from which age on, and what a new identity has to solve."""
    who = visitor(request)
    challenge = None
    async with connect_async() as client:
        await allowances.spend(client, "terms", who)
        if await known_device(who) is None:
            challenge = await newcomers.challenge(client, who.prefix, clock.now_ms())
    return JsonResponse(
        {
            "version": settings.TERMS_VERSION,
            "minimum_age": birthdays.MINIMUM_AGE_YEARS,
            "challenge": challenge,
        }
    )


@csrf_exempt
@require_POST
@never_cache
@from_own_page
@_answered
async def enter(request: HttpRequest) -> HttpResponseBase:
    """Let somebody in, or say why not."""
    who = visitor(request)
    async with connect_async() as client:
        await allowances.spend(client, "enter", who)
        entry = decode_entry(_body(request), settings.TERMS_VERSION, clock.now())
        device = await known_device(who)
        if device is None:
            await newcomers.admit(client, who.prefix, entry.proof, clock.now_ms())
        is_of_age = birthdays.is_of_age(entry.birth_date, clock.now())
        admitted = await _admit(who, device, entry, is_of_age=is_of_age)
        await _note(client, who, admitted, is_of_age=is_of_age)
    if isinstance(admitted, Entered) and who.participant is not None:
        await nudges.admission_revoked(participant_group(who.participant))
    return await _answer(admitted)


@csrf_exempt
@require_POST
@never_cache
@from_own_page
@_answered
async def leave(request: HttpRequest) -> HttpResponseBase:
    """Forget the participant; the device stays known."""
    who = visitor(request)
    async with connect_async() as client:
        await allowances.spend(client, "leave", who, like="enter")
    if who.participant is not None:
        await database.run(people.leave, who.participant, clock.now())
        await nudges.admission_revoked(participant_group(who.participant))
    response = JsonResponse({})
    cookies.forget_participant(response)
    return response


async def _admit(
    who: Visitor, device: DeviceId | None, entry: Entry, *, is_of_age: bool
) -> Admission:
    is_marked = who.device is not None and who.device.is_under_age
    return await database.run(
        people.enter,
        device,
        who.participant,
        is_of_age=is_of_age and not is_marked,
        languages=entry.languages,
        terms_version=settings.TERMS_VERSION,
        now=clock.now(),
    )


async def _note(
    client: redis.asyncio.Redis, who: Visitor, admitted: Admission, *, is_of_age: bool
) -> None:
    """Remember for a while what speaks against the prefix. A signal: losing it keeps nobody out
    and lets nobody in."""
    try:
        if isinstance(admitted, Barred):
            await prefixes.note_barred(client, who.prefix, admitted.device, clock.now_ms())
        elif not is_of_age:
            await prefixes.note_under_age(client, who.prefix, settings.UNDER_AGE_SIGNAL_S)
    except RedisError as error:
        _log.warning("a signal was not kept: %s", type(error).__name__)


async def _answer(admitted: Admission) -> JsonResponse:
    match admitted:
        case Entered():
            participant = admitted.person.participant
            response = JsonResponse(
                {"participant": str(participant), "pool": admitted.pool}, status=201
            )
            cookies.set_participant(response, participant)
            device = DeviceCookie(device=admitted.person.device, is_under_age=False)
        case UnderAge():
            await nudges.admission_revoked(device_group(admitted.device))
            response = JsonResponse(
                {"code": "under_age", "help_url": sanctions.HELP_URL}, status=403
            )
            cookies.forget_participant(response)
            device = DeviceCookie(device=admitted.device, is_under_age=True)
        case Barred():
            response = JsonResponse(
                {"code": "barred", **sanctions.describe(admitted.sanction)}, status=403
            )
            device = DeviceCookie(device=admitted.device, is_under_age=False)
        case _:
            assert_never(admitted)
    cookies.set_device(response, device)
    return response


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > BODY_MAX_BYTES:
        raise EntryError({"body": f"at most {BODY_MAX_BYTES} bytes"})
    return request.body
