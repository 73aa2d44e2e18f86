"""Who is barred: the sanctions in PostgreSQL, and the interim bars that come before them.

Raises `DatabaseUnavailable` or `RedisError`; before pairing, both mean that nobody is paired.
"""

from collections.abc import Sequence
from typing import Any

import redis.asyncio

from chat import clock
from chat.batches import Batch
from chat.models import Device
from moderation.stores import bars
from reports.rules import CHILD_SAFETY_RULES
from reports.sanctions.in_force import ActiveSanction, find_sanctioned
from reports.snapshots import Person

HELP_URL = "/help/"
"""Where the pages for people under pressure are; chat.urls names it, too."""


async def find_barred(client: redis.asyncio.Redis, people: Sequence[Person]) -> set[Person]:
    """Those of `people` who may not be paired: sanctioned, minors, or found out a moment ago."""
    kept_out = await _kept_out.ask(*people)
    sanctioned = {person for person in people if kept_out[person]}
    return sanctioned | await bars.find(client, people)


def describe(sanction: ActiveSanction) -> dict[str, Any]:
    """The fields of a `barred` message, and of the answer to who may not enter."""
    fields: dict[str, Any] = {
        "rule": sanction.rule,
        "until": None if sanction.until is None else sanction.until.isoformat(),
        "statement": {"code": sanction.statement_code, "url": sanction.statement_url},
        "appeal_url": sanction.appeal_url,
    }
    if sanction.rule in CHILD_SAFETY_RULES:
        fields["help_url"] = HELP_URL
    return fields


def _are_kept_out(people: Sequence[Person]) -> dict[Person, bool]:
    devices = [person.device for person in people]
    minors = Device.objects.filter(id__in=devices, under_age_at__isnull=False)
    minor_devices = set(minors.values_list("id", flat=True))
    sanctioned = find_sanctioned(people, clock.now())
    return {person: person in sanctioned or person.device in minor_devices for person in people}


_kept_out = Batch(_are_kept_out)
