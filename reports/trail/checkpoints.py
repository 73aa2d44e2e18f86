"""How far the audit trail was verified, signed, so that the next walk may go on from there.

Signed with the anchor key: whoever could move a checkpoint past a broken entry could forge the
anchors as well.

`CheckpointError` — the file is not a checkpoint signed with this key; delete it, and everything
is verified anew.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.trail.anchors import NO_LINE
from reports.trail.chain import GENESIS_HASH, Json, canonical

_KIND = "parley.audit.checkpoint.v1"


class CheckpointError(Exception):
    """The checkpoint can't be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Entries up to `sequence`, which has `hash`, and the first `anchors` anchors, the last of
    which has `anchor_digest`, were found to be intact."""

    sequence: int
    hash: str
    anchors: int
    anchor_digest: str


START = Checkpoint(sequence=0, hash=GENESIS_HASH, anchors=0, anchor_digest=NO_LINE)


def save(path: Path, checkpoint: Checkpoint, key: Ed25519PrivateKey) -> None:
    """Replace the file; after a crash it is the old or the new one."""
    signed = {**asdict(checkpoint), "signature": key.sign(_signed_bytes(checkpoint)).hex()}
    half = path.with_name(f"{path.name}.part")
    with half.open("w", encoding="utf-8") as file:
        file.write(json.dumps(signed) + "\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def load(path: Path, key: Ed25519PrivateKey) -> Checkpoint:
    """What was saved; `START` when there is no file. Raises `CheckpointError`."""
    if not path.exists():
        return START
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        checkpoint = Checkpoint(
            sequence=int(found["sequence"]),
            hash=str(found["hash"]),
            anchors=int(found["anchors"]),
            anchor_digest=str(found["anchor_digest"]),
        )
        key.public_key().verify(bytes.fromhex(found["signature"]), _signed_bytes(checkpoint))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise CheckpointError(f"{path} is not a checkpoint signed with AUDIT_ANCHOR_KEY") from None
    return checkpoint


def _signed_bytes(checkpoint: Checkpoint) -> bytes:
    fields: dict[str, Json] = {"kind": _KIND, **asdict(checkpoint)}
    return canonical(fields).encode()
