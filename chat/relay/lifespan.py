"""A relay's life in its process: from before the first socket to 4012, with nothing left undone.

Uvicorn has a lifespan for that. Daphne has none, and nobody is paired for video before a relay
node holds its lease: there the first request or socket starts the relay, and Twisted's reactor is
asked to wait for its end.
"""

import asyncio
import signal
import sys
import threading
from types import FrameType
from typing import Any

from twisted.internet.defer import Deferred

from chat.relay import hub
from chat.relay.lane import Message, Send
from chat.relay.socket import Receive

_attended: asyncio.AbstractEventLoop | None = None


async def lifespan_application(scope: Message, receive: Receive, send: Send) -> None:
    """Start the relay on startup, stop it on shutdown."""
    await receive()
    _attend()
    await hub.ensure_running()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await hub.shut_down()
    await send({"type": "lifespan.shutdown.complete"})


async def begin() -> None:
    """Start this process's relay, unless it runs; it ends with the process."""
    if _attended is not asyncio.get_running_loop():
        _attend()
        _end_with_reactor()
    await hub.ensure_running()


def _attend() -> None:
    """Close media sockets with 4012 before the server closes every socket in its own way."""
    global _attended
    _attended = loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(number: int, frame: FrameType | None, before: object = before) -> None:
            loop.call_soon_threadsafe(hub.send_away)
            if callable(before):
                before(number, frame)

        signal.signal(number, handle)


def _end_with_reactor() -> None:
    # Not imported: that would install a reactor where there is none.
    reactor: Any = sys.modules.get("twisted.internet.reactor")
    if reactor is not None:
        reactor.addSystemEventTrigger("before", "shutdown", _shut_down)


def _shut_down() -> "Deferred[None]":
    return Deferred.fromFuture(asyncio.ensure_future(hub.shut_down()))
