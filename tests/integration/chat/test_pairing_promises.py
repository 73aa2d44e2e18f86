"""Pairing keeps its promises whatever happens in whatever order: real Redis against the model."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.stores.client import connect_async
from tests.pairing_rehearsal import OPERATIONS, Rehearsal, run_by_chance


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(min_value=0, max_value=2**32),
    operations=st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=20, max_size=150),
)
async def test_the_pool_answers_as_the_model_does_at_every_step(
    redis_url: str, seed: int, operations: list[str]
) -> None:
    async with connect_async() as client:
        await client.flushdb()
        rehearsal = Rehearsal(client, Random(seed))
        for operation in operations:
            await rehearsal.step(operation)
        await rehearsal.settle()


async def test_a_long_run_by_chance_leaves_nobody_standing(redis_url: str) -> None:
    async with connect_async() as client:
        await run_by_chance(client, operations=4000, seed=7)
