"""Anchors: the audit trail's head, signed and kept outside the database (invariant I19).

One JSON object per line: `sequence`, `hash`, `at`, `signature` (Ed25519, hex) over the canonical
JSON of the other three. The file is only ever appended to.

`AnchorError` — a line is not a validly signed anchor; the trail can't be vouched for.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE_NAME = "anchors.jsonl"


class AnchorError(Exception):
    """The anchor file can't be trusted; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The trail's head at an instant: `at` is ISO 8601."""

    sequence: int
    hash: str
    at: str

    @property
    def signed_bytes(self) -> bytes:
        fields = {"sequence": self.sequence, "hash": self.hash, "at": self.at}
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def append(folder: Path, anchor: Anchor, key: Ed25519PrivateKey) -> None:
    """Sign `anchor` and add it to the file; on return it is on disk."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    line = json.dumps(
        {
            "sequence": anchor.sequence,
            "hash": anchor.hash,
            "at": anchor.at,
            "signature": key.sign(anchor.signed_bytes).hex(),
        }
    )
    descriptor = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, line.encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def has_any(folder: Path) -> bool:
    """Whether anything was ever anchored here."""
    path = folder / FILE_NAME
    return path.exists() and path.stat().st_size > 0


def load(folder: Path, key: Ed25519PublicKey) -> Iterator[Anchor]:
    """Every anchor in the file, in its order, signature checked. Raises `AnchorError`."""
    path = folder / FILE_NAME
    if not path.exists():
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            yield _parse(number, line, key)


def _parse(number: int, line: str, key: Ed25519PublicKey) -> Anchor:
    try:
        fields = json.loads(line)
        anchor = Anchor(
            sequence=int(fields["sequence"]), hash=str(fields["hash"]), at=str(fields["at"])
        )
        key.verify(bytes.fromhex(fields["signature"]), anchor.signed_bytes)
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise AnchorError(f"line {number} of {FILE_NAME} is not a signed anchor") from None
    return anchor
