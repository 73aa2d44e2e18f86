"""Proof of work: ALTCHA challenges, and what solves them. Blocking for about one derivation.

    ProofError             another challenge may be solved
    ├── ProofMissingError    there is none; a page from before proofs were asked for sends none
    ├── ProofExpiredError    solved too late
    └── ProofWrongError      broken, forged, from another neighbourhood, or not solved

A challenge (https://altcha.org/docs/v2/proof-of-work-v2) asks for the counter whose PBKDF2 key
begins with a given prefix. The counter is drawn below `tries` beforehand, so that the longest wait
is bounded and the mean is half of it; the answer is checked by a second HMAC without deriving
anything. What it demands and for whom it was made are signed with it: nothing is stored until it
is spent.
"""

import base64
import binascii
import hmac
import json
import random
from dataclasses import dataclass

import altcha

ALGORITHM = "PBKDF2/SHA-256"
"""Of ALTCHA's algorithms the one whose inner loop is native in browsers, too: somebody with a
program of their own gains little over the page."""

PROOF_MAX_CHARS = 2048


class ProofError(Exception):
    """Not let in by this proof."""


class ProofMissingError(ProofError):
    """There is no proof."""


class ProofExpiredError(ProofError):
    """The challenge is too old."""


class ProofWrongError(ProofError):
    """No proof of ours, or none for here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A challenge that was solved. `id` is good once; `expires_ms` in Unix ms."""

    id: str
    tries: int
    expires_ms: int


def make_challenge(
    secret: bytes,
    *,
    prefix: str,
    tries: int,
    iterations: int,
    expires_ms: int,
    rng: random.Random,
) -> dict[str, object]:
    """A challenge in ALTCHA's JSON, for `prefix` only. `rng` must be cryptographic."""
    challenge = altcha.create_challenge(
        ALGORITHM,
        iterations,
        counter=rng.randrange(tries),
        expires_at=expires_ms // 1000,
        data={"for": _addressee(secret, prefix), "tries": tries},
        hmac_secret=_key(secret, "challenge"),
        hmac_key_secret=_key(secret, "solution"),
    )
    return challenge.to_dict()


def read_proof(payload: object, secret: bytes, *, prefix: str, now_ms: int) -> Proof:
    """The proof in `payload`, as the page sends it. Raises `ProofError`."""
    if payload in (None, ""):
        raise ProofMissingError("solve the challenge of /api/terms")
    solved = _decoded(payload)
    expires_s = solved.challenge.parameters.expires_at
    if isinstance(expires_s, int) and expires_s * 1000 <= now_ms:
        raise ProofExpiredError("solved too late: ask for another challenge")
    verdict = altcha.verify_solution(
        solved,
        _key(secret, "challenge"),
        hmac_key_secret=_key(secret, "solution"),
    )
    if verdict.expired:
        raise ProofExpiredError("solved too late: ask for another challenge")
    if not verdict.verified:
        raise ProofWrongError("no solution of a challenge of ours")
    # From here on it is what we signed.
    parameters = solved.challenge.parameters
    assert isinstance(parameters.data, dict)
    assert isinstance(parameters.expires_at, int)
    if parameters.data["for"] != _addressee(secret, prefix):
        raise ProofWrongError("made for another network")
    return Proof(
        id=parameters.nonce,
        tries=int(parameters.data["tries"]),
        expires_ms=parameters.expires_at * 1000,
    )


def _decoded(payload: object) -> altcha.Payload:
    if not isinstance(payload, str) or len(payload) > PROOF_MAX_CHARS:
        raise ProofWrongError(f"at most {PROOF_MAX_CHARS} characters")
    try:
        values = json.loads(base64.b64decode(payload, validate=True))
        return altcha.Payload.from_dict(values)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise ProofWrongError("not in ALTCHA's form") from None


def _addressee(secret: bytes, prefix: str) -> str:
    return hmac.digest(_key(secret, "addressee"), prefix.encode(), "sha256")[:16].hex()


def _key(secret: bytes, purpose: str) -> bytes:
    """One secret, a key for each purpose: a signature of one kind is none of another."""
    return hmac.digest(secret, f"parley.proof.{purpose}".encode(), "sha256")
