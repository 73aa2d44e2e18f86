"""Everything that is stored about somebody, and its deletion. Blocking ORM work.

Raises Django's database errors; `chat.database.run` turns them into `DatabaseUnavailable`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from chat import encounters
from chat.models import Block, Device, Encounter, Participant, Preferences
from chat.trust import Trust
from reports.ids import DeviceId, ParticipantId
from reports.public import disclosure
from reports.public.disclosure import Disclosure


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """From entering to leaving; `left_at` None while it lasts. `prevalence_agreed_at` is when they
    agreed that frames of them may be kept, None when they have not."""

    participant: UUID
    entered_at: datetime
    left_at: datetime | None
    languages: tuple[str, ...]
    terms_version: str
    prevalence_agreed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Preferences as they are stored."""

    mode: str
    interests: tuple[str, ...]
    only_common: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """One encounter, without anything about the other one."""

    on: date
    minutes: int
    is_goodbye: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Somebody one never meets again: by a block, which can be undone, or by a report."""

    block: int
    since: datetime
    is_reported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All of it. `stays` begin with the newest."""

    device: UUID
    known_since: datetime
    under_age_at: datetime | None
    stays: tuple[Stay, ...]
    preferences: Chosen | None
    trust: Trust
    encounters: tuple[Earned, ...]
    apart: tuple[Apart, ...]
    decided: Disclosure


def find_device(participant: ParticipantId | None, device: DeviceId | None) -> DeviceId | None:
    """Whose data may be shown to a browser with these cookies; None for one that is not known."""
    if participant is not None:
        row = Participant.objects.filter(id=participant, left_at=None).first()
        if row is not None:
            return DeviceId(row.device_id)
    if device is not None and Device.objects.filter(id=device).exists():
        return device
    return None


def gather(
    participant: ParticipantId | None, device: DeviceId | None, now: datetime
) -> Dossier | None:
    """What is stored about whoever has these cookies, None when nothing is."""
    found = find_device(participant, device)
    if found is None:
        return None
    row = Device.objects.get(id=found)
    stays = tuple(Participant.objects.filter(device=found).order_by("-entered_at"))
    current = [stay for stay in stays if stay.left_at is None]
    chosen = Preferences.objects.filter(participant__in=current).order_by("-changed_at").first()
    met = Encounter.objects.filter(device=found).order_by("-on", "pk")
    return Dossier(
        device=row.id,
        known_since=row.created_at,
        under_age_at=row.under_age_at,
        stays=tuple(_stay(stay) for stay in stays),
        preferences=None if chosen is None else _chosen(chosen),
        trust=encounters.assess([found], now)[found],
        encounters=tuple(
            Earned(on=one.on, minutes=one.minutes, is_goodbye=one.is_goodbye) for one in met
        ),
        apart=_apart(found),
        decided=disclosure.disclose(found, [stay.id for stay in stays], now),
    )


def unblock(device: DeviceId, block: int) -> bool:
    """Undo a block of one's own; False for what is not one's own, or came with a report."""
    row = Block.objects.filter(pk=block, device=device).first()
    if row is None or DeviceId(row.blocked_id) in disclosure.find_reported(device):
        return False
    row.delete()
    return True


@transaction.atomic
def delete(device: DeviceId, now: datetime) -> list[ParticipantId]:
    """Delete who was here on `device`, what they prefer and what they earned; who was still here.

    The device stays, with bars, strikes, the under-age mark, blocks and reports: otherwise a bar
    would be worth nothing. Whom the law obliges us to keep is only marked as having left, which
    nobody can tell from outside.
    """
    stays = Participant.objects.select_for_update().filter(device=device)
    ids = [stay.id for stay in stays]
    here = [ParticipantId(stay.id) for stay in stays if stay.left_at is None]
    held = disclosure.find_held(ids, now)
    Preferences.objects.filter(participant__in=ids).delete()
    Encounter.objects.filter(device=device).delete()
    stays.filter(left_at=None).update(left_at=now)
    Participant.objects.filter(id__in=set(ids) - held).delete()
    return here


def _stay(row: Participant) -> Stay:
    return Stay(
        participant=row.id,
        entered_at=row.entered_at,
        left_at=row.left_at,
        languages=tuple(row.languages),
        terms_version=row.terms_version,
        prevalence_agreed_at=row.prevalence_agreed_at,
    )


def _chosen(row: Preferences) -> Chosen:
    return Chosen(
        mode=row.mode,
        interests=tuple(row.interests),
        only_common=row.only_common,
        changed_at=row.changed_at,
    )


def _apart(device: DeviceId) -> tuple[Apart, ...]:
    rows = Block.objects.filter(device=device).order_by("-created_at")
    reported = disclosure.find_reported(device)
    return tuple(
        Apart(
            block=row.pk,
            since=row.created_at,
            is_reported=DeviceId(row.blocked_id) in reported,
        )
        for row in rows
    )
