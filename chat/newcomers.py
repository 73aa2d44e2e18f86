"""What a new identity has to pass at the door: proof of work, and the hour's cap of its prefix.

    TooManyNewcomersError    the prefix has had its share of new identities; later there is more

Raises `RedisError` and the `ProofError`s of chat.admission.proofs, too.
"""

import asyncio
import secrets

import redis.asyncio
from django.conf import settings

from chat.admission import proofs
from chat.admission.proofs import ProofError, ProofWrongError
from chat.admission.risk import Scale, demanded_tries
from chat.stores import prefixes

GRACE = 2
"""A proof may have been asked for one doubling ago: the neighbours' doings while somebody fills in
the form don't cost them their work."""


class TooManyNewcomersError(Exception):
    """`retry_after_s` says when one more new identity may come from there."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"in {retry_after_s:g} s")
        self.retry_after_s = retry_after_s


async def challenge(
    client: redis.asyncio.Redis, prefix: str, now_ms: int
) -> dict[str, object] | None:
    """What a new identity from `prefix` has to solve; None while PROOF_OF_WORK=off."""
    if settings.PROOF_OF_WORK == "off":
        return None
    return await asyncio.to_thread(
        proofs.make_challenge,
        _secret(),
        prefix=prefix,
        tries=await _demand(client, prefix, now_ms),
        iterations=settings.PROOF_ITERATIONS,
        expires_ms=now_ms + settings.PROOF_TTL_S * 1000,
        rng=secrets.SystemRandom(),
    )


async def admit(client: redis.asyncio.Redis, prefix: str, payload: object, now_ms: int) -> None:
    """Let a new identity pass that sent `payload` as its proof. Spends the proof, and one of the
    prefix's identities of this hour."""
    try:
        await _admit(client, prefix, payload, now_ms)
    except ProofWrongError:
        await prefixes.note_refused(client, prefix, now_ms)
        raise


async def _admit(client: redis.asyncio.Redis, prefix: str, payload: object, now_ms: int) -> None:
    proof_id, proof_ms = "", 0
    if settings.PROOF_OF_WORK == "on":
        proof = proofs.read_proof(payload, _secret(), prefix=prefix, now_ms=now_ms)
        if proof.tries * GRACE < await _demand(client, prefix, now_ms):
            raise ProofError("more is asked for by now: solve another challenge")
        proof_id, proof_ms = proof.id, proof.expires_ms - now_ms
    try:
        wait_s = await prefixes.admit_newcomer(
            client,
            prefix,
            per_hour=settings.NEW_IDENTITIES_PER_HOUR,
            proof=proof_id,
            proof_ms=proof_ms,
            now_ms=now_ms,
        )
    except prefixes.SpentError:
        raise ProofWrongError("good once, and that was before: solve another challenge") from None
    if wait_s:
        raise TooManyNewcomersError(wait_s)


async def _demand(client: redis.asyncio.Redis, prefix: str, now_ms: int) -> int:
    scale = Scale(
        tries=settings.PROOF_TRIES,
        doublings_max=settings.PROOF_DOUBLINGS_MAX,
        newcomers_step=settings.PROOF_NEWCOMERS_STEP,
        refused_step=settings.PROOF_REFUSED_STEP,
    )
    return demanded_tries(await prefixes.load_signals(client, prefix, now_ms), scale)


def _secret() -> bytes:
    return str(settings.SECRET_KEY).encode()
