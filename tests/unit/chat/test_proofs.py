"""A proof is what we signed, solved, in time and for whom it was made; everything else is none."""

import base64
import json
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.admission.proofs import (
    PROOF_MAX_CHARS,
    ProofError,
    ProofExpiredError,
    ProofMissingError,
    ProofWrongError,
    make_challenge,
    read_proof,
)
from tests.e2e.wire import solve

SECRET = b"s" * 50
HERE = "a" * 64
NOW_MS = int(time.time() * 1000)
IN_TIME_MS = NOW_MS + 600_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def challenge(tries: int = 40, expires_ms: int = IN_TIME_MS, secret: bytes = SECRET) -> Any:
    return make_challenge(
        secret,
        prefix=HERE,
        tries=tries,
        iterations=2,
        expires_ms=expires_ms,
        rng=random.Random(7),
    )


def changed(payload: str, *path: str, to: object) -> str:
    """The payload with one value in it replaced."""
    values = json.loads(base64.b64decode(payload))
    place = values
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return base64.b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize("payload", [None, ""])
def test_without_a_proof_there_is_none(payload: object) -> None:
    with pytest.raises(ProofMissingError):
        read_proof(payload, SECRET, prefix=HERE, now_ms=NOW_MS)


def test_a_proof_too_late_is_none() -> None:
    payload = solve(challenge())
    with pytest.raises(ProofExpiredError):
        read_proof(payload, SECRET, prefix=HERE, now_ms=IN_TIME_MS)
    with pytest.raises(ProofExpiredError):
        read_proof(solve(challenge(expires_ms=NOW_MS - 1000)), SECRET, prefix=HERE, now_ms=NOW_MS)


FORGERIES: list[tuple[tuple[str, ...], object]] = [
    (("solution", "counter"), -1),
    (("solution", "derivedKey"), "00" * 32),
    (("challenge", "signature"), "00" * 32),
    (("challenge", "signature"), None),
    (("challenge", "parameters", "expiresAt"), IN_TIME_MS),
    (("challenge", "parameters", "expiresAt"), None),
    (("challenge", "parameters", "keyPrefix"), ""),
    (("challenge", "parameters", "keySignature"), None),
    (("challenge", "parameters", "cost"), 1),
    (("challenge", "parameters", "data"), {"for": "", "tries": 10**9}),
    (("challenge", "parameters", "data"), None),
    (("challenge", "parameters", "nonce"), "00" * 16),
]


@pytest.mark.parametrize(("path", "to"), FORGERIES, ids=[".".join(path) for path, _ in FORGERIES])
def test_a_forged_proof_is_none(path: tuple[str, ...], to: object) -> None:
    payload = changed(solve(challenge()), *path, to=to)
    if path == ("solution", "counter"):
        # The counter itself is not looked at: the key that it leads to is.
        payload = changed(payload, "solution", "derivedKey", to="11" * 32)
    with pytest.raises(ProofWrongError):
        read_proof(payload, SECRET, prefix=HERE, now_ms=NOW_MS)


def test_another_installations_proof_is_none() -> None:
    with pytest.raises(ProofWrongError):
        read_proof(solve(challenge(secret=b"t" * 50)), SECRET, prefix=HERE, now_ms=NOW_MS)


def test_a_proof_for_another_neighbourhood_is_none() -> None:
    with pytest.raises(ProofWrongError, match="another network"):
        read_proof(solve(challenge()), SECRET, prefix="b" * 64, now_ms=NOW_MS)


@given(JSON)
def test_whatever_is_no_proof_is_refused_and_breaks_nothing(value: object) -> None:
    text = json.dumps(value)
    for payload in (value, text, base64.b64encode(text.encode()).decode()):
        with pytest.raises(ProofError):
            read_proof(payload, SECRET, prefix=HERE, now_ms=NOW_MS)


@given(st.sampled_from(["challenge", "solution"]), JSON)
def test_a_proof_with_a_part_of_another_form_is_refused(name: str, value: object) -> None:
    payload = changed(_PAYLOAD, name, to=value)
    with pytest.raises(ProofError):
        read_proof(payload, SECRET, prefix=HERE, now_ms=NOW_MS)


def test_a_proof_longer_than_any_is_not_even_read() -> None:
    with pytest.raises(ProofWrongError):
        read_proof("A" * (PROOF_MAX_CHARS + 1), SECRET, prefix=HERE, now_ms=NOW_MS)


def test_a_solved_challenge_is_a_proof_that_says_what_was_asked() -> None:
    asked = challenge(tries=40)
    proof = read_proof(solve(asked), SECRET, prefix=HERE, now_ms=NOW_MS)
    assert proof.tries == 40
    assert proof.expires_ms == IN_TIME_MS // 1000 * 1000
    assert proof.id == asked["parameters"]["nonce"]


def test_no_solver_has_to_try_more_often_than_was_asked() -> None:
    for seed in range(20):
        asked = make_challenge(
            SECRET,
            prefix=HERE,
            tries=5,
            iterations=1,
            expires_ms=IN_TIME_MS,
            rng=random.Random(seed),
        )
        values = json.loads(base64.b64decode(solve(asked)))
        assert values["solution"]["counter"] < 5


def test_a_challenge_names_no_address_and_does_not_give_its_counter_away() -> None:
    asked = json.dumps(challenge())
    assert HERE not in asked
    assert "counter" not in asked


_PAYLOAD = solve(challenge())
