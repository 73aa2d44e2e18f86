"""Two web processes for all tests of the chat, and strangers who come and go."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from tests.e2e.wire import Stranger
from tests.integration.chat.house import House, free_ports
from tests.services import TestServices

Newcomer = Callable[..., Stranger]


@pytest.fixture(scope="session")
def houses(
    services: TestServices, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, House]]:
    """Two running web processes, started once."""
    folder: Path = tmp_path_factory.mktemp("houses")
    ports = free_ports(2)
    origins = [f"http://127.0.0.1:{port}" for port in ports]
    one, two = (House(services, port, origins, folder / f"{port}.log") for port in ports)
    try:
        for house in (one, two):
            house.wait_until_open()
        yield one, two
    finally:
        for house in (one, two):
            house.close()


@pytest.fixture
def house(
    houses: tuple[House, House], transactional_db: None, redis_client: redis.Redis
) -> Iterator[House]:
    """The first web process, with nobody in it; no test may make it fail."""
    house = houses[0]
    before = len(house.logged())
    yield house
    assert "Traceback" not in house.logged()[before:]


@pytest.fixture
def neighbour(houses: tuple[House, House], house: House) -> House:
    """The second web process."""
    return houses[1]


@pytest.fixture(scope="module")
def gates(
    services: TestServices, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, House]]:
    """Two web processes that ask for proofs, behind a proxy of their own on this machine."""
    folder: Path = tmp_path_factory.mktemp("gates")
    ports = free_ports(2)
    origins = [f"http://127.0.0.1:{port}" for port in ports]
    asking = {
        "PROOF_OF_WORK": "on",
        "PROOF_TRIES": "16",
        "PROOF_ITERATIONS": "10",
        "NEW_IDENTITIES_PER_HOUR": "5",
        "TRUSTED_PROXIES": "127.0.0.0/8",
        "LOG_LEVEL": "DEBUG",
    }
    one, two = (House(services, port, origins, folder / f"{port}.log", asking) for port in ports)
    try:
        for gate in (one, two):
            gate.wait_until_open()
        yield one, two
    finally:
        for gate in (one, two):
            gate.close()


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
