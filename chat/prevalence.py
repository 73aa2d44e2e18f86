"""Service: may frames of somebody be kept, so that people can say what the machine overlooks?

Asked on "About you", off until they agree, for one stay. PostgreSQL remembers that they agreed;
what the screening workers go by is a mark in Redis, so that a consent which one of the two lost
keeps nothing. Raises `RedisError` and `DatabaseUnavailable`; a retry may help.
"""

import redis.asyncio

from chat import clock, database
from chat.models import Participant
from moderation.stores import prevalence as store
from reports.ids import DeviceId, ParticipantId
from reports.prevalence import frames


async def agree(client: redis.asyncio.Redis, participant: ParticipantId) -> bool:
    """From now on frames of `participant` may be kept; False when nobody is here under this id."""
    if not await database.run(_note_agreed, participant):
        return False
    await store.agree(client, participant)
    return True


async def take_back(client: redis.asyncio.Redis, device: DeviceId) -> None:
    """End it for everybody who was here on `device`, and forget every frame of them that is kept.

    Memory first: whatever fails afterwards, no picture is left. What somebody made a report of is
    evidence by now, and stays with it.
    """
    stays = await database.run(_stays, device)
    gone = await store.withdraw(client, device, stays)
    await database.run(_note_taken_back, device)
    if gone:
        await database.run(frames.withdraw, gone, clock.now())


async def count(client: redis.asyncio.Redis, device: DeviceId) -> int:
    """How many frames of `device` are kept now."""
    return await store.count(client, device)


def _note_agreed(participant: ParticipantId) -> bool:
    here = Participant.objects.filter(id=participant, left_at=None, device__under_age_at=None)
    return bool(here.update(prevalence_agreed_at=clock.now()))


def _stays(device: DeviceId) -> list[ParticipantId]:
    stays = Participant.objects.filter(device=device)
    return [ParticipantId(stay) for stay in stays.values_list("id", flat=True)]


def _note_taken_back(device: DeviceId) -> None:
    Participant.objects.filter(device=device).update(prevalence_agreed_at=None)
