"""Two web processes for all tests of the chat, and strangers who come and go."""

from collections.abc import Callable, Iterator

import pytest
import redis

from tests.e2e.wire import Stranger
from tests.integration.chat.house import House, open_houses
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
