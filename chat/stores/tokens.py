"""Media tokens: one use, 60 s, bound to participant, side, conversation, node and purpose (I13).

The token itself is never stored, only its SHA-256. Raises `RedisError`; a retry may help.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import redis.asyncio

from chat.stores import keys
from chat.trust import Level
from moderation.samples import Side, Subject
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person

TOKEN_BYTES = 32
TOKEN_MAX_CHARACTERS = 64


class Purpose(StrEnum):
    """What a media socket is for. A token for the one never opens the other."""

    CONVERSATION = "conversation"
    CHECK = "check"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaGrant:
    """The right to attach one media socket: whose picture, on which node.

    `attachment` counts the tokens of that side; the newest one wins. `level` is how far its
    participant is trusted, so that the relay need not ask PostgreSQL; `is_age_in_doubt` is what
    the camera check said: screened throughout.
    """

    subject: Subject
    attachment: int
    node: str
    level: Level
    purpose: Purpose = Purpose.CONVERSATION
    is_age_in_doubt: bool = False


async def issue(
    client: redis.asyncio.Redis,
    subject: Subject,
    node: str,
    level: Level = Level.NEW,
    *,
    purpose: Purpose = Purpose.CONVERSATION,
    is_age_in_doubt: bool = False,
) -> str:
    """A new token for `subject` on `node`; every older token of that side is void from now on."""
    counter = keys.attachments(subject.conversation, subject.side)
    async with client.pipeline(transaction=True) as pipe:
        pipe.incr(counter)
        pipe.expire(counter, keys.CONVERSATION_TTL_S)
        attachment, _ = await pipe.execute()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    grant = MediaGrant(
        subject=subject,
        attachment=attachment,
        node=node,
        level=level,
        purpose=purpose,
        is_age_in_doubt=is_age_in_doubt,
    )
    await client.set(
        keys.media_token(_digest(token)), json.dumps(_fields(grant)), ex=keys.MEDIA_TOKEN_TTL_S
    )
    return token


async def claim(client: redis.asyncio.Redis, token: str) -> MediaGrant | None:
    """Use `token` up; None when it is unknown, used, too old, or not the side's newest."""
    if not 0 < len(token) <= TOKEN_MAX_CHARACTERS:
        return None
    # GETDEL decides a race between two users of one token: the second finds nothing.
    stored = await client.getdel(keys.media_token(_digest(token)))
    if stored is None:
        return None
    grant = _grant(json.loads(stored))
    newest = await client.get(keys.attachments(grant.subject.conversation, grant.subject.side))
    return grant if newest is not None and int(newest) == grant.attachment else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _fields(grant: MediaGrant) -> dict[str, Any]:
    subject = grant.subject
    return {
        "conversation": str(subject.conversation),
        "side": subject.side.value,
        "participant": str(subject.participant),
        "device": str(subject.device),
        "partner": _person_fields(subject.partner) if subject.partner else None,
        "mode": subject.mode,
        "pool": subject.pool,
        "started_ms": subject.started_ms,
        "attachment": grant.attachment,
        "node": grant.node,
        "level": grant.level.value,
        "purpose": grant.purpose.value,
        "is_age_in_doubt": grant.is_age_in_doubt,
    }


def _grant(fields: dict[str, Any]) -> MediaGrant:
    return MediaGrant(
        subject=Subject(
            conversation=ConversationId(UUID(fields["conversation"])),
            side=Side(fields["side"]),
            participant=ParticipantId(UUID(fields["participant"])),
            device=DeviceId(UUID(fields["device"])),
            partner=_person(fields["partner"]) if fields["partner"] else None,
            mode=fields["mode"],
            pool=fields["pool"],
            started_ms=fields["started_ms"],
        ),
        attachment=fields["attachment"],
        node=fields["node"],
        level=Level(fields["level"]),
        purpose=Purpose(fields["purpose"]),
        is_age_in_doubt=fields["is_age_in_doubt"],
    )


def _person_fields(person: Person) -> list[str]:
    return [str(person.participant), str(person.device)]


def _person(fields: list[str]) -> Person:
    participant, device = map(UUID, fields)
    return Person(participant=ParticipantId(participant), device=DeviceId(device))
