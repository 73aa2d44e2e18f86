"""What a device has earned by talking, and the trust that follows. Blocking ORM work.

Raises Django's database errors; `chat.database.run` turns them into `DatabaseUnavailable`.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from chat import trust
from chat.admission import addresses
from chat.models import Block, Device, Encounter, Participant
from chat.trust import History, Level, Met, Trust
from reports.ids import DeviceId
from reports.incoming.conduct import find_conduct
from reports.snapshots import Person

KEPT_MAX = 64
"""Partners that are remembered per device: the newest. More than the highest level takes."""
MINUTES_MAX = 600
FORGOTTEN_MAX = 200
"""Old rows, of anybody's, that one new row takes along: so they go without a sweep."""

FINGERPRINT_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Talked:
    """`person` has talked with `partner` cleanly. `partner_address` is None when it isn't known:
    all such partners count as one neighbourhood."""

    person: Person
    partner: DeviceId
    partner_address: str | None
    minutes: int
    is_goodbye: bool


@transaction.atomic
def note(talked: Talked, now: datetime) -> bool:
    """Remember it; False when the two are kept apart (what was reported or blocked earns nothing),
    or when the person has had everything deleted meanwhile.

    Of two at once for the same pair one may be lost, which harms nobody.
    """
    device = talked.person.device
    pair = Q(device=device, blocked=talked.partner) | Q(device=talked.partner, blocked=device)
    if Block.objects.filter(pair).exists():
        return False
    if not Participant.objects.filter(id=talked.person.participant).exists():
        return False
    row, is_new = Encounter.objects.get_or_create(
        device_id=device,
        partner=_fingerprint(device, talked.partner.bytes),
        defaults={
            "prefix": _prefix(talked),
            "on": now.date(),
            "minutes": min(talked.minutes, MINUTES_MAX),
            "is_goodbye": talked.is_goodbye,
        },
    )
    if is_new:
        _forget_old(device, now)
        return True
    row.prefix, row.on = _prefix(talked), now.date()
    row.minutes = min(row.minutes + talked.minutes, MINUTES_MAX)
    row.is_goodbye = row.is_goodbye or talked.is_goodbye
    row.save()
    return True


def take_back(device: DeviceId, partner: DeviceId) -> None:
    """What `device` earned with `partner`: they reported or blocked it."""
    Encounter.objects.filter(device=device, partner=_fingerprint(device, partner.bytes)).delete()


def assess(devices: Sequence[DeviceId], now: datetime) -> dict[DeviceId, Trust]:
    """How far each of `devices` is trusted, in four queries; unknown ones are new."""
    known = dict(Device.objects.filter(id__in=devices).values_list("id", "created_at"))
    met: dict[DeviceId, list[Met]] = {device: [] for device in devices}
    oldest = (now - timedelta(days=trust.HISTORY_DAYS)).date()
    rows = Encounter.objects.filter(device__in=devices, on__gte=oldest)
    # Hundreds of devices begin to search at once: no model instances for their encounters.
    fields = ("device_id", "prefix", "on", "minutes", "is_goodbye")
    for device, prefix, on, minutes, is_goodbye in rows.values_list(*fields):
        met[DeviceId(device)].append(
            Met(prefix=prefix, on=on, minutes=minutes, is_goodbye=is_goodbye)
        )
    conduct = find_conduct(devices, now - timedelta(days=trust.CONDUCT_DAYS))
    return {
        device: trust.assess(
            History(
                known_since=known.get(device, now),
                met=met[device],
                upheld_against=conduct[device].against,
                upheld_by=conduct[device].by,
            ),
            now,
        )
        for device in devices
    }


def find_levels(devices: Sequence[DeviceId], now: datetime) -> dict[DeviceId, Level]:
    """The level of each of `devices`."""
    return {device: found.level for device, found in assess(devices, now).items()}


def _prefix(talked: Talked) -> str:
    if talked.partner_address is None:
        return ""
    prefix = addresses.prefix(ip_address(talked.partner_address))
    return _fingerprint(talked.person.device, prefix.encode())


def _fingerprint(device: DeviceId, of: bytes) -> str:
    key = f"parley.encounter.{settings.SECRET_KEY}".encode()
    return hmac.digest(key, device.bytes + of, "sha256")[:FINGERPRINT_BYTES].hex()


def _forget_old(device: DeviceId, now: datetime) -> None:
    newest = Encounter.objects.filter(device=device).order_by("-on", "-pk")[:KEPT_MAX]
    Encounter.objects.filter(device=device).exclude(pk__in=newest.values("pk")).delete()
    oldest = (now - timedelta(days=trust.HISTORY_DAYS)).date()
    outdated = Encounter.objects.filter(on__lt=oldest).order_by("on")[:FORGOTTEN_MAX]
    Encounter.objects.filter(pk__in=outdated.values("pk")).delete()
