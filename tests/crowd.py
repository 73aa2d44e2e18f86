"""Many people on control sockets in one event loop: for bursts, and for nodes that die."""

import asyncio
import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.e2e.wire import Stranger

DIAL_AT_ONCE = 50
SEEK = json.dumps(
    {"type": "seek", "mode": "text", "interests": [], "languages": ["en"], "only_common": False}
)

Message = dict[str, Any]


class Guest:
    """One socket of a stranger: what it asks, and what came."""

    def __init__(self, stranger: Stranger, socket: ClientConnection) -> None:
        self.stranger = stranger
        self.paired: Message = {}
        self._socket = socket

    async def say(self, kind: str, **fields: object) -> None:
        """Send a message."""
        await self._socket.send(json.dumps({"type": kind, **fields}))

    async def hear(self, *kinds: str) -> Message:
        """The next message of one of these types; what comes before is passed over."""
        async for answer in self._socket:
            message: Message = json.loads(answer)
            if message["type"] in kinds:
                if message["type"] == "paired":
                    self.paired = message
                return message
            assert message["type"] != "error", message
        raise AssertionError(f"closed with {self._socket.close_code} before {kinds}")

    async def ask(self, text: str, kind: str) -> float:
        """The ms from sending `text` until a message of that type came."""
        began_s = time.perf_counter()
        await self._socket.send(text)
        await self.hear(kind)
        return (time.perf_counter() - began_s) * 1000

    async def leave(self) -> None:
        """Leave the conversation, or stop looking; it is over when this returns."""
        await self.say("leave")
        await self.ask('{"type":"ping"}', "pong")

    async def gone(self) -> None:
        """Wait until the server has gone."""
        try:
            while True:
                await self._socket.recv()
        except ConnectionClosed:
            return

    async def close(self) -> None:
        """Close the socket."""
        await self._socket.close()


def enter_all(url: str, count: int) -> list[Stranger]:
    """So many people who have entered at `url`."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(_enter, [url] * count))


async def open_all(strangers: Sequence[Stranger], *, at: str | None = None) -> list[Guest]:
    """A control socket for each, welcomed; at another node than they entered, if `at` says so."""
    guests: list[Guest] = []
    for first in range(0, len(strangers), DIAL_AT_ONCE):
        some = strangers[first : first + DIAL_AT_ONCE]
        guests += await asyncio.gather(*(_open(stranger, at) for stranger in some))
    return guests


async def _open(stranger: Stranger, at: str | None) -> Guest:
    url = at or stranger.url
    socket = await connect(
        f"ws{url.removeprefix('http')}/ws/chat/",
        origin=Origin(url),
        subprotocols=[Subprotocol("parley.v1")],
        additional_headers={"Cookie": stranger.cookie_header},
        proxy=None,
        compression=None,
        open_timeout=60,
    )
    guest = Guest(stranger, socket)
    await guest.hear("welcome")
    return guest


def _enter(url: str) -> Stranger:
    stranger = Stranger(url)
    stranger.enter()
    return stranger
