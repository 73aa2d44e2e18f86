"""A relay that knows nothing: what comes on one socket of a pair goes to the other.

The baseline of `make bench-relay`, run by the same server with the same options: what is more than
this is ours. The token in the query is the pair's number, a dot and the side.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

_senders: dict[str, Send] = {}


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Send
) -> None:
    """One socket from its opening to its end; acknowledgements are received and dropped."""
    await receive()
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    own = scope["query_string"].decode().removeprefix("token=")
    pair, _, side = own.partition(".")
    partner = f"{pair}.{'b' if side == 'a' else 'a'}"
    await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][0]})
    _senders[own] = send
    while (message := await receive())["type"] == "websocket.receive":
        data = message.get("bytes")
        if data is not None and partner in _senders:
            await _senders[partner]({"type": "websocket.send", "bytes": data})
    del _senders[own]
