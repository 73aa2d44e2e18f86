"""Uvicorn's WebSocket for a relay: a message is heard in the turn of the event loop that read it.

Uvicorn puts each message into a queue, wakes a task for it, and reads nothing from the client until
that task has taken it. That is right for an application that may take its time, and much of what a
packet costs for one that never waits. So a scope gets an extension, as ASGI allows for: a `Prompt`.
Daphne has no such extension; there everything goes by `receive` and `send`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import OPEN

from chat.relay.lane import Message, Send

PROMPT = "parley.prompt"

Hear = Callable[[bytes | str], None]
"""Takes a binary or a text message; what it raises closes the socket."""


class Prompt(NamedTuple):
    """After `hear_by(hear)` every further message goes to `hear`, and `receive` is left with the
    disconnect. `send` is the scope's, but quicker with binary messages."""

    hear_by: Callable[[Hear], None]
    send: Send


class PromptSocket(WebSocketsSansIOProtocol):
    """One client's socket; `uvicorn --ws` names this class."""

    _hear: Hear | None = None

    async def run_asgi(self) -> None:
        """Run the application, which may make use of the extension."""
        extensions = cast("Message", self.scope["extensions"])
        extensions[PROMPT] = Prompt(self._hear_by, self._send)
        await super().run_asgi()

    def send_receive_event_to_app(self) -> None:
        """A message is whole: it lies in `frames`."""
        if self._hear is None:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        is_text = self.curr_msg_data_type == "text"
        self._hear(data.decode(errors="replace") if is_text else data)

    def _hear_by(self, hear: Hear) -> None:
        """What lies in the queue stays first: nothing is read before the application took it."""
        self._hear = hear

    async def _send(self, message: Message) -> None:
        await self.writable.wait()
        data = message.get("bytes")
        is_open = self.handshake_complete and not (self.close_sent or self.disconnected)
        if data is None or not is_open or self.conn.state is not OPEN or self.conn.extensions:
            await self.send(cast("Any", message))
        else:
            self.transport.write(_head(len(data)) + data)


def _head(size: int) -> bytes:
    """What precedes the `size` bytes of a binary message in one frame (RFC 6455, 5.2)."""
    if size < 126:
        return b"\x82" + size.to_bytes(1, "big")
    if size < 1 << 16:
        return b"\x82\x7e" + size.to_bytes(2, "big")
    return b"\x82\x7f" + size.to_bytes(8, "big")
