"""A response in chunks that knows when its last one was handed over to the server.

Django reads a synchronous iterator to its end before it sends anything under ASGI; what is
recorded there as served might never have left. Here the next chunk is asked for only after the
one before it was sent, so the code behind the last one runs when nothing is left to send. A
client that goes away in between stops the iterator, and nothing is recorded.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

CHUNK_BYTES = 64 * 1024


class ChunkedResponse(StreamingHttpResponse):
    """Sends `chunks` one by one; `on_sent` runs once, after the last was handed over."""

    def __init__(
        self,
        chunks: Iterable[bytes],
        *,
        content_type: str,
        on_sent: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(_then(chunks, on_sent), content_type=content_type)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pull()

    async def _pull(self) -> AsyncIterator[bytes]:
        chunks = iter(self)
        while (chunk := await sync_to_async(_next)(chunks)) is not None:
            yield chunk


def pieces(data: bytes) -> Iterator[bytes]:
    """`data` in chunks of at most CHUNK_BYTES; nothing for no data."""
    for start in range(0, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]


def _next(chunks: Iterator[bytes]) -> bytes | None:
    return next(chunks, None)


def _then(chunks: Iterable[bytes], on_sent: Callable[[], None] | None) -> Iterator[bytes]:
    yield from chunks
    if on_sent is not None:
        on_sent()
