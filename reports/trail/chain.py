"""What an audit entry's hash is over: one canonical JSON text, and nothing else. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

GENESIS_HASH = "0" * 64

Scalar = str | int | float | bool | None
Json = Scalar | Sequence["Json"] | Mapping[str, "Json"]


def canonical(value: Json | Mapping[str, Json]) -> str:
    """The one JSON text of `value`: sorted keys, no spaces, no NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(text: str | bytes) -> str:
    """Hex SHA-256 of `text`, as UTF-8."""
    data = text.encode() if isinstance(text, str) else text
    return hashlib.sha256(data).hexdigest()


def entry_hash(
    *,
    sequence: int,
    actor: int | None,
    actor_name: str,
    verb: str,
    object_type: str,
    object_id: str,
    payload_digest: str,
    previous_hash: str,
    at: datetime,
) -> str:
    """Hex SHA-256 over the canonical JSON of everything in an entry but the hash itself.

    `reports.trail.rows.canonical_text` is the same text, made from a row without objects.
    """
    return digest(
        canonical(
            {
                "sequence": sequence,
                "actor": actor,
                "actor_name": actor_name,
                "verb": verb,
                "object_type": object_type,
                "object_id": object_id,
                "payload_digest": payload_digest,
                "previous_hash": previous_hash,
                "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            }
        )
    )
