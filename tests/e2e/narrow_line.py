"""A narrow line between browsers and the relay: passes bytes on, no faster than it is told.

Media sockets are opened at its own port (`RELAY_NODES`). Only what goes to the browsers is narrow.
It takes no more from the relay than it has passed on, as a full queue on the way would.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

CHUNK_BYTES = 2048
BUFFER_BYTES = 16 * 1024
LOOK_AGAIN_S = 0.05


class NarrowLine:
    """`kbps` may be set at any time; None is as fast as it goes, 0 is nothing at all."""

    def __init__(self, port: int, to_port: int) -> None:
        self.kbps: int | None = None
        self._port = port
        self._to_port = to_port
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_done = threading.Event()

    def serve(self) -> None:
        """Carry until `stop`, in a thread of its own."""
        asyncio.run(self._serve())

    def stop(self) -> None:
        """Carry no more."""
        self._is_done.set()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        async with server:
            await asyncio.to_thread(self._is_done.wait)
            left = tuple(self._tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        # What was closed says so to its socket in the next turn.
        await asyncio.sleep(0)

    async def _carry(self, browser: asyncio.StreamReader, to_browser: asyncio.StreamWriter) -> None:
        upstream = socket.socket()
        upstream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        upstream.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(upstream, ("127.0.0.1", self._to_port))
        relay, to_relay = await asyncio.open_connection(sock=upstream, limit=CHUNK_BYTES)
        for source, sink, is_narrow in ((browser, to_relay, False), (relay, to_browser, True)):
            task = asyncio.create_task(self._pass_on(source, sink, is_narrow=is_narrow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_narrow: bool
    ) -> None:
        with closing(sink), suppress(OSError):
            while data := await source.read(CHUNK_BYTES):
                while is_narrow and self.kbps == 0:  # noqa: ASYNC110  it is set by another thread
                    await asyncio.sleep(LOOK_AGAIN_S)
                sink.write(data)
                await sink.drain()
                if is_narrow and self.kbps:
                    await asyncio.sleep(len(data) * 8 / 1000 / self.kbps)


@contextmanager
def narrow_line(port: int, to_port: int) -> Iterator[NarrowLine]:
    """A line from `port` to `to_port`, as wide as any at first."""
    line = NarrowLine(port, to_port)
    thread = threading.Thread(target=line.serve)
    thread.start()
    try:
        yield line
    finally:
        line.stop()
        thread.join()
