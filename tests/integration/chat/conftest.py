"""Two web processes for all tests of the chat, and strangers who come and go."""

import time
from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings

from chat.stores import keys
from chat.video_gate import GOOD_FOR_MS
from moderation.stores import heartbeat
from moderation.stores import keys as moderation_keys
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Stranger
from tests.integration.chat.house import House, open_houses
from tests.integration.chat.meeting import open_control
from tests.services import TestServices

Newcomer = Callable[..., Stranger]


@pytest.fixture(scope="session")
def houses(
    services: TestServices, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[House]]:
    """Two running web processes, started once."""
    with open_houses(services, tmp_path_factory.mktemp("houses"), 2) as houses:
        yield houses


@pytest.fixture
def house(
    houses: list[House], transactional_db: None, redis_client: redis.Redis
) -> Iterator[House]:
    """The first web process, with nobody in it; no test may make it fail."""
    house = houses[0]
    before = len(house.logged())
    yield house
    assert "Traceback" not in house.logged()[before:]


@pytest.fixture
def neighbour(houses: list[House], house: House) -> House:
    """The second web process."""
    return houses[1]


@pytest.fixture(scope="module")
def gates(
    services: TestServices, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[House]]:
    """Two web processes that ask for proofs, behind a proxy of their own on this machine."""
    asking = {
        "PROOF_OF_WORK": "on",
        "PROOF_TRIES": "16",
        "PROOF_ITERATIONS": "10",
        "NEW_IDENTITIES_PER_HOUR": "5",
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "LOG_LEVEL": "DEBUG",
    }
    with open_houses(services, tmp_path_factory.mktemp("gates"), 2, asking) as gates:
        yield gates


@pytest.fixture
def newcomer(house: House) -> Iterator[Newcomer]:
    """Makes strangers who have entered; they go with the test."""
    strangers: list[Stranger] = []

    def make(at: House = house, *, entered: bool = True) -> Stranger:
        stranger = Stranger(at.url)
        strangers.append(stranger)
        return stranger.enter() if entered else stranger

    yield make
    for stranger in strangers:
        stranger.__exit__(None, None, None)


@pytest.fixture
def screening(newcomer: Newcomer, redis_client: redis.Redis) -> Iterator[None]:
    """A living relay, and a screening worker that lives for the whole test, as Redis knows it."""
    open_control(newcomer())[0].close()  # the first socket of a process starts its relay
    lease = keys.node_lease(settings.RELAY_NODE)
    wait_for(lambda: redis_client.exists(lease), timeout_s=5, what="the relay holds its lease")
    an_hour_ms = 3600 * 1000
    heartbeat.beat(redis_client, "worker", time.time_ns() // 1_000_000 + an_hour_ms)
    redis_client.persist(moderation_keys.heartbeats())
    # The first socket had its process look at the gate, for as long as that is good.
    time.sleep(GOOD_FOR_MS / 1000)
    yield
    redis_client.delete(moderation_keys.heartbeats())
