"""Who knocks, as far as a request or a socket tells: cookies, and the keyed address prefix."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from chat import database
from chat.admission import addresses, cookies, people
from chat.admission.addresses import Address
from chat.admission.cookies import DeviceCookie
from reports.ids import DeviceId, ParticipantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """`device` and `participant` are what signed cookies say, None without one to believe."""

    device: DeviceCookie | None
    participant: ParticipantId | None
    prefix: str


def visitor(request: HttpRequest) -> Visitor:
    """Who sent `request`."""
    return Visitor(
        device=cookies.read_device(request.COOKIES.get(cookies.DEVICE_COOKIE)),
        participant=cookies.read_participant(request.COOKIES.get(cookies.PARTICIPANT_COOKIE)),
        prefix=neighbourhood(request),
    )


async def known_device(visitor: Visitor) -> DeviceId | None:
    """The device that `visitor` has used before; None for a new identity.

    Whoever lost the device's cookie but not the participant's is still on their device, unless
    that participant was deleted. Raises `DatabaseUnavailable`.
    """
    if visitor.device is not None:
        return visitor.device.device
    if visitor.participant is None:
        return None
    return await database.run(people.find_device, visitor.participant)


def neighbourhood(request: HttpRequest) -> str:
    """The keyed address prefix that `request` comes from."""
    return keyed_prefix(
        client_address(request.META.get("REMOTE_ADDR"), request.headers.get("X-Forwarded-For", ""))
    )


def socket_address(scope: Mapping[str, Any]) -> Address:
    """The address that a socket comes from, by its ASGI scope."""
    peer = scope.get("client")
    found = [value for name, value in scope["headers"] if name.lower() == b"x-forwarded-for"]
    return client_address(peer[0] if peer else None, b",".join(found).decode("latin-1"))


def client_address(peer: str | None, forwarded_for: str) -> Address:
    """The nearest address that is no proxy of ours (TRUSTED_PROXIES)."""
    trusted = addresses.parse_networks(settings.TRUSTED_PROXIES)
    return addresses.client_address(peer, forwarded_for, trusted)


def keyed_prefix(address: Address) -> str:
    """The address prefix, keyed: what Redis holds names no address."""
    key = f"parley.prefix.{settings.SECRET_KEY}".encode()
    return hmac.digest(key, addresses.prefix(address).encode(), "sha256").hex()
