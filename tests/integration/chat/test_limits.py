"""Token buckets on a real Redis: nobody gets more than allowed, and a refusal costs nothing."""

import asyncio
from uuid import uuid4

import redis
import redis.asyncio
from pytest_django.fixtures import Settings

from chat.stores import limits
from chat.stores.limits import Allowance
from reports.ids import DeviceId, ParticipantId

DEVICE = Allowance(name="door.device", per_s=1.0, burst=3)
PREFIX = Allowance(name="door.prefix", per_s=0.5, burst=5)
NOW_MS = 1_800_000_000_000


def test_what_is_allowed_is_what_the_settings_say(settings: Settings) -> None:
    settings.ENTER_PREFIX_BURST, settings.ENTER_PREFIX_PER_MIN = 7, 30.0
    assert limits.allowance("enter", "prefix") == Allowance(name="enter.prefix", per_s=0.5, burst=7)
    # Leaving is allowed as often, and has buckets of its own.
    assert limits.allowance("leave", "prefix", like="enter") == Allowance(
        name="leave.prefix", per_s=0.5, burst=7
    )


def test_everybody_who_is_known_is_asked_for_a_token() -> None:
    participant, device = ParticipantId(uuid4()), DeviceId(uuid4())
    claims = limits.claims("connections", participant, device, prefix="p")
    assert [who for _, who in claims] == [str(participant), str(device), "p"]
    assert {allowance.name for allowance, _ in claims} == {
        "connections.device",
        "connections.prefix",
    }
    assert [who for _, who in limits.claims("connections", None, device)] == [str(device)]


async def test_a_refusal_by_one_bucket_takes_no_token_from_the_others(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        for _ in range(3):
            assert not await limits.take_all(client, [(DEVICE, "d"), (PREFIX, "p")], NOW_MS)
        for _ in range(50):
            assert await limits.take_all(client, [(DEVICE, "d"), (PREFIX, "p")], NOW_MS) == 1.0
        # Two of the prefix's five are still there for its neighbours.
        assert not await limits.take_all(client, [(DEVICE, "e"), (PREFIX, "p")], NOW_MS)
        assert not await limits.take_all(client, [(DEVICE, "f"), (PREFIX, "p")], NOW_MS)
        assert await limits.take_all(client, [(DEVICE, "g"), (PREFIX, "p")], NOW_MS) == 2.0


async def test_the_wait_is_that_of_the_slowest_bucket_and_then_it_is_over(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        for number in range(5):
            assert not await limits.take_all(
                client, [(DEVICE, f"d{number % 2}"), (PREFIX, "p")], NOW_MS
            )
        both = [(DEVICE, "d0"), (PREFIX, "p")]
        assert await limits.take_all(client, both, NOW_MS) == 2.0
        assert await limits.take_all(client, both, NOW_MS + 1999) > 0
        assert not await limits.take_all(client, both, NOW_MS + 2000)


async def test_many_at_once_get_exactly_what_the_tightest_bucket_holds(redis_url: str) -> None:
    async def ask(number: int) -> float:
        async with redis.asyncio.Redis.from_url(redis_url) as client:
            return await limits.take_all(client, [(DEVICE, f"d{number}"), (PREFIX, "p")], NOW_MS)

    waits = await asyncio.gather(*(ask(number) for number in range(30)))
    assert waits.count(0.0) == 5


async def test_a_clock_that_runs_backwards_gives_nobody_a_token(redis_url: str) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        for _ in range(3):
            assert not await limits.take_all(client, [(DEVICE, "d")], NOW_MS)
        assert await limits.take_all(client, [(DEVICE, "d")], NOW_MS - 60_000)
        assert await limits.take_all(client, [(DEVICE, "d")], NOW_MS) == 1.0


async def test_buckets_vanish_when_they_are_full_again(
    redis_url: str, redis_client: redis.Redis
) -> None:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await limits.take_all(client, [(DEVICE, "d"), (PREFIX, "p")], NOW_MS)
    ttls_s = sorted(redis_client.ttl(key) for key in redis_client.scan_iter())
    assert len(ttls_s) == 2
    assert 0 < ttls_s[0] <= ttls_s[1] <= 4
