"""A prevalence frame: sealed where it is drawn, never written to a disk, and opened for who judges.

Who it shows is inside the seal with the picture: neither staff nor a database can read it, and a
report that somebody makes of it still names them.

`envelopes.SealError` — altered, or sealed to another key; a retry does not help.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from reports import snapshot_json
from reports.evidence_room import envelopes
from reports.evidence_room.envelopes import Envelope, SealError
from reports.keys import fingerprint
from reports.snapshots import Score, Snapshot

MEDIA_TYPE = "image/jpeg"
_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptFrame:
    """What is in memory. `scores` are the highest of the submission it was drawn from; `sha256`
    (hex) is the picture's, and all that remains of it later. `key_id` tells what it is sealed to.
    """

    id: UUID
    captured_at: datetime
    scores: tuple[Score, ...]
    model_version: str
    thresholds_version: str
    sha256: str
    key_id: str
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFrame:
    """What was sealed: the picture as JPEG, and whom it shows."""

    picture: bytes
    snapshot: Snapshot


def seal(picture: bytes, snapshot: Snapshot, *, public_key: X25519PublicKey) -> KeptFrame:
    """Seal a JPEG, captured at `snapshot.taken_at`, with whom it shows."""
    frame, sha256 = uuid4(), hashlib.sha256(picture).hexdigest()
    about = json.dumps(snapshot_json.encode(snapshot)).encode()
    data = len(about).to_bytes(_LENGTH_BYTES, "big") + about + picture
    return KeptFrame(
        id=frame,
        captured_at=snapshot.taken_at,
        scores=snapshot.scores,
        model_version=snapshot.model_version,
        thresholds_version=snapshot.thresholds_version,
        sha256=sha256,
        key_id=fingerprint(public_key),
        envelope=envelopes.seal(data, context=_context(frame, sha256), public_key=public_key),
    )


def unseal(kept: KeptFrame, keyring: Mapping[str, X25519PrivateKey]) -> OpenedFrame:
    """What was sealed. Raises `SealError`, also when its key is not on the ring."""
    private_key = keyring.get(kept.key_id)
    if private_key is None:
        raise SealError(f"the frame is sealed to the key {kept.key_id}, which is not here")
    context = _context(kept.id, kept.sha256)
    data = envelopes.unseal(kept.envelope, context=context, private_key=private_key)
    begins = _LENGTH_BYTES + int.from_bytes(data[:_LENGTH_BYTES], "big")
    return OpenedFrame(
        picture=data[begins:], snapshot=snapshot_json.decode(json.loads(data[_LENGTH_BYTES:begins]))
    )


def _context(frame: UUID, sha256: str) -> bytes:
    return f"parley.prevalence.v1|{frame}|{sha256}".encode()
