"""The two signed cookies: who entered, and which browser it was.

A forged, stale or foreign value reads as None, never as an error.
"""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse

from reports.ids import DeviceId, ParticipantId

PARTICIPANT_COOKIE = "parley_participant"
DEVICE_COOKIE = "parley_device"

PARTICIPANT_MAX_AGE_S = 24 * 3600
"""Ages and consent are asked for anew after a day."""
DEVICE_MAX_AGE_S = 400 * 24 * 3600
"""As long as browsers keep any cookie (RFC 6265bis)."""

_OF_AGE = "1"
_UNDER_AGE = "0"

_participant_signer = TimestampSigner(salt="parley.participant")
_device_signer = TimestampSigner(salt="parley.device")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCookie:
    """A browser; `is_under_age` outlives even the loss of its row."""

    device: DeviceId
    is_under_age: bool


def participant_value(participant: ParticipantId) -> str:
    """What `parley_participant` holds."""
    return _participant_signer.sign(participant.hex)


def device_value(cookie: DeviceCookie) -> str:
    """What `parley_device` holds."""
    mark = _UNDER_AGE if cookie.is_under_age else _OF_AGE
    return _device_signer.sign(f"{cookie.device.hex}.{mark}")


def read_participant(value: str | None) -> ParticipantId | None:
    """The participant, None when there is none to believe."""
    text = _unsigned(_participant_signer, value, PARTICIPANT_MAX_AGE_S)
    return None if text is None else ParticipantId(UUID(hex=text))


def read_device(value: str | None) -> DeviceCookie | None:
    """The device, None when there is none to believe."""
    text = _unsigned(_device_signer, value, DEVICE_MAX_AGE_S)
    if text is None:
        return None
    device, _, mark = text.partition(".")
    return DeviceCookie(device=DeviceId(UUID(hex=device)), is_under_age=mark == _UNDER_AGE)


def set_participant(response: HttpResponse, participant: ParticipantId) -> None:
    """Let the browser remember who it is."""
    _set(response, PARTICIPANT_COOKIE, participant_value(participant), PARTICIPANT_MAX_AGE_S)


def set_device(response: HttpResponse, cookie: DeviceCookie) -> None:
    """Let the browser remember which it is."""
    _set(response, DEVICE_COOKIE, device_value(cookie), DEVICE_MAX_AGE_S)


def forget_participant(response: HttpResponse) -> None:
    """Let the browser forget who it is; the device stays."""
    response.delete_cookie(PARTICIPANT_COOKIE, samesite="Lax")


def _set(response: HttpResponse, name: str, value: str, max_age_s: int) -> None:
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _unsigned(signer: TimestampSigner, value: str | None, max_age_s: int) -> str | None:
    if not value:
        return None
    try:
        return signer.unsign(value, max_age=max_age_s)
    except BadSignature:
        return None
