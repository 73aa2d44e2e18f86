"""The key pairs of evidence and anchors, as 32 raw bytes in URL-safe base64.

`KeyFormatError` — the text is not such a key; a retry does not help.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey


class KeyFormatError(ValueError):
    """A setting does not hold a key; the message names the setting and never its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """Both halves as text, ready for the environment."""

    public: str
    private: str


def new_evidence_pair() -> KeyPair:
    """A fresh X25519 pair for EVIDENCE_PUBLIC_KEY and EVIDENCE_PRIVATE_KEY."""
    private = X25519PrivateKey.generate()
    return KeyPair(
        public=_text(private.public_key().public_bytes_raw()),
        private=_text(private.private_bytes_raw()),
    )


def new_anchor_pair() -> KeyPair:
    """A fresh Ed25519 pair for AUDIT_ANCHOR_PUBLIC_KEY and AUDIT_ANCHOR_KEY."""
    private = Ed25519PrivateKey.generate()
    return KeyPair(
        public=_text(private.public_key().public_bytes_raw()),
        private=_text(private.private_bytes_raw()),
    )


def evidence_public_key(value: str) -> X25519PublicKey:
    """The key that evidence is sealed to. Raises `KeyFormatError`."""
    return X25519PublicKey.from_public_bytes(_raw("EVIDENCE_PUBLIC_KEY", value))


def evidence_private_key(value: str) -> X25519PrivateKey:
    """The key that opens evidence. Raises `KeyFormatError`."""
    return X25519PrivateKey.from_private_bytes(_raw("EVIDENCE_PRIVATE_KEY", value))


def evidence_keyring(current: str, before: Sequence[str]) -> dict[str, X25519PrivateKey]:
    """Every key that opens evidence here, by the fingerprint that evidence names it by; the
    current one is first. Raises `KeyFormatError`."""
    pairs = [evidence_private_key(current)]
    pairs += [
        X25519PrivateKey.from_private_bytes(_raw("EVIDENCE_PRIVATE_KEYS_BEFORE", value))
        for value in before
    ]
    return {fingerprint(pair.public_key()): pair for pair in pairs}


def anchor_private_key(value: str) -> Ed25519PrivateKey:
    """The key that signs anchors. Raises `KeyFormatError`."""
    return Ed25519PrivateKey.from_private_bytes(_raw("AUDIT_ANCHOR_KEY", value))


def anchor_public_key(public_value: str, private_value: str) -> Ed25519PublicKey:
    """The key that checks anchors: the public one, else derived. Raises `KeyFormatError`."""
    if public_value:
        return Ed25519PublicKey.from_public_bytes(_raw("AUDIT_ANCHOR_PUBLIC_KEY", public_value))
    return anchor_private_key(private_value).public_key()


def fingerprint(key: X25519PublicKey) -> str:
    """16 hex digits that tell which public key something was sealed to."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def _raw(name: str, value: str) -> bytes:
    try:
        raw = urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (Base64Error, ValueError):
        raw = b""
    if len(raw) != 32:
        raise KeyFormatError(f"{name} must be 32 bytes in URL-safe base64")
    return raw


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
