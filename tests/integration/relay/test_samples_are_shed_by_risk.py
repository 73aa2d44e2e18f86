"""While pictures wait too long for their verdict, a relay node knows it: calm ones come later."""

import redis.asyncio

from chat import clock
from chat.relay.hub import ensure_running
from moderation.stores import keys
from tests.clients import until
from tests.integration.relay.conftest import Pair


async def test_a_relay_learns_that_screening_falls_behind_and_that_it_is_over(
    pair: Pair, store: redis.asyncio.Redis
) -> None:
    await pair.both()
    hub = await ensure_running()
    assert hub is not None
    assert hub.strain == 0.0

    await store.zadd(keys.waiting_since(), {"somebody else's": clock.now_ms() - 60_000})
    await until(lambda: hub.strain == 1.0, "the relay knows")

    await store.delete(keys.waiting_since())
    await until(lambda: hub.strain == 0.0, "the relay knows that it is over")
