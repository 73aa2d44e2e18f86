"""Who may be here: entering, leaving, and what is known about a participant. Blocking ORM work.

Raises Django's database errors; `chat.database.run` turns them into `DatabaseUnavailable`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from chat.models import Block, Device, Participant
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.sanctions import warnings
from reports.sanctions.in_force import ActiveSanction, active_sanction, find_sanctioned
from reports.snapshots import Person

ADULT_POOL = "adult"
"""The only pool: adults among themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Somebody was let in."""

    person: Person
    pool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderAge:
    """Not let in, and not with another date on this device either."""

    device: DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Not let in because of a sanction."""

    device: DeviceId
    sanction: ActiveSanction


Admission = Entered | UnderAge | Barred


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A participant as PostgreSQL knows them: `is_admitted` is False once they left, or the
    device turned out to be a minor's. `has_untold` says that a warning waits to be shown."""

    person: Person
    pool: str
    is_admitted: bool
    sanction: ActiveSanction | None
    has_untold: bool


@transaction.atomic
def enter(
    device: DeviceId | None,
    participant: ParticipantId | None,
    *,
    is_of_age: bool,
    languages: tuple[str, ...],
    terms_version: str,
    now: datetime,
) -> Admission:
    """Let somebody in on `device` (None: a new one), as a new participant.

    `participant` is who entered here before, if anybody; they are forgotten, and whoever has lost
    their device's cookie is still on that device. The birth date itself never comes here.
    """
    row = _device(device, participant)
    device_id = DeviceId(row.id)
    if row.under_age_at is None and not is_of_age:
        row.under_age_at = now
        row.save(update_fields=["under_age_at"])
    if row.under_age_at is not None:
        _forget(Q(device=row) | Q(id=participant), now)
        return UnderAge(device=device_id)
    newcomer = ParticipantId(uuid4())
    sanction = active_sanction(participant or newcomer, device_id)
    if sanction is not None:
        return Barred(device=device_id, sanction=sanction)
    if participant is not None:
        _forget(Q(id=participant), now)
    Participant.objects.create(
        id=newcomer,
        device=row,
        pool=ADULT_POOL,
        languages=list(languages),
        terms_version=terms_version,
    )
    return Entered(person=Person(participant=newcomer, device=device_id), pool=ADULT_POOL)


def leave(participant: ParticipantId, now: datetime) -> None:
    """Forget the participant; the device stays, with its bars and marks."""
    _forget(Q(id=participant), now)


def find_device(participant: ParticipantId) -> DeviceId | None:
    """The device that `participant` entered on, None when nobody entered under this id."""
    found = Device.objects.filter(participants__id=participant).values_list("id", flat=True).first()
    return None if found is None else DeviceId(found)


def known_since(device: DeviceId) -> datetime | None:
    """When `device` was first seen, None when it isn't known."""
    return Device.objects.filter(id=device).values_list("created_at", flat=True).first()


def find_standings(
    participants: Sequence[ParticipantId], now: datetime
) -> dict[ParticipantId, Standing | None]:
    """How each of `participants` stands, in three queries and one for each who is sanctioned; None
    when nobody entered under this id."""
    rows = Participant.objects.select_related("device").in_bulk(participants)
    people = {
        participant: Person(participant=participant, device=DeviceId(row.device.id))
        for participant in participants
        if (row := rows.get(participant)) is not None
    }
    sanctioned = find_sanctioned(people.values(), now)
    untold = warnings.find_untold(people.values())
    found: dict[ParticipantId, Standing | None] = dict.fromkeys(participants)
    for participant, person in people.items():
        row = rows[participant]
        found[participant] = Standing(
            person=person,
            pool=row.pool,
            is_admitted=row.left_at is None and row.device.under_age_at is None,
            sanction=active_sanction(participant, person.device, now)
            if person in sanctioned
            else None,
            has_untold=person in untold,
        )
    return found


def blocked_devices(devices: Sequence[DeviceId]) -> dict[DeviceId, list[DeviceId]]:
    """The devices that each of `devices` never meets, whoever of the two wanted it so."""
    rows = Block.objects.filter(Q(device__in=devices) | Q(blocked__in=devices))
    found: dict[DeviceId, list[DeviceId]] = {device: [] for device in devices}
    for pair in rows.values_list("device_id", "blocked_id"):
        one, other = map(DeviceId, pair)
        if one in found:
            found[one].append(other)
        if other in found:
            found[other].append(one)
    return found


def block(device: DeviceId, blocked: DeviceId, conversation: ConversationId) -> None:
    """Let the two never meet again; safe to run twice."""
    Block.objects.get_or_create(
        device_id=device, blocked_id=blocked, defaults={"conversation": conversation}
    )


def _device(device: DeviceId | None, participant: ParticipantId | None) -> Device:
    if device is not None:
        row, _ = Device.objects.get_or_create(id=device)
        return row
    if participant is not None:
        known = Device.objects.filter(participants__id=participant).first()
        if known is not None:
            return known
    return Device.objects.create()


def _forget(which: Q, now: datetime) -> None:
    Participant.objects.filter(which, left_at=None).update(left_at=now)
