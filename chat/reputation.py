"""Service: how far somebody is trusted, read when they begin to search and kept until the next.

Raises `DatabaseUnavailable` or `RedisError`; then nobody is looked for, and a retry may help.
"""

from collections.abc import Mapping, Sequence

import redis.asyncio

from chat import clock, encounters, trust
from chat.batches import Batch
from chat.stores import sessions
from chat.trust import Level
from reports.ids import DeviceId
from reports.snapshots import Person


async def find_pool(client: redis.asyncio.Redis, person: Person, admitted: str) -> str:
    """The pool in which somebody admitted to `admitted` looks from this search on.

    Their level is noted in the session: it goes with every media token until the next search.
    """
    levels = await _levels.ask(person.device)
    level = levels[person.device]
    await sessions.note_level(client, person.participant, level)
    return trust.pool(admitted, level)


def _find_levels(devices: Sequence[DeviceId]) -> Mapping[DeviceId, Level]:
    return encounters.find_levels(devices, clock.now())


_levels = Batch(_find_levels)
