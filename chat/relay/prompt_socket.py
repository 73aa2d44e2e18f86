"""Uvicorn's WebSocket for a relay: a message is heard in the turn of the event loop that read it.

Uvicorn puts each message into a queue, wakes a task for it, and reads nothing from the client until
that task has taken it. That is right for an application that may take its time, and much of what a
packet costs for one that never waits. So a scope gets an extension, as ASGI allows for:
`scope["extensions"][HEAR](hear)` has every further message given to `hear`, and `receive` is left
with the disconnect. Daphne has no such extension; there everything comes by `receive`.
"""

from collections.abc import Callable, MutableMapping
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

HEAR = "parley.hear"

Hear = Callable[[bytes | str], None]
"""Takes a binary or a text message; what it raises closes the socket."""


class PromptSocket(WebSocketsSansIOProtocol):
    """One client's socket; `uvicorn --ws` names this class."""

    _hear: Hear | None = None

    async def run_asgi(self) -> None:
        """Run the application, which may ask for the extension."""
        extensions = cast("MutableMapping[str, Any]", self.scope["extensions"])
        extensions[HEAR] = self._be_heard_by
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

    def _be_heard_by(self, hear: Hear) -> None:
        """Give messages to `hear` from now on. What lies in the queue stays first: nothing is read
        before the application has taken it."""
        self._hear = hear
