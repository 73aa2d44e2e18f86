"""The JSON edge: terms, entering, leaving. docs/protocol.md, "Entering"."""

import hmac
from typing import assert_never

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe
from redis.exceptions import RedisError

from chat import clock, database, nudges, sanctions
from chat.admission import addresses, birthdays, cookies, people
from chat.admission.cookies import DeviceCookie
from chat.admission.entry import BODY_MAX_BYTES, Entry, EntryError, decode_entry
from chat.admission.own_page import from_own_page
from chat.admission.people import Admission, Barred, Entered, UnderAge
from chat.database import DatabaseUnavailable
from chat.stores import limits
from chat.stores.limits import Allowance
from moderation.stores.client import connect_async
from reports.events import device_group, participant_group
from reports.ids import ParticipantId


@require_safe
@never_cache
async def terms(request: HttpRequest) -> JsonResponse:
    """What has to be accepted, and from which age on."""
    return JsonResponse(
        {
            "version": settings.TERMS_VERSION,
            "minimum_age": birthdays.MINIMUM_AGE_YEARS,
            "challenge": None,
        }
    )


@csrf_exempt
@require_POST
@never_cache
@from_own_page
async def enter(request: HttpRequest) -> HttpResponseBase:
    """Let somebody in, or say why not."""
    device = cookies.read_device(request.COOKIES.get(cookies.DEVICE_COOKIE))
    before = cookies.read_participant(request.COOKIES.get(cookies.PARTICIPANT_COOKIE))
    try:
        retry_after_s = await _retry_after_s(request, device)
        if retry_after_s:
            return _slow_down(retry_after_s)
        entry = decode_entry(_body(request), settings.TERMS_VERSION, clock.now())
        admitted = await _admit(device, before, entry)
    except EntryError as error:
        return JsonResponse({"code": "bad_request", "fields": error.fields}, status=400)
    except (DatabaseUnavailable, RedisError):
        return JsonResponse({"code": "unavailable"}, status=503)
    if isinstance(admitted, Entered) and before is not None:
        await nudges.admission_revoked(participant_group(before))
    return await _answer(admitted)


@csrf_exempt
@require_POST
@never_cache
@from_own_page
async def leave(request: HttpRequest) -> HttpResponseBase:
    """Forget the participant; the device stays known."""
    participant = cookies.read_participant(request.COOKIES.get(cookies.PARTICIPANT_COOKIE))
    if participant is not None:
        try:
            await database.run(people.leave, participant, clock.now())
        except DatabaseUnavailable:
            return JsonResponse({"code": "unavailable"}, status=503)
        await nudges.admission_revoked(participant_group(participant))
    response = JsonResponse({})
    cookies.forget_participant(response)
    return response


async def _admit(
    device: DeviceCookie | None, before: ParticipantId | None, entry: Entry
) -> Admission:
    now = clock.now()
    is_marked = device is not None and device.is_under_age
    return await database.run(
        people.enter,
        None if device is None else device.device,
        before,
        is_of_age=not is_marked and birthdays.is_of_age(entry.birth_date, now),
        languages=entry.languages,
        terms_version=settings.TERMS_VERSION,
        now=now,
    )


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


async def _retry_after_s(request: HttpRequest, device: DeviceCookie | None) -> float:
    """0.0, or the seconds until this browser and its neighbourhood may knock again."""
    per_prefix = settings.ENTER_PREFIX_BURST
    prefix = Allowance(name="enter.prefix", per_s=per_prefix / 3600, burst=per_prefix)
    per_device = Allowance(name="enter.device", per_s=1 / 60, burst=settings.ENTER_DEVICE_BURST)
    now_ms = clock.now_ms()
    async with connect_async() as client:
        if device is not None:
            retry_after_s = await limits.take(client, per_device, str(device.device), now_ms)
            if retry_after_s:
                return retry_after_s
        return await limits.take(client, prefix, neighbourhood(request), now_ms)


def neighbourhood(request: HttpRequest) -> str:
    """The address prefix, keyed: what Redis holds names no address."""
    address = addresses.client_address(
        request.META.get("REMOTE_ADDR"),
        request.headers.get("X-Forwarded-For", ""),
        addresses.parse_networks(settings.TRUSTED_PROXIES),
    )
    key = f"parley.prefix.{settings.SECRET_KEY}".encode()
    return hmac.digest(key, addresses.prefix(address).encode(), "sha256").hex()


def _body(request: HttpRequest) -> bytes:
    length = request.headers.get("Content-Length", "0")
    if not length.isdecimal() or int(length) > BODY_MAX_BYTES:
        raise EntryError({"body": f"at most {BODY_MAX_BYTES} bytes"})
    return request.body


def _slow_down(retry_after_s: float) -> JsonResponse:
    response = JsonResponse({"code": "slow_down", "retry_after_s": retry_after_s}, status=429)
    response["Retry-After"] = str(int(retry_after_s) + 1)
    return response
