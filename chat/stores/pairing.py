"""Who waits in a pool, who claimed whom, and who must or should not meet.

A pool is `<pool>:<mode>`, for instance `adult:text`; all its keys share that hash tag. Raises
`RedisError`; every call may be repeated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import redis.asyncio

from chat.messages import Mode
from chat.stores import keys
from chat.stores.scripts import lua
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

CLAIM_MS = 2000
"""A claim that is not a pair by then has lapsed, and both search on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search. `epoch` rises with every search of a participant; the newest is the only one.

    `since_ms` is when they began to wait (Unix time): who is given back keeps their place.
    """

    person: Person
    pool: str
    mode: Mode
    epoch: int
    since_ms: int
    languages: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The pool as the stores name it."""
        return f"{self.pool}:{self.mode}"


class Standing(StrEnum):
    """How a search stands: see the header of seek_partner.lua."""

    STALE = "stale"
    REFUSED = "refused"
    HELD = "held"
    PAIRED = "paired"
    WAITING = "waiting"
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """`conversation` is set when PAIRED, `partner` and their `languages` when CLAIMED."""

    standing: Standing
    conversation: ConversationId | None = None
    partner: Person | None = None
    languages: tuple[str, ...] = ()


class Release(StrEnum):
    """What becomes of one who was claimed in vain."""

    WAITING = "waiting"
    REFUSED = "refused"


async def seek(
    client: redis.asyncio.Redis, search: Search, conversation: ConversationId, now_ms: int
) -> Sought:
    """Claim somebody for `conversation`, or wait; repeated, it renews the lease of 15 s."""
    script = client.register_script(lua("seek_partner"))
    answer: list[bytes] = await script(
        keys=[keys.waiting(search.tag), keys.seeker(search.tag, search.person.participant)],
        args=[
            keys.pool_base(search.tag),
            str(search.person.participant),
            str(search.person.device),
            search.epoch,
            search.since_ms,
            now_ms,
            keys.SEEKER_LEASE_S,
            str(conversation),
            ",".join(search.languages),
            CLAIM_MS,
            keys.RECENT_TTL_S * 1000,
        ],
    )
    words = [word.decode() for word in answer]
    standing = Standing(words[0])
    if standing is Standing.PAIRED:
        return Sought(standing=standing, conversation=ConversationId(UUID(words[1])))
    if standing is Standing.CLAIMED:
        partner = Person(participant=ParticipantId(UUID(words[1])), device=DeviceId(UUID(words[2])))
        languages = tuple(words[3].split(",")) if words[3] else ()
        return Sought(standing=standing, partner=partner, languages=languages)
    return Sought(standing=standing)


async def confirm(
    client: redis.asyncio.Redis,
    search: Search,
    partner: Person,
    conversation: ConversationId,
    now_ms: int,
) -> bool:
    """Make the claim a pair; False when either has left or the claim lapsed."""
    script = client.register_script(lua("confirm_pair"))
    confirmed: int = await script(
        keys=[
            keys.seeker(search.tag, search.person.participant),
            keys.seeker(search.tag, partner.participant),
            keys.recent(search.tag, search.person.device),
            keys.recent(search.tag, partner.device),
        ],
        args=[
            str(conversation),
            str(search.person.device),
            str(partner.device),
            now_ms,
            keys.RECENT_TTL_S,
        ],
    )
    return bool(confirmed)


async def release(
    client: redis.asyncio.Redis,
    tag: str,
    participant: ParticipantId,
    conversation: ConversationId,
    outcome: Release,
) -> None:
    """Give one side of a claim back; nothing when the claim has lapsed."""
    script = client.register_script(lua("release_claim"))
    await script(
        keys=[keys.waiting(tag), keys.seeker(tag, participant)],
        args=[str(participant), str(conversation), outcome.value],
    )


async def leave(client: redis.asyncio.Redis, search: Search) -> ConversationId | None:
    """End the search for good; the conversation that it had led to already, if so."""
    script = client.register_script(lua("leave_pool"))
    found: bytes = await script(
        keys=[keys.waiting(search.tag), keys.seeker(search.tag, search.person.participant)],
        args=[str(search.person.participant), search.epoch, keys.SEEKER_LEASE_S],
    )
    return ConversationId(UUID(found.decode())) if found else None


async def note_meeting(
    client: redis.asyncio.Redis, tag: str, one: DeviceId, other: DeviceId, now_ms: int
) -> None:
    """Let a meeting in another pool count as recent in this one, too."""
    async with client.pipeline(transaction=False) as pipe:
        for device, met in ((one, other), (other, one)):
            key = keys.recent(tag, device)
            pipe.zadd(key, {str(met): now_ms})
            pipe.expire(key, keys.RECENT_TTL_S)
        await pipe.execute()


async def avoid(
    client: redis.asyncio.Redis, pool: str, device: DeviceId, others: Iterable[DeviceId]
) -> None:
    """Let `device` never meet `others` in any mode of `pool`; copied anew at each seek."""
    names = [str(other) for other in others]
    if not names:
        return
    async with client.pipeline(transaction=False) as pipe:
        for mode in Mode:
            key = keys.avoid(f"{pool}:{mode}", device)
            pipe.sadd(key, *names)
            pipe.expire(key, keys.AVOID_TTL_S)
        await pipe.execute()
