"""Who is barred: the sanctions in PostgreSQL, and the interim bars that come before them.

Raises `DatabaseUnavailable` or `RedisError`; before pairing, both mean that nobody is paired.
"""

from collections.abc import Sequence
from typing import Any

import redis.asyncio

from chat import database
from chat.models import Device
from moderation.stores import bars
from reports.enforcement import ActiveSanction, active_sanction
from reports.rules import CHILD_SAFETY_RULES
from reports.snapshots import Person

HELP_URL = "/help/"
"""Where the pages for people under pressure are; chat.urls names it, too."""


async def find_barred(client: redis.asyncio.Redis, people: Sequence[Person]) -> set[Person]:
    """Those of `people` who may not be paired: sanctioned, minors, or found out a moment ago."""
    sanctioned = await database.run(_kept_out, people)
    interim = {
        person for person in people if await bars.has(client, person.participant, person.device)
    }
    return sanctioned | interim


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


def _kept_out(people: Sequence[Person]) -> set[Person]:
    devices = [person.device for person in people]
    minors = Device.objects.filter(id__in=devices, under_age_at__isnull=False)
    minor_devices = set(minors.values_list("id", flat=True))
    return {
        person
        for person in people
        if person.device in minor_devices
        or active_sanction(person.participant, person.device) is not None
    }
