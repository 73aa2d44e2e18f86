"""A receiver that stops reading, and one that reads slowly, under both servers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import redis.asyncio
from websockets.asyncio.client import ClientConnection
from websockets.frames import CloseCode

from chat.session.effects import MediaClose
from chat.stores.conversations import EndedBy
from moderation.packets import HEADER, Kind
from moderation.samples import Side
from tests.clients import MediaClient, dial, until
from tests.integration.chat.house import free_ports
from tests.integration.relay.conftest import Pair, new_pair
from tests.integration.relay.judge import TestJudge
from tests.integration.relay.processes import Process, daphne, uvicorn
from tests.packets import delta_payload, key_payload
from tests.services import TestServices

FRAME_BYTES = 4000
"""With 20 frames a second 640 kbit/s."""
READS_BYTES_PER_S = 25_000
AT_THE_LATEST_S = 10.0
OTHERS_GET_AT_LEAST = 0.6
"""A machine that stands still costs deltas up to the next key frame, a second's frames each time;
who waited for the one that doesn't read would get nothing for five of at most ten seconds."""


class SlowClient(MediaClient):
    """Reads and acknowledges no more than so much a second; nothing at all until it `may_read`."""

    def __init__(self, socket: ClientConnection, bytes_per_s: float) -> None:
        self.may_read = asyncio.Event()
        self._bytes_per_s = bytes_per_s
        super().__init__(socket)

    async def _read(self) -> None:
        await self.may_read.wait()
        await super()._read()

    async def took(self, data: bytes) -> None:
        await asyncio.sleep(len(data) / self._bytes_per_s)


async def film(sender: MediaClient, is_enough: Callable[[], object]) -> None:
    """Send large frames, 20 a second, a key frame every second, until it is enough."""
    count = 0
    deadline_s = time.monotonic() + 30
    while not is_enough() and sender.close_code is None:
        assert time.monotonic() < deadline_s
        is_key = count % 20 == 0
        payload = (key_payload if is_key else delta_payload)(size=FRAME_BYTES)
        await sender.send(Kind.KEY if is_key else Kind.DELTA, payload)
        count += 1
        await sender.pause(0.05)


def rates(client: MediaClient) -> list[int]:
    return [message["kbps"] for message in client.messages if message["type"] == "rate"]


@pytest.fixture(params=[daphne, uvicorn])
async def relay_url(
    request: pytest.FixtureRequest, services: TestServices, redis_url: str, tmp_path: Path
) -> AsyncIterator[str]:
    """A relay process, in place of the one in the test's own event loop."""
    command: Callable[[int], list[str]] = request.param
    (port,) = free_ports(1)
    with Process(services, command(port), tmp_path / "relay.log") as process:
        await until(lambda: process.answers(port), "the relay is open", timeout_s=30)
        yield f"ws://127.0.0.1:{port}"


@pytest.fixture
async def pair(relay_url: str, store: redis.asyncio.Redis, judge: TestJudge) -> Pair:
    return await new_pair(relay_url, store, judge)


async def slow(pair: Pair, side: Side) -> SlowClient:
    return SlowClient(await dial(pair.url(await pair.token(side))), READS_BYTES_PER_S)


async def test_who_stops_reading_leaves_after_5_to_10_s_and_nobody_else_feels_it(
    pair: Pair, store: redis.asyncio.Redis, judge: TestJudge, relay_url: str
) -> None:
    others = await (await new_pair(relay_url, store, judge)).both()
    ada, deaf = await pair.attach(Side.A), await slow(pair, Side.B)
    began_s = time.monotonic()
    others_film = asyncio.create_task(film(others[0], lambda: ada.close_code is not None))
    await film(ada, lambda: False)
    took_s = time.monotonic() - began_s
    await others_film

    assert ada.close_code == MediaClose.ENDED
    ending = await pair.ending()
    assert ending is not None
    assert (ending.by, ending.search_on) == (EndedBy.LOST, frozenset({Side.A}))
    assert 5.0 <= took_s <= AT_THE_LATEST_S
    assert others[0].close_code is others[1].close_code is None
    share = len(others[1].packets) / others[0].seq
    assert share >= OTHERS_GET_AT_LEAST, f"{share:.0%} of the others' frames came"
    sent = others[0].seq
    await film(others[0], lambda: HEADER.unpack_from(others[1].packets[-1])[1] >= sent)
    deaf.may_read.set()
    # Daphne lets go of who doesn't answer a close within a second, and unread bytes go with it.
    assert await deaf.closed(timeout_s=20) in {MediaClose.TOO_SLOW, CloseCode.ABNORMAL_CLOSURE}


async def test_who_reads_slowly_stays_and_is_sent_less(pair: Pair) -> None:
    ada, bo = await pair.attach(Side.A), await slow(pair, Side.B)
    bo.may_read.set()
    began_s = time.monotonic()
    await film(ada, lambda: rates(ada) and rates(ada)[-1] <= rates(ada)[0] // 2)
    assert time.monotonic() - began_s <= AT_THE_LATEST_S
    await film(ada, lambda: time.monotonic() - began_s > 8)
    assert ada.close_code is bo.close_code is None
    assert len(bo.packets) < ada.seq * 0.8
