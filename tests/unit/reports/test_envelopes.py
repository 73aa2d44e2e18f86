from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from reports.evidence_room.envelopes import Envelope, SealError, seal, unseal

KEY = X25519PrivateKey.generate()
SEALED = seal(b"a frame", context=b"evidence 1", public_key=KEY.public_key())


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


@pytest.mark.parametrize(
    "envelope",
    [
        replace(SEALED, sealed=flipped(SEALED.sealed)),
        replace(SEALED, nonce=flipped(SEALED.nonce)),
        replace(SEALED, wrapped_key=flipped(SEALED.wrapped_key)),
        replace(SEALED, wrapped_key=b""),
        replace(SEALED, sealed=b""),
    ],
)
def test_it_does_not_open_when_anything_was_altered(envelope: Envelope) -> None:
    with pytest.raises(SealError):
        unseal(envelope, context=b"evidence 1", private_key=KEY)


def test_it_does_not_open_in_another_context() -> None:
    with pytest.raises(SealError):
        unseal(SEALED, context=b"evidence 2", private_key=KEY)


def test_it_does_not_open_with_another_key() -> None:
    with pytest.raises(SealError):
        unseal(SEALED, context=b"evidence 1", private_key=X25519PrivateKey.generate())


def test_it_opens_with_the_private_key_and_shows_nothing_before() -> None:
    assert unseal(SEALED, context=b"evidence 1", private_key=KEY) == b"a frame"
    assert b"a frame" not in SEALED.sealed


def test_it_uses_a_fresh_key_for_every_item() -> None:
    again = seal(b"a frame", context=b"evidence 1", public_key=KEY.public_key())
    assert again.sealed != SEALED.sealed
    assert again.wrapped_key != SEALED.wrapped_key
