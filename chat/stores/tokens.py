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
from chat.trust import Level, Scrutiny
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

    `attachment` counts the tokens of that side; the newest one wins. `scrutiny` is what is known of
    its participant, so that the relay need ask nobody.
    """

    subject: Subject
    attachment: int
    node: str
    scrutiny: Scrutiny
    purpose: Purpose = Purpose.CONVERSATION


async def issue(
    client: redis.asyncio.Redis,
    subject: Subject,
    node: str,
    scrutiny: Scrutiny | None = None,
    *,
    purpose: Purpose = Purpose.CONVERSATION,
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
        scrutiny=scrutiny or Scrutiny(),
        purpose=purpose,
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
        "level": grant.scrutiny.level.value,
        "risk": grant.scrutiny.risk,
        "is_throughout": grant.scrutiny.is_throughout,
        "purpose": grant.purpose.value,
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
        scrutiny=Scrutiny(
            level=Level(fields["level"]),
            risk=fields["risk"],
            is_throughout=fields["is_throughout"],
        ),
        purpose=Purpose(fields["purpose"]),
    )


def _person_fields(person: Person) -> list[str]:
    return [str(person.participant), str(person.device)]


def _person(fields: list[str]) -> Person:
    participant, device = map(UUID, fields)
    return Person(participant=ParticipantId(participant), device=DeviceId(device))
