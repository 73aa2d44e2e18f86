"""Who waits in a pool, who claimed whom, and who must or should not meet.

A pool is `<pool>:<mode>`, for instance `adult:text`; all its keys share that hash tag, and nothing
but these scripts touches them. docs/pairing.md describes them. Raises `RedisError`; every call may
be repeated.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from uuid import UUID

import redis.asyncio

from chat import trust
from chat.interests import Interest
from chat.messages import Mode
from chat.stores import keys
from chat.stores.scripts import pool_lua
from chat.trust import Level
from moderation.stores.scripts import run
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

RECENT_MAX = 20
"""How many of the newest partners are not met again within 30 minutes."""

_SEEK = struct.Struct(">16s16sIdd16scIIII")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long somebody is looked for who fits better (ms waited): a common interest until
    `common_ms`, then a common language until `language_ms`, then anyone."""

    common_ms: int
    language_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One search. `epoch` rises with every search of a participant; the newest is the only one.

    `since_ms` is when they began to wait (Unix time): who is given back keeps their place.
    `interests` are the rarest first. With `only_common` it never widens. Of equals, the doubtful
    meet each other first, and so do the others.
    """

    person: Person
    pool: str
    mode: Mode
    epoch: int
    since_ms: int
    languages: tuple[str, ...]
    interests: tuple[Interest, ...] = ()
    only_common: bool = False
    level: Level = Level.NEW

    @property
    def is_doubtful(self) -> bool:
        """Whether others like them are preferred."""
        return trust.is_doubtful(self.level)

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


class Stage(IntEnum):
    """Whom a search is content with by now."""

    COMMON = 1
    LANGUAGE = 2
    ANYONE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """`conversation` is set when PAIRED, `stage` when WAITING; `partner`, their `languages` and
    the `common` interests when CLAIMED. `is_crowded` when not everybody could be looked at."""

    standing: Standing
    conversation: ConversationId | None = None
    stage: Stage | None = None
    is_crowded: bool = False
    partner: Person | None = None
    languages: tuple[str, ...] = ()
    common: tuple[str, ...] = ()


class Release(StrEnum):
    """What becomes of one who was claimed in vain."""

    WAITING = "w"
    REFUSED = "r"


async def seek(
    client: redis.asyncio.Redis,
    search: Search,
    conversation: ConversationId,
    now_ms: int,
    patience: Patience,
) -> Sought:
    """Claim somebody for `conversation`, or wait; repeated, it renews the lease of 15 s."""
    answer: list[object] = await run(
        client,
        pool_lua("seek_partner"),
        keys=[keys.pool_base(search.tag)],
        args=seek_arguments(search, conversation, now_ms, patience),
    )
    return _sought(answer, search)


def seek_arguments(
    search: Search,
    conversation: ConversationId,
    now_ms: int,
    patience: Patience,
    *,
    lease_s: int = keys.SEEKER_LEASE_S,
) -> list[bytes]:
    """ARGV of seek_partner.lua."""
    return [
        _SEEK.pack(
            search.person.participant.bytes,
            search.person.device.bytes,
            search.epoch,
            search.since_ms,
            now_ms,
            conversation.bytes,
            _wish(search),
            patience.common_ms,
            patience.language_ms,
            lease_s,
            keys.RECENT_TTL_S,
        ),
        _pack_tags([interest.name for interest in search.interests], search.languages).encode(),
        struct.pack(
            f">{len(search.interests)}H", *(interest.weight for interest in search.interests)
        ),
    ]


async def confirm(
    client: redis.asyncio.Redis,
    search: Search,
    partner: Person,
    conversation: ConversationId,
    now_ms: int,
) -> bool:
    """Make the claim a pair; False when either has left or the claim lapsed."""
    confirmed: int = await run(
        client,
        pool_lua("confirm_pair"),
        keys=[keys.pool_base(search.tag)],
        args=[
            search.person.participant.bytes,
            partner.participant.bytes,
            conversation.bytes,
            now_ms,
            keys.RECENT_TTL_S,
            RECENT_MAX,
        ],
    )
    return bool(confirmed)


async def release(
    client: redis.asyncio.Redis,
    tag: str,
    participant: ParticipantId,
    conversation: ConversationId,
    outcome: Release,
    *,
    now_ms: int,
) -> None:
    """Give one side of a claim back; nothing when the claim has lapsed."""
    await run(
        client,
        pool_lua("release_claim"),
        keys=[keys.pool_base(tag)],
        args=[participant.bytes, conversation.bytes, outcome.value, now_ms, keys.SEEKER_LEASE_S],
    )


async def leave(client: redis.asyncio.Redis, search: Search) -> ConversationId | None:
    """End the search for good; the conversation that it had led to already, if so."""
    found: bytes = await run(
        client,
        pool_lua("leave_pool"),
        keys=[keys.pool_base(search.tag)],
        args=[
            search.person.participant.bytes,
            search.person.device.bytes,
            search.epoch,
            keys.SEEKER_LEASE_S,
        ],
    )
    return ConversationId(UUID(bytes=found)) if found else None


async def renew(
    client: redis.asyncio.Redis, tag: str, searches: Sequence[Search]
) -> frozenset[ParticipantId]:
    """Renew the leases of searches of one pool; those whose search is no longer waiting there."""
    pairs = [
        field for search in searches for field in (search.person.participant.bytes, search.epoch)
    ]
    renewed: list[int] = await run(
        client,
        pool_lua("renew_searches"),
        keys=[keys.pool_base(tag)],
        args=[keys.SEEKER_LEASE_S, *pairs],
    )
    return frozenset(
        search.person.participant
        for search, is_there in zip(searches, renewed, strict=True)
        if not is_there
    )


async def note_meeting(
    client: redis.asyncio.Redis, tag: str, one: DeviceId, other: DeviceId, now_ms: int
) -> None:
    """Let a meeting in another pool count as recent in this one, too."""
    await run(
        client,
        pool_lua("note_meeting"),
        keys=[keys.pool_base(tag)],
        args=[one.bytes, other.bytes, now_ms, keys.RECENT_TTL_S, RECENT_MAX],
    )


async def avoid(
    client: redis.asyncio.Redis, pool: str, device: DeviceId, others: Iterable[DeviceId]
) -> None:
    """Let `device` never meet `others` in any mode of `pool`; copied anew at each seek."""
    short = [other.bytes[: keys.SHORT_ID_BYTES] for other in others]
    if not short:
        return
    for mode in Mode:
        await run(
            client,
            pool_lua("add_avoided"),
            keys=[keys.pool_base(f"{pool}:{mode}")],
            args=[device.bytes, keys.AVOID_TTL_S, *short],
        )


def _wish(search: Search) -> bytes:
    wish = b"c" if search.only_common else b"a"
    return wish.upper() if search.is_doubtful else wish


def _pack_tags(interests: Sequence[str], languages: Sequence[str]) -> str:
    """As lua/pool.lua holds them: each interest between two bytes 1, each language between 2s."""
    return "".join(
        mark + mark.join(names) + mark
        for mark, names in (("\1", interests), ("\2", languages))
        if names
    )


def _unpack_tags(packed: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    interests, _, languages = packed.partition("\2")
    return (
        tuple(name for name in interests.split("\1") if name),
        tuple(tag for tag in languages.split("\2") if tag),
    )


def _sought(answer: list[object], search: Search) -> Sought:
    match answer:
        case [b"paired", bytes(conversation)]:
            return Sought(
                standing=Standing.PAIRED, conversation=ConversationId(UUID(bytes=conversation))
            )
        case [b"waiting", int(stage), int(is_crowded)]:
            return Sought(
                standing=Standing.WAITING, stage=Stage(stage), is_crowded=bool(is_crowded)
            )
        case [b"claimed", bytes(participant), bytes(device), bytes(tags)]:
            theirs, languages = _unpack_tags(tags.decode())
            return Sought(
                standing=Standing.CLAIMED,
                partner=Person(
                    participant=ParticipantId(UUID(bytes=participant)),
                    device=DeviceId(UUID(bytes=device)),
                ),
                common=tuple(
                    interest.name for interest in search.interests if interest.name in theirs
                ),
                languages=languages,
            )
        case [bytes(word)]:
            return Sought(standing=Standing(word.decode()))
        case _:
            raise ValueError(f"an unknown answer of seek_partner: {answer!r}")
