"""The way out to one media socket: filled without waiting, emptied by its writer.

While nothing waits, a packet goes to the socket at once, in whatever turn of the event loop brought
it; the writer is woken only for what the socket doesn't take. Packets that wait are bounded by the
receiver's flow control, and by their bytes when it acknowledges what it was never sent; messages by
their number.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from typing import Any

from autobahn.exception import Disconnected

from chat.relay import eager
from chat.session.effects import MediaClose

Message = MutableMapping[str, Any]
Send = Callable[[Message], Coroutine[Any, Any, None]]

MESSAGES_MAX = 200
PACKETS_MAX_BYTES = 1024 * 1024
"""More than flow control lets wait: beyond, the acknowledgements were lies."""

GONE = (OSError, Disconnected)
"""Uvicorn raises the former once the client has gone, Daphne the latter."""


class Lane:
    """The way out to one socket, on one event loop. What is put in before `run` waits for it."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | str] = deque()
        self._messages = 0
        self._packets_bytes = 0
        self._ready = asyncio.Event()
        self._direct: Send | None = None  # while the writer has nothing to do
        self._begun: eager.Rest | None = None
        self._is_gone = False
        self._is_close_begun = False
        self.close_code: MediaClose | None = None

    def put_packet(self, data: bytes) -> None:
        """Send a packet after everything that waits; nothing when the socket is being closed.

        A socket that takes nothing whatever it acknowledges is closed with 4408.
        """
        if self.close_code is not None:
            return
        if self._direct is not None:
            self._begin(self._direct({"type": "websocket.send", "bytes": data}))
            return
        if self._packets_bytes + len(data) > PACKETS_MAX_BYTES:
            self.close(MediaClose.TOO_SLOW)
            return
        self._packets_bytes += len(data)
        self._waiting.append(data)

    def put_message(self, message: Mapping[str, str | float | None]) -> None:
        """Send a JSON object; a socket that has let too many pile up is closed with 4408."""
        if self.close_code is not None:
            return
        text = json.dumps(message, separators=(",", ":"))
        if self._direct is not None:
            self._begin(self._direct(_message(text)))
            return
        if self._messages >= MESSAGES_MAX:
            self.close(MediaClose.TOO_SLOW)
            return
        self._messages += 1
        self._waiting.append(text)

    def drop_packets(self) -> int:
        """Take back the packets that still wait; yields how many. Messages stay."""
        messages = [item for item in self._waiting if isinstance(item, str)]
        dropped = len(self._waiting) - len(messages)
        self._waiting = deque(messages)
        self._packets_bytes = 0
        return dropped

    def close(self, code: MediaClose) -> None:
        """Close the socket after the waiting messages; the first code stays."""
        if self.close_code is None:
            self.drop_packets()
            self.close_code = code
            direct = self._direct
            self._wake()
            if direct is not None:
                # Not left to the writer: a server that stops cancels it.
                self._is_close_begun = True
                self._begin(close_socket(direct, code))

    def pop(self) -> bytes | str:
        """Take out what has waited longest; raises `IndexError` when nothing waits."""
        item = self._waiting.popleft()
        if isinstance(item, str):
            self._messages -= 1
        else:
            self._packets_bytes -= len(item)
        return item

    async def run(self, send: Send) -> None:
        """Send what waits and what comes, then close the socket; ends early when it is gone."""
        try:
            while await self._has_more(send):
                await send(_message(self.pop()))
            if not (self._is_gone or self._is_close_begun):
                await close_socket(send, self.close_code)
        except GONE:
            return
        finally:
            self._direct = None
            if self._begun is not None:
                self._begun.drop()

    async def _has_more(self, send: Send) -> bool:
        """Whether something waits; False when nothing follows but the close.

        Until one or the other, whatever is put in goes through `send` at once.
        """
        while not self._waiting:
            if self.close_code is not None or self._is_gone:
                return False
            self._ready.clear()
            self._direct = send
            await self._ready.wait()
            begun, self._begun = self._begun, None
            if begun is not None:
                await begun
        return True

    def _begin(self, sending: Coroutine[Any, Any, None]) -> None:
        try:
            self._begun = eager.start(sending)
        except GONE:
            self._is_gone = True
            self._wake()
        else:
            if self._begun is not None:
                self._wake()

    def _wake(self) -> None:
        self._direct = None
        self._ready.set()


async def close_socket(send: Send, code: MediaClose | None) -> None:
    """Close with `code`; None is a normal end."""
    # daphne takes plain whole numbers only.
    await send({"type": "websocket.close", "code": 1000 if code is None else code.value})


def _message(item: bytes | str) -> Message:
    return {"type": "websocket.send", "bytes" if isinstance(item, bytes) else "text": item}
