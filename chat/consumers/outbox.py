"""The way out of a control socket: messages, then perhaps one close code, then nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

from autobahn.exception import Disconnected

from chat.messages import CloseCode, ErrorCode, encode
from chat.sanctions import describe
from reports.sanctions.in_force import ActiveSanction

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Outbox:
    """Sends to one browser. Whatever follows a close, or a lost connection, is dropped."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.is_accepted = False
        self.is_closed = False
        self.has_turned_away = False

    async def accept(self, subprotocol: str | None) -> None:
        """Take the connection; from then on a close carries a code."""
        self.is_accepted = True
        await self._transmit({"type": "websocket.accept", "subprotocol": subprotocol})

    async def deny(self) -> None:
        """Answer the handshake with HTTP 403."""
        await self._transmit({"type": "websocket.close"})
        self.is_closed = True

    async def send(self, kind: str, **fields: Any) -> None:
        """One message of the protocol."""
        await self._transmit({"type": "websocket.send", "text": encode(kind, **fields)})

    async def error(self, code: ErrorCode, detail: str, **fields: Any) -> None:
        """An `error` message."""
        await self.send("error", code=code, detail=detail, **fields)

    async def close(self, code: CloseCode) -> None:
        """Close the socket; the first code counts."""
        if not self.is_closed:
            await self._transmit({"type": "websocket.close", "code": int(code)})
            self.is_closed = True

    async def turn_away(self, sanction: ActiveSanction) -> None:
        """Say what bars this person, then close."""
        self.has_turned_away = True
        await self.send("barred", **describe(sanction))
        await self.close(CloseCode.BARRED)

    async def _transmit(self, message: dict[str, Any]) -> None:
        if self.is_closed:
            return
        try:
            await self._send(message)
        except (OSError, Disconnected):
            # The browser went first; word of it is on the way to us. Uvicorn raises the former,
            # Daphne the latter.
            self.is_closed = True
