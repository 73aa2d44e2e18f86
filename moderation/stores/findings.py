"""Findings with their evidence, from the moment they are made until PostgreSQL has them.

What is pending is listed, so that a finding whose task was lost is sent again by a sweep.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import redis
import redis.asyncio

from moderation.stores import keys, packing
from moderation.stores.packing import PackingError
from reports.hashing.sightings import BankMatch, Crop, Orientation
from reports.ids import ConversationId, DeviceId, FindingId, ParticipantId
from reports.rules import Rule
from reports.snapshots import (
    EvidenceItem,
    EvidenceKind,
    Finding,
    Person,
    Score,
    Snapshot,
    SnapshotLine,
    Speaker,
)


async def save(client: redis.asyncio.Redis, finding: Finding) -> None:
    """Keep `finding` for 24 hours and list it as pending. Raises `RedisError`."""
    async with client.pipeline(transaction=True) as pipe:
        pipe.set(keys.finding(finding.id), pack(finding), ex=keys.FINDING_TTL_S)
        pipe.zadd(keys.pending_findings(), {str(finding.id): _ms(finding.found_at)})
        pipe.expire(keys.pending_findings(), keys.FINDING_TTL_S)
        await pipe.execute()


def save_now(client: redis.Redis, finding: Finding) -> None:
    """`save` for workers, which have no event loop."""
    with client.pipeline(transaction=True) as pipe:
        pipe.set(keys.finding(finding.id), pack(finding), ex=keys.FINDING_TTL_S)
        pipe.zadd(keys.pending_findings(), {str(finding.id): _ms(finding.found_at)})
        pipe.expire(keys.pending_findings(), keys.FINDING_TTL_S)
        pipe.execute()


def load(client: redis.Redis, finding_id: FindingId) -> Finding | None:
    """The finding, None when it was recorded or its 24 hours are over. Raises `PackingError`."""
    packed = client.get(keys.finding(finding_id))
    return None if packed is None else unpack(packed)


def discard(client: redis.Redis, finding_id: FindingId) -> None:
    """Forget a finding that PostgreSQL has."""
    with client.pipeline(transaction=True) as pipe:
        pipe.delete(keys.finding(finding_id))
        pipe.zrem(keys.pending_findings(), str(finding_id))
        pipe.execute()


def pending(client: redis.Redis, found_before_ms: int) -> tuple[FindingId, ...]:
    """Ids of findings that wait since before `found_before_ms`, oldest first."""
    ids: list[Any] = list(client.zrangebyscore(keys.pending_findings(), 0, found_before_ms))
    return tuple(FindingId(UUID(item.decode())) for item in ids)


def pack(finding: Finding) -> bytes:
    """The finding as msgpack."""
    return packing.pack(
        {
            "id": finding.id.bytes,
            "rule": finding.rule.value,
            "is_child_safety": finding.is_child_safety,
            "cut": finding.cut,
            "was_pressed": finding.was_pressed,
            "snapshot": _snapshot_fields(finding.snapshot),
            "found_at": _ms(finding.found_at),
            "match": _match_fields(finding.match) if finding.match else None,
            "evidence": [
                [
                    item.kind.value,
                    item.media_type,
                    item.data,
                    _ms(item.captured_at),
                    item.is_offending,
                ]
                for item in finding.evidence
            ],
        }
    )


def unpack(packed: object) -> Finding:
    """The finding in what `pack` made. Raises `PackingError`."""
    try:
        fields = packing.unpack(packed)
        return Finding(
            id=FindingId(UUID(bytes=fields["id"])),
            rule=Rule(fields["rule"]),
            is_child_safety=fields["is_child_safety"],
            cut=fields["cut"],
            was_pressed=fields["was_pressed"],
            snapshot=_snapshot(fields["snapshot"]),
            found_at=_at(fields["found_at"]),
            match=_match(fields["match"]) if fields.get("match") else None,
            evidence=tuple(
                EvidenceItem(
                    kind=EvidenceKind(kind),
                    media_type=media_type,
                    data=data,
                    captured_at=_at(captured_ms),
                    is_offending=is_offending,
                )
                for kind, media_type, data, captured_ms, is_offending in fields["evidence"]
            ),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise PackingError(f"not a finding: {error!r}") from error


def _snapshot_fields(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "conversation": snapshot.conversation.bytes,
        "mode": snapshot.mode,
        "pool": snapshot.pool,
        "started_at": _ms(snapshot.started_at),
        "taken_at": _ms(snapshot.taken_at),
        "subject": _person_fields(snapshot.subject),
        "partner": _person_fields(snapshot.partner) if snapshot.partner else None,
        "lines": [
            [_ms(line.at), line.speaker.value, line.text, line.was_withheld]
            for line in snapshot.lines
        ],
        "scores": [[score.label, score.value] for score in snapshot.scores],
        "model_version": snapshot.model_version,
        "thresholds_version": snapshot.thresholds_version,
    }


def _snapshot(fields: dict[str, Any]) -> Snapshot:
    return Snapshot(
        conversation=ConversationId(UUID(bytes=fields["conversation"])),
        mode=fields["mode"],
        pool=fields["pool"],
        started_at=_at(fields["started_at"]),
        taken_at=_at(fields["taken_at"]),
        subject=_person(fields["subject"]),
        partner=_person(fields["partner"]) if fields["partner"] else None,
        lines=tuple(
            SnapshotLine(at=_at(at), speaker=Speaker(speaker), text=text, was_withheld=withheld)
            for at, speaker, text, withheld in fields["lines"]
        ),
        scores=tuple(Score(label=label, value=value) for label, value in fields["scores"]),
        model_version=fields["model_version"],
        thresholds_version=fields["thresholds_version"],
    )


def _match_fields(match: BankMatch) -> list[str | int]:
    return [match.entry, match.distance, match.orientation.value, match.crop.value]


def _match(fields: list[Any]) -> BankMatch:
    entry, distance, orientation, crop = fields
    return BankMatch(
        entry=entry, distance=distance, orientation=Orientation(orientation), crop=Crop(crop)
    )


def _person_fields(person: Person) -> list[bytes]:
    return [person.participant.bytes, person.device.bytes]


def _person(fields: list[bytes]) -> Person:
    participant, device = fields
    return Person(
        participant=ParticipantId(UUID(bytes=participant)), device=DeviceId(UUID(bytes=device))
    )


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
