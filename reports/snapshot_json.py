"""Snapshots as JSON for the database, and back. Pure.

PostgreSQL takes neither NUL nor lone surrogates: both are replaced, since a strange character must
not keep a report from being made.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person, Score, Snapshot, SnapshotLine, Speaker


def storable(text: str) -> str:
    """`text` as PostgreSQL can keep it."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def encode(snapshot: Snapshot) -> dict[str, Any]:
    """The snapshot as JSON values."""
    return {
        "conversation": str(snapshot.conversation),
        "mode": snapshot.mode,
        "pool": snapshot.pool,
        "started_at": snapshot.started_at.isoformat(),
        "taken_at": snapshot.taken_at.isoformat(),
        "subject": _encode_person(snapshot.subject),
        "partner": _encode_person(snapshot.partner) if snapshot.partner else None,
        "lines": [
            {
                "at": line.at.isoformat(),
                "speaker": line.speaker.value,
                "text": storable(line.text),
                "was_withheld": line.was_withheld,
            }
            for line in snapshot.lines
        ],
        "scores": [{"label": score.label, "value": score.value} for score in snapshot.scores],
        "model_version": snapshot.model_version,
        "thresholds_version": snapshot.thresholds_version,
    }


def decode(fields: dict[str, Any]) -> Snapshot:
    """What `encode` was given."""
    return Snapshot(
        conversation=ConversationId(UUID(fields["conversation"])),
        mode=fields["mode"],
        pool=fields["pool"],
        started_at=datetime.fromisoformat(fields["started_at"]),
        taken_at=datetime.fromisoformat(fields["taken_at"]),
        subject=_decode_person(fields["subject"]),
        partner=_decode_person(fields["partner"]) if fields["partner"] else None,
        lines=tuple(
            SnapshotLine(
                at=datetime.fromisoformat(line["at"]),
                speaker=Speaker(line["speaker"]),
                text=line["text"],
                was_withheld=line["was_withheld"],
            )
            for line in fields["lines"]
        ),
        scores=tuple(
            Score(label=score["label"], value=score["value"]) for score in fields["scores"]
        ),
        model_version=fields["model_version"],
        thresholds_version=fields["thresholds_version"],
    )


def _encode_person(person: Person) -> dict[str, str]:
    return {"participant": str(person.participant), "device": str(person.device)}


def _decode_person(fields: dict[str, str]) -> Person:
    return Person(
        participant=ParticipantId(UUID(fields["participant"])),
        device=DeviceId(UUID(fields["device"])),
    )
