"""New identities: a proof is good once, a prefix has its share, and what it did makes it harder."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis
import redis.asyncio
from pytest_django.fixtures import Settings

from chat import newcomers
from chat.admission.proofs import ProofError, ProofExpiredError, ProofWrongError
from chat.newcomers import TooManyNewcomersError
from chat.stores import prefixes
from reports.ids import DeviceId
from tests.e2e.wire import solve

HERE, THERE = "a" * 64, "b" * 64
NOW_MS = int(time.time() * 1000)
HOUR_MS = 3600 * 1000


@pytest.fixture
async def client(redis_url: str, settings: Settings) -> AsyncIterator[redis.asyncio.Redis]:
    settings.PROOF_OF_WORK = "on"
    settings.PROOF_TRIES = 16
    settings.PROOF_ITERATIONS = 2
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        yield client


async def proof(client: redis.asyncio.Redis, prefix: str = HERE, now_ms: int = NOW_MS) -> str:
    asked = await newcomers.challenge(client, prefix, now_ms)
    assert asked is not None
    return solve(asked)


async def demanded(client: redis.asyncio.Redis, now_ms: int = NOW_MS) -> int:
    asked = await newcomers.challenge(client, HERE, now_ms)
    assert asked is not None
    parameters = asked["parameters"]
    assert isinstance(parameters, dict)
    return int(parameters["data"]["tries"])


async def test_of_many_with_one_proof_only_one_gets_in(
    client: redis.asyncio.Redis, redis_url: str
) -> None:
    payload = await proof(client)

    async def try_it() -> bool:
        async with redis.asyncio.Redis.from_url(redis_url) as mine:
            try:
                await newcomers.admit(mine, HERE, payload, NOW_MS)
            except ProofWrongError:
                return False
            return True

    assert (await asyncio.gather(*(try_it() for _ in range(20)))).count(True) == 1


async def test_a_spent_proof_is_remembered_no_longer_than_it_would_be_good(
    client: redis.asyncio.Redis, redis_client: redis.Redis, settings: Settings
) -> None:
    await newcomers.admit(client, HERE, await proof(client), NOW_MS)
    (key,) = redis_client.scan_iter("*:proof:*")
    assert 0 < redis_client.pttl(key) <= settings.PROOF_TTL_S * 1000


async def test_a_proof_that_came_too_late_gets_nobody_in(
    client: redis.asyncio.Redis, settings: Settings
) -> None:
    payload = await proof(client)
    with pytest.raises(ProofExpiredError):
        await newcomers.admit(client, HERE, payload, NOW_MS + settings.PROOF_TTL_S * 1000)


async def test_of_many_with_good_proofs_no_more_than_the_hours_share_get_in(
    client: redis.asyncio.Redis, redis_url: str, settings: Settings
) -> None:
    settings.NEW_IDENTITIES_PER_HOUR = 3
    payloads = [await proof(client) for _ in range(10)]

    async def try_it(payload: str) -> float:
        async with redis.asyncio.Redis.from_url(redis_url) as mine:
            try:
                await newcomers.admit(mine, HERE, payload, NOW_MS)
            except TooManyNewcomersError as error:
                return error.retry_after_s
            return 0.0

    waits_s = await asyncio.gather(*map(try_it, payloads))
    assert sorted(waits_s) == [0.0] * 3 + [3600.0] * 7
    await newcomers.admit(client, THERE, await proof(client, THERE), NOW_MS)


async def test_a_request_that_was_overtaken_waits_no_longer_than_the_hour(
    client: redis.asyncio.Redis, settings: Settings
) -> None:
    settings.NEW_IDENTITIES_PER_HOUR = 1
    await newcomers.admit(client, HERE, await proof(client), NOW_MS + 500)
    with pytest.raises(TooManyNewcomersError) as refused:
        await newcomers.admit(client, HERE, await proof(client), NOW_MS)
    assert refused.value.retry_after_s == 3600.0


async def test_who_was_one_too_many_keeps_the_proof_and_gets_in_when_told(
    client: redis.asyncio.Redis, settings: Settings
) -> None:
    settings.NEW_IDENTITIES_PER_HOUR = 1
    await newcomers.admit(client, HERE, await proof(client), NOW_MS - HOUR_MS + 60_000)
    payload = await proof(client)
    with pytest.raises(TooManyNewcomersError) as refused:
        await newcomers.admit(client, HERE, payload, NOW_MS)
    assert refused.value.retry_after_s == 60.0
    await newcomers.admit(client, HERE, payload, NOW_MS + 60_000)


async def test_the_share_holds_without_proof_of_work_too(
    client: redis.asyncio.Redis, settings: Settings
) -> None:
    settings.PROOF_OF_WORK = "off"
    settings.NEW_IDENTITIES_PER_HOUR = 2
    assert await newcomers.challenge(client, HERE, NOW_MS) is None
    for _ in range(2):
        await newcomers.admit(client, HERE, None, NOW_MS)
    with pytest.raises(TooManyNewcomersError):
        await newcomers.admit(client, HERE, None, NOW_MS)


async def test_each_thing_that_a_prefix_did_makes_its_proofs_harder_and_only_its_own(
    client: redis.asyncio.Redis, settings: Settings
) -> None:
    settings.PROOF_NEWCOMERS_STEP = 1
    settings.PROOF_REFUSED_STEP = 1
    assert await demanded(client) == 16
    await newcomers.admit(client, HERE, await proof(client), NOW_MS)
    assert await demanded(client) == 32
    with pytest.raises(ProofWrongError):
        await newcomers.admit(client, HERE, "forged", NOW_MS)
    assert await demanded(client) == 64
    device = DeviceId(uuid4())
    for _ in range(3):  # the same one counts once
        await prefixes.note_barred(client, HERE, device, NOW_MS)
    assert await demanded(client) == 128
    await prefixes.note_under_age(client, HERE, 60)
    assert await demanded(client) == 512
    elsewhere = await newcomers.challenge(client, THERE, NOW_MS)
    assert elsewhere is not None
    assert isinstance(elsewhere["parameters"], dict)
    assert elsewhere["parameters"]["data"]["tries"] == 16


async def test_what_a_prefix_did_is_forgotten_after_an_hour_and_a_bar_after_a_day(
    client: redis.asyncio.Redis, settings: Settings, redis_client: redis.Redis
) -> None:
    settings.PROOF_NEWCOMERS_STEP = 1
    settings.PROOF_REFUSED_STEP = 1
    await newcomers.admit(client, HERE, await proof(client), NOW_MS)
    await prefixes.note_refused(client, HERE, NOW_MS)
    await prefixes.note_barred(client, HERE, DeviceId(uuid4()), NOW_MS)
    assert await demanded(client) == 128
    assert await demanded(client, NOW_MS + HOUR_MS + 1) == 32
    assert await demanded(client, NOW_MS + 24 * HOUR_MS + 1) == 16
    assert all(redis_client.pttl(key) > 0 for key in redis_client.scan_iter())


async def test_a_missing_or_late_proof_is_nobodys_fault(client: redis.asyncio.Redis) -> None:
    for payload in (None, ""):
        with pytest.raises(ProofError):
            await newcomers.admit(client, HERE, payload, NOW_MS)
    late = await proof(client, now_ms=NOW_MS - 24 * HOUR_MS)
    with pytest.raises(ProofExpiredError):
        await newcomers.admit(client, HERE, late, NOW_MS)
    assert await demanded(client) == 16


async def test_an_easy_proof_kept_for_later_is_not_enough_once_more_is_asked_for(
    client: redis.asyncio.Redis,
) -> None:
    kept = await proof(client)
    await prefixes.note_under_age(client, HERE, 60)
    with pytest.raises(ProofError, match="more is asked for"):
        await newcomers.admit(client, HERE, kept, NOW_MS)
    await newcomers.admit(client, HERE, await proof(client), NOW_MS)


async def test_one_doubling_while_a_neighbour_fills_in_the_form_costs_them_nothing(
    client: redis.asyncio.Redis,
) -> None:
    payload = await proof(client)
    await prefixes.note_barred(client, HERE, DeviceId(uuid4()), NOW_MS)
    await newcomers.admit(client, HERE, payload, NOW_MS)


async def test_of_a_proof_two_prefixes_cannot_make_two_identities(
    client: redis.asyncio.Redis,
) -> None:
    payload = await proof(client)
    with pytest.raises(ProofWrongError, match="another network"):
        await newcomers.admit(client, THERE, payload, NOW_MS)
    await newcomers.admit(client, HERE, payload, NOW_MS)
