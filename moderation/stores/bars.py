"""Interim bars: who is out already, before PostgreSQL knows of the finding (fail closed).

Set with a stored CUT or a finding in lines, cleared once the finding is recorded; the sanction in
PostgreSQL then takes over. A bar names its finding, so that clearing one leaves another's standing.
"""

from collections.abc import Sequence

import redis
import redis.asyncio

from moderation.stores import keys
from reports.ids import DeviceId, FindingId, ParticipantId
from reports.snapshots import Person


async def set_bar(
    client: redis.asyncio.Redis, participant: ParticipantId, device: DeviceId, finding: FindingId
) -> None:
    """Bar participant and device until `finding` is recorded, 24 hours at most."""
    async with client.pipeline(transaction=False) as pipe:
        for key in _keys(participant, device):
            pipe.sadd(key, str(finding))
            pipe.expire(key, keys.BAR_TTL_S)
        await pipe.execute()


def set_bar_now(
    client: redis.Redis, participant: ParticipantId, device: DeviceId, finding: FindingId
) -> None:
    """`set_bar` for workers, which have no event loop."""
    with client.pipeline(transaction=False) as pipe:
        for key in _keys(participant, device):
            pipe.sadd(key, str(finding))
            pipe.expire(key, keys.BAR_TTL_S)
        pipe.execute()


async def has(client: redis.asyncio.Redis, participant: ParticipantId, device: DeviceId) -> bool:
    """Whether either is barred. A `RedisError` is the caller's to read as barred."""
    person = Person(participant=participant, device=device)
    return bool(await find(client, [person]))


async def find(client: redis.asyncio.Redis, people: Sequence[Person]) -> set[Person]:
    """Those of `people` who are barred, in one round trip. A `RedisError` is the caller's to read
    as all of them."""
    async with client.pipeline(transaction=False) as pipe:
        for person in people:
            for key in _keys(person.participant, person.device):
                pipe.exists(key)
        found = await pipe.execute()
    return {
        person
        for person, by_participant, by_device in zip(people, found[::2], found[1::2], strict=True)
        if by_participant or by_device
    }


def clear_bar_now(
    client: redis.Redis, participant: ParticipantId, device: DeviceId, finding: FindingId
) -> None:
    """Lift the bar that `finding` set; safe to run twice."""
    with client.pipeline(transaction=False) as pipe:
        for key in _keys(participant, device):
            pipe.srem(key, str(finding))
        pipe.execute()


def _keys(participant: ParticipantId, device: DeviceId) -> tuple[str, str]:
    return keys.participant_bar(participant), keys.device_bar(device)
