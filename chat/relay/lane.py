"""What waits to go out on one media socket: filled without waiting, emptied by its writer.

Packets that wait here are bounded by the receiver's flow control, and by their bytes when it
acknowledges what it was never sent; messages by their number.
"""

import asyncio
import json
from collections import deque
from collections.abc import Mapping

from chat.session.effects import MediaClose

MESSAGES_MAX = 200
PACKETS_MAX_BYTES = 1024 * 1024
"""More than flow control lets wait: beyond, the acknowledgements were lies."""


class Lane:
    """The way out to one socket, on one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | str] = deque()
        self._messages = 0
        self._packets_bytes = 0
        self._ready = asyncio.Event()
        self.close_code: MediaClose | None = None

    def put_packet(self, data: bytes) -> None:
        """Send a packet after everything that waits; nothing when the socket is being closed.

        A socket that takes nothing whatever it acknowledges is closed with 4408.
        """
        if self.close_code is not None:
            return
        if self._packets_bytes + len(data) > PACKETS_MAX_BYTES:
            self.close(MediaClose.TOO_SLOW)
            return
        self._packets_bytes += len(data)
        self._waiting.append(data)
        self._ready.set()

    def put_message(self, message: Mapping[str, str | float | None]) -> None:
        """Send a JSON object; a socket that has let too many pile up is closed with 4408."""
        if self.close_code is not None:
            return
        if self._messages >= MESSAGES_MAX:
            self.close(MediaClose.TOO_SLOW)
            return
        self._messages += 1
        self._waiting.append(json.dumps(message, separators=(",", ":")))
        self._ready.set()

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
            self._ready.set()

    async def take(self) -> bytes | str | None:
        """The next thing to send, None when nothing follows but the close."""
        while not self._waiting:
            if self.close_code is not None:
                return None
            self._ready.clear()
            await self._ready.wait()
        item = self._waiting.popleft()
        if isinstance(item, str):
            self._messages -= 1
        else:
            self._packets_bytes -= len(item)
        return item
