"""A media socket's other end: sends packets stamped by its own clock, notes what comes.

For tests that run beside the server in one event loop. What a story needs it waits for with
`until`, never by sleeping.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from moderation.packets import HEADER, Kind
from tests.packets import message, some_payload

ORIGIN = "http://localhost:8000"
MEDIA = "parley.media.v1"


async def until(is_so: Callable[[], object], what: str, timeout_s: float = 10.0) -> None:
    """Wait until `is_so`; an AssertionError naming `what` after `timeout_s`."""
    deadline_s = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline_s, f"never happened: {what}"
        await asyncio.sleep(0.01)


async def dial(
    url: str,
    *,
    origin: str | None = ORIGIN,
    protocols: tuple[str, ...] = (MEDIA,),
    forwarded_for: str = "",
) -> ClientConnection:
    """Open a socket. Raises `InvalidStatus` when the handshake is refused."""
    return await connect(
        url,
        origin=None if origin is None else Origin(origin),
        subprotocols=[Subprotocol(name) for name in protocols] or None,
        additional_headers={"X-Forwarded-For": forwarded_for} if forwarded_for else None,
        proxy=None,
        max_size=None,
    )


async def status_of(url: str, *, origin: str | None) -> int:
    """The HTTP status with which the handshake is answered."""
    try:
        socket = await dial(url, origin=origin)
    except InvalidStatus as refusal:
        return refusal.response.status_code
    await socket.close()
    return 101


class MediaClient:
    """One attachment. `acknowledges` may be switched off: a receiver that doesn't keep up."""

    def __init__(self, socket: ClientConnection, *, acknowledges: bool = True) -> None:
        self.socket = socket
        self.acknowledges = acknowledges
        self.packets: list[bytes] = []
        self.messages: list[dict[str, Any]] = []
        self.seq = 0
        self._zero_s: float | None = None
        self._reader = asyncio.create_task(self._read())

    @property
    def close_code(self) -> int | None:
        return self.socket.close_code

    def picture(self, whose: str) -> str | None:
        """The newest state of that side's picture."""
        for text in reversed(self.messages):
            if text["type"] == "picture" and text["whose"] == whose:
                return str(text["state"])
        return None

    def received(self, kind: Kind) -> list[bytes]:
        return [data for data in self.packets if data[0] == kind]

    def asked(self, kind: str) -> int:
        return sum(text["type"] == kind for text in self.messages)

    async def send(self, kind: Kind, payload: bytes | None = None) -> bytes:
        """The next packet, stamped now; yields the whole message."""
        if self._zero_s is None:
            self._zero_s = time.monotonic()
        if payload is None:
            payload = some_payload(kind, self.seq)
        stamp_us = int((time.monotonic() - self._zero_s) * 1_000_000)
        data = message(kind, self.seq, stamp_us, payload)
        self.seq += 1
        with suppress(ConnectionClosed):
            await self.socket.send(data)
        return data

    async def send_raw(self, data: bytes | str) -> None:
        with suppress(ConnectionClosed):
            await self.socket.send(data)

    async def film(
        self, is_enough: Callable[[], object], *, timeout_s: float = 15.0
    ) -> list[bytes]:
        """Send a frame every 50 ms, a key frame each second or when asked, until it is enough."""
        deadline_s = time.monotonic() + timeout_s
        sent: list[bytes] = []
        answered = -1
        while not is_enough():
            assert time.monotonic() < deadline_s, f"not enough after {len(sent)} frames"
            asked = self.asked("key_frame")
            is_key = asked > answered or len(sent) % 20 == 0
            answered = asked
            sent.append(await self.send(Kind.KEY if is_key else Kind.DELTA))
            await self.pause(0.05)
        return sent

    async def pause(self, span_s: float) -> None:
        """The time between two frames."""
        await asyncio.sleep(span_s)

    async def closed(self, timeout_s: float = 10.0) -> int:
        """The close code, once the server has closed."""
        await until(lambda: self.close_code is not None, "the socket is closed", timeout_s)
        assert self.close_code is not None
        return self.close_code

    async def took(self, data: bytes) -> None:
        """A packet came; it is acknowledged when this returns."""

    async def close(self) -> None:
        await self.socket.close()
        await self._reader

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            async for data in self.socket:
                if isinstance(data, str):
                    self.messages.append(json.loads(data))
                    continue
                self.packets.append(data)
                await self.took(data)
                if self.acknowledges:
                    _, seq, _ = HEADER.unpack_from(data)
                    await self.socket.send(json.dumps({"type": "ack", "seq": seq}))
