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

from chat import clock, database, newcomers, nudges, sanctions
from chat.admission import birthdays, cookies, people
from chat.admission.cookies import DeviceCookie
from chat.admission.entry import BODY_MAX_BYTES, Entry, EntryError, decode_entry
from chat.admission.own_page import View, from_own_page
from chat.admission.people import Admission, Barred, Entered, UnderAge
from chat.admission.proofs import ProofError
from chat.database import DatabaseUnavailable
from chat.newcomers import TooManyNewcomersError
from chat.stores import limits, prefixes
from chat.stores.limits import Allowance, Claim
from chat.visitors import Visitor, known_device, visitor
from moderation.stores.client import connect_async
from reports.events import device_group, participant_group
from reports.ids import DeviceId

_log = logging.getLogger(__name__)


class SlowDownError(Exception):
    """Too often; `retry_after_s` says when it may be tried again."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


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
            return _slow_down(error.retry_after_s)
        except (DatabaseUnavailable, RedisError):
            return JsonResponse({"code": "unavailable"}, status=503)

    return wrapped


@require_safe
@never_cache
@_answered
async def terms(request: HttpRequest) -> HttpResponseBase:
    """What has to be accepted, from which age on, and what a new identity has to solve."""
    who = visitor(request)
    now_ms = clock.now_ms()
    challenge = None
    async with connect_async() as client:
        await _keep_pace(client, "terms", who, now_ms)
        if await known_device(who) is None:
            challenge = await newcomers.challenge(client, who.prefix, now_ms)
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
    now_ms = clock.now_ms()
    async with connect_async() as client:
        await _keep_pace(client, "enter", who, now_ms)
        entry = decode_entry(_body(request), settings.TERMS_VERSION, clock.now())
        device = await known_device(who)
        if device is None:
            await newcomers.admit(client, who.prefix, entry.proof, now_ms)
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
        await _keep_pace(client, "leave", who, clock.now_ms())
    if who.participant is not None:
        await database.run(people.leave, who.participant, clock.now())
        await nudges.admission_revoked(participant_group(who.participant))
    response = JsonResponse({})
    cookies.forget_participant(response)
    return response


async def _keep_pace(client: redis.asyncio.Redis, family: str, who: Visitor, now_ms: int) -> None:
    """Take a token of participant, device and prefix, or of none. Raises `SlowDownError`."""
    kind = "TERMS" if family == "terms" else "ENTER"
    claims = [_claim(family, "prefix", f"{kind}_PREFIX", who.prefix)]
    if who.device is not None:
        claims.append(_claim(family, "device", f"{kind}_DEVICE", str(who.device.device)))
    if who.participant is not None:
        claims.append(_claim(family, "participant", f"{kind}_DEVICE", str(who.participant)))
    retry_after_s = await limits.take_all(client, claims, now_ms)
    if retry_after_s:
        raise SlowDownError(retry_after_s)


def _claim(family: str, kind: str, setting: str, who: str) -> Claim:
    per_min, burst = (getattr(settings, f"{setting}_{name}") for name in ("PER_MIN", "BURST"))
    return Allowance(name=f"{family}.{kind}", per_s=per_min / 60, burst=burst), who


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


def _slow_down(retry_after_s: float) -> JsonResponse:
    response = JsonResponse({"code": "slow_down", "retry_after_s": retry_after_s}, status=429)
    response["Retry-After"] = str(int(retry_after_s) + 1)
    return response
