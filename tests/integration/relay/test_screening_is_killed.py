"""The screening worker dies for real while a relay carries: nothing passes that no verdict names.

The pictures are screened throughout, so that every packet at the partner's can be held against the
verdicts that were told.
"""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import redis
import redis.asyncio
from django.conf import settings

from chat.clock import now_ms
from chat.session.submissions import UNANSWERED_MAX_MS, WINDOW_LATE_MS
from chat.stores import keys as chat_keys
from moderation.events import VERDICT, node_channel
from moderation.model_files.fetching import fetch
from moderation.packets import HEADER, Kind
from moderation.samples import Side
from moderation.stores import heartbeat, keys
from moderation.verdicts import Decision
from tests.clients import MediaClient, until
from tests.e2e.cameras import picture
from tests.e2e.film import Frame, encode
from tests.integration.relay.conftest import NODE, Pair, new_pair
from tests.integration.relay.judge import TestJudge
from tests.integration.relay.processes import Process, screening, uvicorn
from tests.integration.relay.test_processes_carry_and_judge import free_port
from tests.services import TestServices

HELD_WITHIN_S = (UNANSWERED_MAX_MS + WINDOW_LATE_MS) / 1000 + 1
BACK_WITHIN_S = 60.0
FRAME_EVERY_S = 0.1
STOPPED_S = 10.0


class Cleared:
    """Which packets of a stream were named by a CLEAR, by what was told on the node's channel."""

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._ranges: list[tuple[int, int]] = []

    def hear(self, data: bytes) -> None:
        fields = json.loads(data)
        is_ours = fields.get("type") == VERDICT and fields["stream"] == self._stream
        if is_ours and fields["decision"] == Decision.CLEAR:
            self._ranges.append((fields["first_seq"], fields["last_seq"]))

    def names(self, seq: int) -> bool:
        return any(first <= seq <= last for first, last in self._ranges)


@pytest.fixture
def relay_process(
    services: TestServices, redis_url: str, tmp_path: Path
) -> Iterator[tuple[Process, str]]:
    port = free_port()
    always = {"SCREENED_S": "3600"}
    with Process(services, uvicorn(port), tmp_path / "relay.log", **always) as process:
        yield process, f"ws://127.0.0.1:{port}"


@pytest.fixture
async def talk(
    relay_process: tuple[Process, str],
    store: redis.asyncio.Redis,
    redis_client: redis.Redis,
    judge: TestJudge,
) -> Pair:
    """Two people whom a relay process carries; the test's own judge has no part in it."""
    process, url = relay_process
    port = int(url.rpartition(":")[2])
    await until(lambda: process.answers(port), "the relay is open", timeout_s=40)
    lease = chat_keys.node_lease(NODE)
    await until(lambda: redis_client.exists(lease), "the node holds its lease", timeout_s=20)
    pair = await new_pair(url, store, judge)
    judge.retire()
    return pair


@pytest.fixture
async def cleared(talk: Pair, store: redis.asyncio.Redis) -> AsyncIterator[Cleared]:
    """What is told about ada's picture, from the beginning."""
    cleared = Cleared(talk.conversation.subject(Side.A).stream)
    async with store.pubsub() as channel:
        await channel.subscribe(node_channel(NODE))

        async def listen() -> None:
            async for message in channel.listen():
                if message["type"] == "message":
                    cleared.hear(message["data"])

        listening = asyncio.create_task(listen())
        yield cleared
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


@pytest.fixture
def worker(services: TestServices, redis_client: redis.Redis, tmp_path: Path) -> Iterator[Process]:
    fetch(Path(settings.MODELS_DIR), Path(settings.BASE_DIR), lambda _line: None)
    with Process(services, screening(), tmp_path / "worker.log") as process:
        yield process


async def test_nothing_unjudged_passes_when_it_is_killed_in_the_middle_of_a_frame_or_for_good(
    talk: Pair, cleared: Cleared, worker: Process, redis_client: redis.Redis
) -> None:
    film = encode([picture("astronaut", index / 24) for index in range(24)])
    await until(lambda: heartbeat.is_alive(redis_client, now_ms()), "it judges", timeout_s=60)
    ada, bo = await talk.both()
    showing = asyncio.create_task(_show(ada, film))
    await until(lambda: len(bo.packets) > 5, "bo sees ada", timeout_s=BACK_WITHIN_S)

    # The mark stands while bytes of the stream are decoded.
    marker = keys.marker(talk.conversation.subject(Side.A).stream)
    await _instantly(lambda: redis_client.exists(marker))
    _kill(*psutil.Process(worker.pid).children())
    await until(lambda: bo.picture("partner") == "held", "held", timeout_s=HELD_WITHIN_S)
    held_at = len(bo.packets)
    await until(lambda: len(bo.packets) > held_at, "seen again", timeout_s=BACK_WITHIN_S)

    parent = psutil.Process(worker.pid)
    _kill(parent, *parent.children())
    await until(lambda: bo.picture("partner") == "held", "held again", timeout_s=HELD_WITHIN_S)
    held_at = len(bo.packets)
    await asyncio.sleep(2)
    assert len(bo.packets) == held_at

    showing.cancel()
    seen = [HEADER.unpack_from(data)[1] for data in bo.packets]
    await until(lambda: all(map(cleared.names, seen)), f"a verdict names each of {seen}", 2)
    await ada.close()
    await bo.close()


async def test_nothing_unjudged_passes_when_redis_stops_for_ten_seconds_or_forgets_everything(
    talk: Pair,
    cleared: Cleared,
    worker: Process,
    redis_client: redis.Redis,
    services: TestServices,
) -> None:
    film = encode([picture("astronaut", index / 24) for index in range(24)])
    await until(lambda: heartbeat.is_alive(redis_client, now_ms()), "it judges", timeout_s=60)
    ada, bo = await talk.both()
    showing = asyncio.create_task(_show(ada, film))
    await until(lambda: len(bo.packets) > 5, "bo sees ada", timeout_s=BACK_WITHIN_S)

    pid = services.pids()["redis"]
    os.kill(pid, signal.SIGSTOP)
    try:
        await until(lambda: bo.picture("partner") == "held", "held", timeout_s=HELD_WITHIN_S)
        held_at = len(bo.packets)
        await asyncio.sleep(STOPPED_S - HELD_WITHIN_S)
        assert len(bo.packets) == held_at
    finally:
        os.kill(pid, signal.SIGCONT)
    await until(lambda: len(bo.packets) > held_at, "seen again", timeout_s=BACK_WITHIN_S)

    redis_client.flushall()
    await asyncio.sleep(HELD_WITHIN_S)

    showing.cancel()
    seen = [HEADER.unpack_from(data)[1] for data in bo.packets]
    await until(lambda: all(map(cleared.names, seen)), f"a verdict names each of {seen}", 2)
    assert worker.is_running
    # Samples are judged again: what was lost was no more than what waited.
    await until(lambda: heartbeat.is_alive(redis_client, now_ms()), "it beats", timeout_s=5)
    await ada.close()
    await bo.close()


async def _show(client: MediaClient, film: Sequence[Frame]) -> None:
    """Send the film round and round, from its key frame whenever one is asked for."""
    position = answered = 0
    while client.close_code is None:
        asked = client.asked("key_frame")
        if asked > answered or position == len(film):
            position = 0
        answered = asked
        frame = film[position]
        position += 1
        await client.send(Kind(frame.kind), frame.payload)
        await asyncio.sleep(FRAME_EVERY_S)


async def _instantly(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110  another process makes it true, for milliseconds
            await asyncio.sleep(0)


def _kill(*processes: psutil.Process) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
