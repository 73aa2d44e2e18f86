"""Uvicorn's socket hands a message over in the turn that read it, in order, once it is asked to."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect

from chat.relay.lane import GONE, Message, Send
from chat.relay.prompt_socket import PROMPT, PromptSocket
from chat.relay.socket import Receive
from moderation.packets import KEY_FRAME_MAX_BYTES
from tests.clients import until


class Listener:
    """An application that takes its time before it asks to hear messages at once."""

    def __init__(self) -> None:
        self.may_ask = asyncio.Event()
        self.came: list[tuple[str, bytes | str]] = []
        self.is_gone = False
        self.send: Send | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await self.may_ask.wait()
        prompt = scope["extensions"][PROMPT]
        self.send = prompt.send
        prompt.hear_by(lambda message: self.came.append(("heard", message)))
        while (message := await receive())["type"] == "websocket.receive":
            self.came.append(("received", message.get("bytes") or message["text"]))
        self.is_gone = True


@asynccontextmanager
async def connected(
    listener: Listener, *, deflates: bool = False
) -> AsyncIterator[ClientConnection]:
    config = uvicorn.Config(
        listener,
        port=0,
        ws=PromptSocket,
        ws_per_message_deflate=deflates,
        lifespan="off",
        log_level="error",
        interface="asgi3",
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started, "the server listens")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with connect(f"ws://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        await serving


async def test_what_came_before_comes_first_and_the_rest_without_receive() -> None:
    listener = Listener()
    sent: list[bytes | str] = [b"early", "early, too", b"earliest"]
    async with connected(listener) as client:
        for message in sent:
            await client.send(message)
        await asyncio.sleep(0.1)
        listener.may_ask.set()
        await until(lambda: len(listener.came) == len(sent), "the early ones came")
        for message in (b"late", "late, too"):
            sent.append(message)
            await client.send(message)
        await until(lambda: len(listener.came) == len(sent), "all came")
    assert [message for _, message in listener.came] == sent
    assert [way for way, _ in listener.came[-2:]] == ["heard", "heard"]
    assert listener.came[0] == ("received", b"early")


async def test_a_message_in_pieces_is_heard_whole() -> None:
    listener = Listener()
    listener.may_ask.set()
    async with connected(listener) as client:
        await client.send([b"one, ", b"two, ", b"three"])
        await until(lambda: listener.came, "it came")
    assert listener.came == [("heard", b"one, two, three")]


async def test_receive_is_left_with_the_disconnect() -> None:
    listener = Listener()
    listener.may_ask.set()
    async with connected(listener) as client:
        await client.send(b"one")
        await until(lambda: listener.came, "it came")
    await until(lambda: listener.is_gone, "the disconnect came")
    assert listener.came == [("heard", b"one")]


@pytest.mark.parametrize("deflates", [False, True])
async def test_what_is_sent_arrives_whole_whatever_its_size(*, deflates: bool) -> None:
    listener = Listener()
    listener.may_ask.set()
    sizes = (1, 125, 126, 65_535, 65_536, KEY_FRAME_MAX_BYTES)
    async with connected(listener, deflates=deflates) as client:
        await until(lambda: listener.send, "the extension is there")
        assert listener.send is not None
        for size in sizes:
            sent = os.urandom(size)
            await listener.send({"type": "websocket.send", "bytes": sent})
            assert await client.recv() == sent
        await listener.send({"type": "websocket.send", "text": "text, too"})
        assert await client.recv() == "text, too"


async def test_who_sends_to_a_client_that_has_gone_is_told() -> None:
    listener = Listener()
    listener.may_ask.set()
    async with connected(listener) as client:
        await until(lambda: listener.send, "the extension is there")
        await client.close()
        await until(lambda: listener.is_gone, "the disconnect came")
        assert listener.send is not None
        with pytest.raises(GONE):
            await listener.send({"type": "websocket.send", "bytes": b"too late"})
