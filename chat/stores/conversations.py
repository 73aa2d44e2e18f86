"""The record of a conversation: who, since when, which relay node, and how it ended.

Lives in Redis for at most 24 hours and reaches PostgreSQL only inside a report.
Raises `RedisError`; a retry may help.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import redis.asyncio

from chat.messages import Mode
from chat.stores import keys
from chat.stores.scripts import lua
from moderation.samples import Side, Subject
from moderation.stores.scripts import run
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.rules import Rule
from reports.snapshots import Person


class EndedBy(StrEnum):
    """Who ended a conversation; `you` and `partner` are a matter of the side that is told."""

    SIDE_A = "a"
    SIDE_B = "b"
    MODERATION = "moderation"
    LOST = "lost"

    @classmethod
    def side(cls, side: Side) -> "EndedBy":
        return cls.SIDE_A if side is Side.A else cls.SIDE_B


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a conversation ended. `offender` and `rule` are set when moderation ended it. The sides
    in `search_on` lost it through no doing of theirs, and are looked on for."""

    by: EndedBy
    offender: Side | None
    rule: Rule | None
    search_on: frozenset[Side] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """`node` is the relay node of a video conversation, "" for text. `languages` and `common`
    (interests) are what both have. `attached` are the sides whose media socket has been seen."""

    id: ConversationId
    mode: Mode
    pool: str
    started_ms: int
    node: str
    a: Person
    b: Person
    languages: tuple[str, ...]
    common: tuple[str, ...] = ()
    attached: frozenset[Side] = frozenset()
    ending: Ending | None = None

    def person(self, side: Side) -> Person:
        """Who sits on `side`."""
        return self.a if side is Side.A else self.b

    def side_of(self, participant: ParticipantId) -> Side | None:
        """Where `participant` sits, None for somebody else."""
        for side in Side:
            if self.person(side).participant == participant:
                return side
        return None

    def subject(self, side: Side) -> Subject:
        """The one on `side`, as moderation names people."""
        person = self.person(side)
        return Subject(
            conversation=self.id,
            side=side,
            participant=person.participant,
            device=person.device,
            partner=self.person(side.other),
            mode=self.mode.value,
            pool=self.pool,
            started_ms=self.started_ms,
        )


async def create(client: redis.asyncio.Redis, conversation: Conversation) -> None:
    """Write the record; it lasts 60 s unless somebody joins."""
    fields = [word for pair in _fields(conversation).items() for word in pair]
    await run(
        client,
        lua("create_conversation"),
        keys=[keys.conversation(conversation.id)],
        args=[keys.CONVERSATION_PENDING_TTL_S, *fields],
    )


async def load(client: redis.asyncio.Redis, conversation_id: ConversationId) -> Conversation | None:
    """The record, None when there is none (any more)."""
    fields: Any = await client.hgetall(keys.conversation(conversation_id))
    return _conversation(conversation_id, fields) if b"mode" in fields else None


async def discard(client: redis.asyncio.Redis, conversation_id: ConversationId) -> None:
    """Forget a conversation that never began."""
    await client.delete(keys.conversation(conversation_id))


async def mark_attached(
    client: redis.asyncio.Redis, conversation_id: ConversationId, side: Side
) -> None:
    """Note that the media socket of `side` has come; nothing for an unknown conversation."""
    await run(
        client, lua("mark_attached"), keys=[keys.conversation(conversation_id)], args=[side.value]
    )


async def end(client: redis.asyncio.Redis, conversation_id: ConversationId, ending: Ending) -> bool:
    """Mark the conversation as ended; False when it was already over or is unknown.

    Of several callers the first wins. Resume keys and waiting lines are gone afterwards.
    """
    ended: int = await run(
        client,
        lua("end_conversation"),
        keys=[
            keys.conversation(conversation_id),
            keys.inbox(conversation_id, Side.A),
            keys.inbox(conversation_id, Side.B),
        ],
        args=[
            ending.by.value,
            ending.offender or "",
            ending.rule or "",
            "".join(sorted(ending.search_on)),
        ],
    )
    return bool(ended)


def _fields(conversation: Conversation) -> dict[str, str | int]:
    return {
        "mode": conversation.mode.value,
        "pool": conversation.pool,
        "started_ms": conversation.started_ms,
        "node": conversation.node,
        "participant_a": str(conversation.a.participant),
        "device_a": str(conversation.a.device),
        "participant_b": str(conversation.b.participant),
        "device_b": str(conversation.b.device),
        "languages": ",".join(conversation.languages),
        "common": json.dumps(conversation.common),
    }


def _conversation(conversation_id: ConversationId, fields: dict[bytes, bytes]) -> Conversation:
    def text(name: str) -> str:
        return fields.get(name.encode(), b"").decode()

    languages = text("languages")
    return Conversation(
        id=conversation_id,
        mode=Mode(text("mode")),
        pool=text("pool"),
        started_ms=int(text("started_ms")),
        node=text("node"),
        a=_person(text("participant_a"), text("device_a")),
        b=_person(text("participant_b"), text("device_b")),
        languages=tuple(languages.split(",")) if languages else (),
        common=tuple(json.loads(text("common") or "[]")),
        attached=frozenset(side for side in Side if text(f"attached_{side}")),
        ending=_ending(text("ended_by"), text("offender"), text("rule"), text("search_on")),
    )


def _person(participant: str, device: str) -> Person:
    return Person(participant=ParticipantId(UUID(participant)), device=DeviceId(UUID(device)))


def _ending(by: str, offender: str, rule: str, search_on: str) -> Ending | None:
    if not by:
        return None
    return Ending(
        by=EndedBy(by),
        offender=Side(offender) if offender else None,
        rule=Rule(rule) if rule else None,
        search_on=frozenset(map(Side, search_on)),
    )
