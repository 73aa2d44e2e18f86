"""Anchors: the audit trail's head, signed and kept outside the database (invariant I19). No Django.

One JSON object per line: `sequence`, `hash`, `at`, `previous` (hex SHA-256 of the line before,
zeros for the first) and `signature` (Ed25519, hex) over the canonical JSON of the other four. A
line taken out from between others is noticed. A tail that is cut off is not: keep them where
nobody can cut it (`reports.trail.anchor_stores`).

`AnchorError` — a line is not a validly signed anchor; the trail can't be vouched for.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

NO_LINE = "0" * 64


class AnchorError(Exception):
    """The anchors can't be trusted; the message names the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The trail's head at an instant: `at` is ISO 8601."""

    sequence: int
    hash: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnchor(Anchor):
    """An anchor as it was read: line `number` counts from 1, `line_digest` is what the next line
    names as its `previous`."""

    number: int
    line_digest: str


def sign(anchor: Anchor, before: bytes, key: Ed25519PrivateKey) -> bytes:
    """The line, without its end, that follows the line `before` (empty for the first)."""
    fields = _fields(anchor, line_digest(before))
    return json.dumps({**fields, "signature": key.sign(_signed_bytes(fields)).hex()}).encode()


def read(
    lines: Iterable[bytes], key: Ed25519PublicKey, *, after: int = 0, after_digest: str = NO_LINE
) -> Iterator[KeptAnchor]:
    """Every anchor in `lines`, in their order, signature checked. Raises `AnchorError`.

    `lines` begin behind line number `after`, whose digest is `after_digest`.
    """
    previous = after_digest
    for number, line in enumerate(lines, start=after + 1):
        kept = _parse(number, line, previous, key)
        yield kept
        previous = kept.line_digest


def head_of(line: bytes) -> tuple[int, str] | None:
    """Sequence and hash that a line speaks of, unchecked; None for none that can be read."""
    try:
        found = json.loads(line)
        return int(found["sequence"]), str(found["hash"])
    except (ValueError, KeyError, TypeError):
        return None


def line_digest(line: bytes) -> str:
    """Hex SHA-256 of a line without its end; zeros for no line."""
    return hashlib.sha256(line).hexdigest() if line else NO_LINE


def _parse(number: int, line: bytes, expected: str, key: Ed25519PublicKey) -> KeptAnchor:
    try:
        found = json.loads(line)
        anchor = KeptAnchor(
            sequence=int(found["sequence"]),
            hash=str(found["hash"]),
            at=str(found["at"]),
            number=number,
            line_digest=line_digest(line),
        )
        previous = str(found["previous"])
        key.verify(bytes.fromhex(found["signature"]), _signed_bytes(_fields(anchor, previous)))
    except (ValueError, KeyError, TypeError, InvalidSignature):
        raise AnchorError(f"line {number} of the anchors is not a signed anchor") from None
    if previous != expected:
        raise AnchorError(f"before line {number} of the anchors something was taken out or put in")
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
