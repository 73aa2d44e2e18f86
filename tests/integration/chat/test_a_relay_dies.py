"""One of two relay nodes dies: its conversations end, and everybody in them is paired again."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
import redis

from chat.stores import keys
from moderation.stores import heartbeat
from moderation.stores import keys as moderation_keys
from reports.ids import ConversationId
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Stranger
from tests.integration.chat.house import House, free_ports, open_houses
from tests.integration.chat.meeting import meet
from tests.integration.relay.processes import Process, uvicorn
from tests.services import TestServices

SEARCHING_WITHIN_S = 5.0
NODES = ("relay-a", "relay-b")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ports() -> dict[str, int]:
    return dict(zip(NODES, free_ports(2), strict=True))


@pytest.fixture
def listed(ports: dict[str, int]) -> str:
    """RELAY_NODES: where the web process sends people."""
    return ",".join(f"{node}=ws://127.0.0.1:{port}/ws/media/" for node, port in ports.items())


@pytest.fixture
def relays(
    services: TestServices, redis_url: str, ports: dict[str, int], listed: str, tmp_path: Path
) -> Iterator[dict[str, Process]]:
    """Two relay nodes, each a process of its own."""
    with ExitStack() as stack:
        yield {
            node: stack.enter_context(
                Process(
                    services,
                    uvicorn(port),
                    tmp_path / f"{node}.log",
                    RELAY_NODE=node,
                    RELAY_NODES=listed,
                )
            )
            for node, port in ports.items()
        }


@pytest.fixture
def house(
    services: TestServices,
    relays: dict[str, Process],
    listed: str,
    redis_client: redis.Redis,
    tmp_path: Path,
) -> Iterator[House]:
    """A web process without media; screening lives, as Redis knows it."""
    settings = {"RELAY_NODE": "", "RELAY_NODES": listed}
    with open_houses(services, tmp_path, 1, settings) as (house,):
        for node in NODES:
            lease = keys.node_lease(node)
            wait_for(partial(redis_client.exists, lease), timeout_s=20, what=node)
        heartbeat.beat(redis_client, "worker", time.time_ns() // 1_000_000 + 3600 * 1000)
        redis_client.persist(moderation_keys.heartbeats())
        yield house


def test_its_conversations_end_and_both_sides_meet_again_elsewhere(
    house: House, relays: dict[str, Process], redis_client: redis.Redis
) -> None:
    with Stranger(house.url) as ada, Stranger(house.url) as bo:
        ada.enter()
        bo.enter()
        meeting = meet(ada, bo, "video")
        node = _node_of(redis_client, meeting.conversation)
        relays[node].die()
        died_s = time.monotonic()
        for control in (meeting.ada, meeting.bo):
            assert control.expect("ended")["by"] == "lost"
        again = [control.expect("paired") for control in (meeting.ada, meeting.bo)]
        assert time.monotonic() - died_s <= SEARCHING_WITHIN_S
        assert again[0]["conversation"] == again[1]["conversation"] != meeting.conversation
        assert _node_of(redis_client, str(again[0]["conversation"])) != node


def _node_of(redis_client: redis.Redis, conversation: str) -> str:
    key = keys.conversation(ConversationId(UUID(conversation)))
    found = redis_client.hget(key, "node")
    assert isinstance(found, bytes)
    return found.decode()
