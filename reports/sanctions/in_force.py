"""What keeps people out now, and what counts against them. Reads only: `enforcement` sanctions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, Sum
from django.utils import timezone

from reports.ids import DeviceId, ParticipantId
from reports.models import Queue, Sanction, Strike
from reports.rules import Rule
from reports.sanctions import statements
from reports.sanctions.ladder import Strikes
from reports.snapshots import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSanction:
    """What keeps somebody out. `until` None: until a person decides, or for ever.

    The addresses are relative to the site.
    """

    rule: Rule
    until: datetime | None
    statement_code: str
    statement_url: str
    appeal_url: str


def active_sanction(
    participant: ParticipantId, device: DeviceId, now: datetime | None = None
) -> ActiveSanction | None:
    """The longest sanction in force for the participant or the device, in one indexed query."""
    row = (
        Sanction.objects.in_force(now or timezone.now())
        .filter(Q(participant=participant) | Q(device=device))
        .order_by(F("until").desc(nulls_first=True))
        .values_list("policy__rule", "until", "statement__code")
        .first()
    )
    if row is None:
        return None
    rule, until, code = row
    return ActiveSanction(
        rule=Rule(rule),
        until=until,
        statement_code=code,
        statement_url=statements.path(code),
        appeal_url=statements.appeal_path(code),
    )


def find_sanctioned(people: Collection[Person], now: datetime) -> set[Person]:
    """Those of `people` with a sanction in force, in one indexed query."""
    held = (
        Sanction.objects.in_force(now)
        .filter(
            Q(participant__in=[person.participant for person in people])
            | Q(device__in=[person.device for person in people])
        )
        .values_list("participant", "device")
    )
    barred = {id_ for row in held for id_ in row}
    return {person for person in people if barred & {person.participant, person.device}}


def strikes(person: Person, now: datetime, *, queues: Collection[Queue] = tuple(Queue)) -> Strikes:
    """Unexpired strikes of the participant or the device, by weight.

    `queues` leaves out what whoever reads the number may not know of.
    """
    sums = (
        Sanction.objects.filter(
            Q(participant=person.participant) | Q(device=person.device),
            queue__in=queues,
            lifted_at=None,
            strike_expires_at__gt=now,
        )
        .values("strike")
        .annotate(total=Sum("strike_weight"))
    )
    by_strike = {row["strike"]: row["total"] for row in sums.order_by()}
    return Strikes(
        confirmed=by_strike.get(Strike.CONFIRMED, 0),
        unconfirmed=by_strike.get(Strike.UNCONFIRMED, 0),
    )
