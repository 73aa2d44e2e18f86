"""One of two relay nodes dies: its conversations end, and everybody in them is paired again."""

import time
from collections import Counter, defaultdict
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
from reports.models import Report
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Control, Stranger
from tests.integration.chat.house import House, free_ports, open_houses
from tests.integration.chat.meeting import meet, open_control, seek
from tests.integration.relay.processes import Process, uvicorn
from tests.services import TestServices

SEARCHING_WITHIN_S = 5.0
PAIRS = 50
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


def test_fifty_conversations_at_once_leave_nobody_in_two_and_no_report_behind(
    house: House, relays: dict[str, Process], redis_client: redis.Redis
) -> None:
    with ExitStack() as stack:
        people = [stack.enter_context(Stranger(house.url)).enter() for _ in range(2 * PAIRS)]
        controls = [open_control(stranger)[0] for stranger in people]
        for control in controls:
            seek(control, "video")
        talks: dict[str, list[Control]] = defaultdict(list)
        for control in controls:
            talks[str(control.expect("paired")["conversation"])].append(control)
        node = _node_of(redis_client, next(iter(talks)))
        hit = [talk for talk in talks if _node_of(redis_client, talk) == node]
        assert len(hit) > PAIRS // 4
        reported, *others = hit
        talks[reported][0].send("report", reason="nudity")
        talks[reported][0].expect("reported")

        relays[node].die()

        again: Counter[str] = Counter()
        for control in [control for talk in others for control in talks[talk]]:
            assert control.expect("ended", timeout_s=30)["by"] == "lost"
            again[str(control.expect("paired", timeout_s=30)["conversation"])] += 1
        assert set(again.values()) == {2}
        assert not again.keys() & talks.keys()
        assert node not in {_node_of(redis_client, talk) for talk in again}
        assert Report.objects.filter(conversation=reported).exists()


def _node_of(redis_client: redis.Redis, conversation: str) -> str:
    key = keys.conversation(ConversationId(UUID(conversation)))
    found = redis_client.hget(key, "node")
    assert isinstance(found, bytes)
    return found.decode()
