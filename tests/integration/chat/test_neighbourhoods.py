"""How often one network may connect and search, and whom a refusal costs something: nobody."""

import os
import signal
from collections.abc import Callable, Iterator

import pytest
import redis

from chat.stores import keys
from tests.e2e.wire import Control, Stranger, dial
from tests.integration.chat.house import House, open_houses
from tests.integration.chat.meeting import open_control, seek
from tests.services import TestServices

HERE = "203.0.113.7"
NEIGHBOUR = "203.0.113.88"
ELSEWHERE = "198.51.100.5"
DEVICE_BURST, PREFIX_BURST = 2, 3
AGAIN_WITHIN_S = 10

Arrive = Callable[[str], Stranger]


@pytest.fixture(scope="module")
def narrow(
    services: TestServices, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A web process behind a proxy of its own on this machine, where little is allowed."""
    little = {
        f"{act}_{whose}_{name}": str(value)
        for act in ("CONNECTIONS", "SEARCHES")
        for whose, burst in (("DEVICE", DEVICE_BURST), ("PREFIX", PREFIX_BURST))
        for name, value in (("BURST", burst), ("PER_MIN", 60 / AGAIN_WITHIN_S))
    } | {"TRUSTED_PROXIES": "127.0.0.0/8"}
    with open_houses(services, tmp_path_factory.mktemp("narrow"), 1, little) as (house,):
        yield house


@pytest.fixture
def arrive(narrow: House, transactional_db: None, redis_client: redis.Redis) -> Iterator[Arrive]:
    """Somebody who has entered, from that address; they go with the test."""
    strangers: list[Stranger] = []

    def enter(address: str) -> Stranger:
        stranger = Stranger(narrow.url, address).enter()
        strangers.append(stranger)
        return stranger

    yield enter
    for stranger in strangers:
        stranger.__exit__(None, None, None)


def knock(stranger: Stranger, forwarded_for: str = "") -> Control:
    """A control socket, whatever becomes of it."""
    stranger.control = Control(
        dial(
            stranger.url,
            "/ws/chat/",
            "parley.v1",
            stranger.cookie_header,
            forwarded_for=forwarded_for or stranger.forwarded_for,
        )
    )
    return stranger.control


def is_told_when(control: Control) -> bool:
    """Whether the only thing that was said is when to come again."""
    told = control.expect("error")
    assert told["code"] == "slow_down"
    assert 0 < told["retry_after_s"] <= AGAIN_WITHIN_S
    return control.expect_close() == 4429 and control.received == [told]


def buckets(client: redis.Redis, act: str, whose: str) -> list[bytes]:
    return list(client.scan_iter(keys.bucket(f"{act}.{whose}", "*")))


# Connections


def test_the_connection_after_the_last_one_is_refused_and_told_when(arrive: Arrive) -> None:
    for number in range(PREFIX_BURST):
        knock(arrive(f"203.0.113.{number}")).expect("welcome")
    assert is_told_when(knock(arrive(NEIGHBOUR)))
    knock(arrive(ELSEWHERE)).expect("welcome")


def test_a_browser_that_connects_again_and_again_uses_up_nothing_of_its_neighbours(
    arrive: Arrive,
) -> None:
    mallory = arrive(HERE)
    for _ in range(DEVICE_BURST):
        knock(mallory).expect("welcome")
    for _ in range(10):
        assert is_told_when(knock(mallory))
    knock(arrive(NEIGHBOUR)).expect("welcome")


def test_entering_anew_gives_a_browser_no_more_connections(arrive: Arrive) -> None:
    mallory = arrive(HERE)
    for _ in range(DEVICE_BURST):
        knock(mallory).expect("welcome")
    assert is_told_when(knock(mallory.enter()))


def test_who_is_refused_for_the_neighbours_keeps_their_own_connections(
    arrive: Arrive, redis_client: redis.Redis
) -> None:
    for _ in range(PREFIX_BURST):
        knock(arrive(NEIGHBOUR)).expect("welcome")
    ada = arrive(HERE)
    before = buckets(redis_client, "connections", "device")
    assert is_told_when(knock(ada))
    assert sorted(buckets(redis_client, "connections", "device")) == sorted(before)


def test_forged_addresses_make_no_other_network(arrive: Arrive) -> None:
    for number in range(PREFIX_BURST):
        knock(arrive(HERE), f"192.0.{number}.1, {HERE}").expect("welcome")
    assert is_told_when(knock(arrive(HERE), f"192.0.99.1, 127.0.0.1, {HERE}"))


def test_while_nobody_can_count_nobody_connects(arrive: Arrive, services: TestServices) -> None:
    ada = arrive(HERE)
    pid = services.pids()["redis"]
    os.kill(pid, signal.SIGSTOP)
    try:
        assert knock(ada).expect_close() == 4503
    finally:
        os.kill(pid, signal.SIGCONT)


# Searches


def test_the_search_after_the_last_one_is_refused_and_told_when(
    arrive: Arrive, redis_client: redis.Redis
) -> None:
    for number in range(PREFIX_BURST):
        searches(arrive(f"203.0.113.{number}"))
        redis_client.delete(*redis_client.scan_iter("*bucket:connections*"))
    ada, _ = open_control(arrive(NEIGHBOUR))
    before = buckets(redis_client, "searches", "device")
    seek(ada)
    refused = ada.expect("error")
    assert refused["code"] == "slow_down"
    assert 0 < refused["retry_after_s"] <= AGAIN_WITHIN_S
    # It cost ada's browser nothing, and the socket stays.
    assert sorted(buckets(redis_client, "searches", "device")) == sorted(before)
    ada.send("ping")
    ada.expect("pong")
    searches(arrive(ELSEWHERE))


def test_a_browser_that_searches_again_and_again_uses_up_nothing_of_its_neighbours(
    arrive: Arrive,
) -> None:
    mallory, _ = open_control(arrive(HERE))
    for _ in range(DEVICE_BURST + 10):
        seek(mallory)
    for _ in range(10):
        assert mallory.expect("error")["code"] == "slow_down"
    searches(arrive(NEIGHBOUR))


def searches(stranger: Stranger) -> None:
    """Connect and look for somebody; nobody stays in the pool."""
    control, _ = open_control(stranger)
    seek(control)
    control.expect("searching")
    control.send("leave")
