"""Anchors: the audit trail's head, signed and kept outside the database (invariant I19).

One JSON object per line: `sequence`, `hash`, `at`, `previous` (hex SHA-256 of the line before,
zeros for the first) and `signature` (Ed25519, hex) over the canonical JSON of the other four. The
file is only ever appended to, and a line taken out from between others is noticed. A tail that is
cut off is not: keep the folder where nobody can cut it.

`AnchorError` — a line is not a validly signed anchor; the trail can't be vouched for.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

FILE_NAME = "anchors.jsonl"
NO_LINE = "0" * 64
_LINE_MAX_BYTES = 4096


class AnchorError(Exception):
    """The anchor file can't be trusted; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The trail's head at an instant: `at` is ISO 8601."""

    sequence: int
    hash: str
    at: str


def append(folder: Path, anchor: Anchor, key: Ed25519PrivateKey) -> None:
    """Sign `anchor` and add it to the file; on return it is on disk."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / FILE_NAME, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        fields = _fields(anchor, _digest(_last_line(descriptor)))
        line = json.dumps({**fields, "signature": key.sign(_signed_bytes(fields)).hex()})
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
    before = b""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            yield _parse(number, line, before, key)
            before = line


def _parse(number: int, line: bytes, before: bytes, key: Ed25519PublicKey) -> Anchor:
    try:
        found = json.loads(line)
        anchor = Anchor(
            sequence=int(found["sequence"]), hash=str(found["hash"]), at=str(found["at"])
        )
        previous = str(found["previous"])
        key.verify(bytes.fromhex(found["signature"]), _signed_bytes(_fields(anchor, previous)))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise AnchorError(f"line {number} of {FILE_NAME} is not a signed anchor") from None
    if previous != _digest(before):
        raise AnchorError(f"before line {number} of {FILE_NAME} something was taken out or put in")
    return anchor


def _fields(anchor: Anchor, previous: str) -> dict[str, str | int]:
    return {
        "sequence": anchor.sequence,
        "hash": anchor.hash,
        "at": anchor.at,
        "previous": previous,
    }


def _signed_bytes(fields: dict[str, str | int]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def _last_line(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    start = max(0, size - _LINE_MAX_BYTES)
    lines = os.pread(descriptor, size - start, start).splitlines()
    return lines[-1] if lines else b""


def _digest(line: bytes) -> str:
    return hashlib.sha256(line.rstrip(b"\n")).hexdigest() if line else NO_LINE
