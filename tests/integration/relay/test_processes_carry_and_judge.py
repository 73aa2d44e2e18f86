"""The relay as a process of its own, under both servers, and with the real screening worker."""

import socket
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import redis
import redis.asyncio
from django.conf import settings

from chat.clock import now_ms
from chat.stores import keys
from moderation.model_files.fetching import fetch
from moderation.packets import Kind
from moderation.samples import Side
from moderation.stores import heartbeat, verdicts
from moderation.verdicts import Decision
from tests.clients import MediaClient, status_of, until
from tests.e2e.cameras import picture
from tests.e2e.film import Frame, encode
from tests.integration.relay.conftest import NODE, Pair, new_pair
from tests.integration.relay.judge import TestJudge
from tests.integration.relay.processes import Process, daphne, screening, uvicorn
from tests.services import TestServices


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(params=[daphne, uvicorn])
def server(
    request: pytest.FixtureRequest, services: TestServices, redis_url: str, tmp_path: Path
) -> Iterator[tuple[Process, str]]:
    """A relay process and its URL."""
    command: Callable[[int], list[str]] = request.param
    port = free_port()
    with Process(services, command(port), tmp_path / "relay.log") as process:
        yield process, f"ws://127.0.0.1:{port}"


async def opened(server: tuple[Process, str]) -> str:
    """The URL, once sockets are answered."""
    process, url = server
    port = int(url.rpartition(":")[2])
    await until(lambda: process.answers(port), "the relay is open", timeout_s=30)
    return url


async def test_both_servers_carry_a_picture_and_log_no_token(
    server: tuple[Process, str], store: redis.asyncio.Redis, judge: TestJudge
) -> None:
    pair = await new_pair(await opened(server), store, judge)
    token = await pair.token(Side.A)
    assert await status_of(pair.url(token), origin="http://evil.example") == 403
    ada, bo = await pair.both()
    sent = await ada.film(lambda: len(bo.packets) > 30)
    assert set(bo.packets) <= set(sent)
    await ada.send_raw(b"\x00")
    assert await ada.closed() == 4400
    await bo.close()
    log = server[0].logged()
    assert "token=" not in log
    assert token not in log
    assert "Traceback" not in log


async def test_under_daphne_the_first_socket_starts_the_relay(
    services: TestServices, redis_client: redis.Redis, tmp_path: Path
) -> None:
    port, node = free_port(), "a-node-of-its-own"
    names = {"RELAY_NODE": node, "RELAY_NODES": f"{node}=/ws/media/"}
    with Process(services, daphne(port), tmp_path / "daphne.log", **names) as process:
        url = await opened((process, f"ws://127.0.0.1:{port}"))
        assert not redis_client.exists(keys.node_lease(node))
        assert await status_of(f"{url}/ws/chat/", origin="http://localhost:8000") == 101
        await until(lambda: redis_client.exists(keys.node_lease(node)), "the node holds its lease")


async def test_uvicorn_sends_everybody_away_with_4012_and_gives_its_lease_up(
    services: TestServices,
    store: redis.asyncio.Redis,
    redis_client: redis.Redis,
    judge: TestJudge,
    tmp_path: Path,
) -> None:
    port = free_port()
    with Process(services, uvicorn(port), tmp_path / "uvicorn.log") as process:
        url = await opened((process, f"ws://127.0.0.1:{port}"))
        await until(lambda: redis_client.exists(keys.node_lease(NODE)), "the node holds its lease")
        pair = await new_pair(url, store, judge)
        ada, bo = await pair.both()
        await ada.film(lambda: len(bo.packets) > 2)
        process.terminate()
        assert await ada.closed() == await bo.closed() == 4012
        await until(lambda: not process.is_running, "the process ends")
    assert not redis_client.exists(keys.node_lease(NODE))


async def test_the_real_worker_clears_a_clean_picture(
    pair: Pair, judge: TestJudge, services: TestServices, redis_client: redis.Redis, tmp_path: Path
) -> None:
    fetch(Path(settings.MODELS_DIR), Path(settings.BASE_DIR), lambda _line: None)
    judge.retire()
    # Before anything runs beside it: encoding keeps the event loop for a second.
    film = encode([picture("coffee", index / 40) for index in range(20)])
    with Process(services, screening(), tmp_path / "worker.log") as worker:
        await until(
            lambda: heartbeat.is_alive(redis_client, now_ms()) or not worker.is_running,
            "the worker is up",
            timeout_s=40,
        )
        assert worker.is_running, worker.logged()
        ada, bo = await pair.both()
        await project(ada, film, lambda: len(bo.packets) > 12)
        assert bo.picture("partner") == "shown"
        assert bo.packets[0][0] == Kind.KEY
        latest = await verdicts.latest(pair.redis, pair.conversation.subject(Side.A).stream)
        assert latest is not None
        assert latest.decision is Decision.CLEAR
        assert latest.model_version


async def project(
    client: MediaClient, film: Sequence[Frame], is_enough: Callable[[], object]
) -> None:
    """Send a real film round and round, from its key frame whenever one is asked for."""
    position, answered = 0, 0
    for _ in range(300):
        if is_enough():
            return
        asked = client.asked("key_frame")
        if asked > answered or position == len(film):
            position = 0
        answered = asked
        frame = film[position]
        position += 1
        await client.send(Kind(frame.kind), frame.payload)
        await client.pause(0.1)
    raise AssertionError("the film was never shown")
