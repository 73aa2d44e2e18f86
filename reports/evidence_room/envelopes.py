"""Sealing bytes so that whoever seals can't open them again (invariant I18). No Django.

Each item gets a fresh AES-256-GCM key; the key is wrapped to an X25519 public key by HPKE
(RFC 9180, base mode, HKDF-SHA256, AES-256-GCM). Item and key are bound to the same context.

`SealError` — the bytes, the key or the context are not those that were sealed; a retry does not
help.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

NONCE_BYTES = 12
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealError(Exception):
    """The envelope does not open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """`sealed` is kept in the storage, `nonce` and `wrapped_key` in the row."""

    sealed: bytes
    nonce: bytes
    wrapped_key: bytes


def seal(data: bytes, *, context: bytes, public_key: X25519PublicKey) -> Envelope:
    """Seal `data`, bound to `context`."""
    key = AESGCM.generate_key(bit_length=256)
    nonce = os.urandom(NONCE_BYTES)
    return Envelope(
        sealed=AESGCM(key).encrypt(nonce, data, context),
        nonce=nonce,
        wrapped_key=_SUITE.encrypt(key, public_key, info=context),
    )


def unseal(envelope: Envelope, *, context: bytes, private_key: X25519PrivateKey) -> bytes:
    """What was sealed. Raises `SealError`."""
    try:
        key = _unwrap(envelope.wrapped_key, context, private_key)
        return AESGCM(key).decrypt(envelope.nonce, envelope.sealed, context)
    except (InvalidTag, ValueError):
        raise SealError("the evidence does not open: altered, or sealed to another key") from None


def rewrap(
    wrapped_key: bytes, *, context: bytes, old: X25519PrivateKey, new: X25519PrivateKey
) -> bytes:
    """The item's key, wrapped to another pair; what is sealed with it stays as it is.

    Takes the new private key, too: that it opens is tried before the old one is given up. Raises
    `SealError`.
    """
    try:
        key = _unwrap(wrapped_key, context, old)
        rewrapped = _SUITE.encrypt(key, new.public_key(), info=context)
        is_same = _unwrap(rewrapped, context, new) == key
    except (InvalidTag, ValueError):
        is_same = False
    if not is_same:
        raise SealError("the item's key does not open: altered, or sealed to another key")
    return rewrapped


def _unwrap(wrapped_key: bytes, context: bytes, private_key: X25519PrivateKey) -> bytes:
    return _SUITE.decrypt(wrapped_key, private_key, info=context)
