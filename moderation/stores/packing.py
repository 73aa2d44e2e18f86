"""Samples and packets as bytes, for the seconds they spend in Redis.

Errors: `PackingError` when bytes are not what this release packs; a retry does not help.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgpack

from moderation.packets import Kind, Packet
from moderation.samples import Purpose, Sample, Side, Subject
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person


class PackingError(Exception):
    """Stored bytes do not hold what their key promises."""


def pack(fields: object) -> bytes:
    """Lists, dicts, numbers, text and bytes, as msgpack."""
    packed: bytes = msgpack.packb(fields)
    return packed


def unpack(packed: object) -> Any:
    """What `pack` packed. Raises `PackingError`."""
    try:
        return msgpack.unpackb(packed)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise PackingError(f"not msgpack: {error!r}") from error


def pack_sample(sample: Sample) -> bytes:
    """The sample with its packets, as msgpack."""
    return pack(
        [
            _subject_fields(sample.subject),
            sample.node,
            sample.epoch,
            sample.number,
            sample.purpose.value,
            _packet_fields(sample.packets),
            sample.first_seq,
            sample.last_seq,
            sample.captured_ms,
            sample.deadline_ms,
            sample.spans_ms,
        ]
    )


def unpack_sample(packed: object) -> Sample:
    """The sample in what `pack_sample` made. Raises `PackingError`."""
    try:
        fields = unpack(packed)
        subject, node, epoch, number, purpose, packets, first, last, captured, *times = fields
        deadline, spans = times
        return Sample(
            subject=_subject(subject),
            node=node,
            epoch=epoch,
            number=number,
            purpose=Purpose(purpose),
            packets=_packets(packets),
            first_seq=first,
            last_seq=last,
            captured_ms=captured,
            deadline_ms=deadline,
            spans_ms=spans,
        )
    except (ValueError, TypeError) as error:
        raise PackingError(f"not a sample: {error!r}") from error


def pack_packets(packets: Iterable[Packet]) -> bytes:
    """Packets in order, as msgpack."""
    return pack(_packet_fields(packets))


def unpack_packets(packed: object) -> tuple[Packet, ...]:
    """The packets in what `pack_packets` made. Raises `PackingError`."""
    try:
        return _packets(unpack(packed))
    except (ValueError, TypeError) as error:
        raise PackingError(f"not packets: {error!r}") from error


def _subject_fields(subject: Subject) -> list[Any]:
    return [
        subject.conversation.bytes,
        subject.side.value,
        subject.participant.bytes,
        subject.device.bytes,
        _person_fields(subject.partner),
        subject.mode,
        subject.pool,
        subject.started_ms,
    ]


def _subject(fields: list[Any]) -> Subject:
    conversation, side, participant, device, partner, mode, pool, started = fields
    return Subject(
        conversation=ConversationId(UUID(bytes=conversation)),
        side=Side(side),
        participant=ParticipantId(UUID(bytes=participant)),
        device=DeviceId(UUID(bytes=device)),
        partner=_person(partner),
        mode=mode,
        pool=pool,
        started_ms=started,
    )


def _person_fields(person: Person | None) -> list[bytes] | None:
    return None if person is None else [person.participant.bytes, person.device.bytes]


def _person(fields: list[bytes] | None) -> Person | None:
    if fields is None:
        return None
    participant, device = fields
    return Person(
        participant=ParticipantId(UUID(bytes=participant)), device=DeviceId(UUID(bytes=device))
    )


def _packet_fields(packets: Iterable[Packet]) -> list[list[Any]]:
    return [[p.kind.value, p.seq, p.timestamp_us, p.arrived_ms, p.data] for p in packets]


def _packets(fields: list[Any]) -> tuple[Packet, ...]:
    return tuple(
        Packet(kind=Kind(kind), seq=seq, timestamp_us=timestamp, arrived_ms=arrived, data=data)
        for kind, seq, timestamp, arrived, data in fields
    )
