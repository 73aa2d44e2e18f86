"""Interim bars: who is out already, before PostgreSQL knows of the finding (fail closed).

Set with a stored CUT or a finding in lines, cleared once the finding is recorded; the sanction in
PostgreSQL then takes over. A bar names its finding, so that clearing one leaves another's standing.
"""

import redis
import redis.asyncio

from moderation.stores import keys
from reports.ids import DeviceId, FindingId, ParticipantId


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
    participant_key, device_key = _keys(participant, device)
    async with client.pipeline(transaction=False) as pipe:
        pipe.exists(participant_key)
        pipe.exists(device_key)
        found = await pipe.execute()
    return any(found)


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
