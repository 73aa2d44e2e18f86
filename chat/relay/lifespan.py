"""The lifespan of a relay node under uvicorn: started before the first socket, ended with 4012."""

import asyncio
import signal
import threading
from types import FrameType

from chat.relay import hub
from chat.relay.lane import Message, Send
from chat.relay.socket import Receive


async def lifespan_application(scope: Message, receive: Receive, send: Send) -> None:
    """Start the relay on startup, stop it on shutdown."""
    await receive()
    _send_away_on_signals()
    await hub.ensure_running()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await hub.shut_down()
    await send({"type": "lifespan.shutdown.complete"})


def _send_away_on_signals() -> None:
    """Close media sockets with 4012 before uvicorn closes every socket with 1012."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)

        def handle(number: int, frame: FrameType | None, before: object = before) -> None:
            loop.call_soon_threadsafe(hub.send_away)
            if callable(before):
                before(number, frame)

        signal.signal(number, handle)
