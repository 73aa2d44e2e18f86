"""A Redis client that sends what many coroutines ask at about the same time as one pipeline.

redis-py takes a connection, a write and a read for each command, all of it in Python; here, while
one pipeline is under way, further commands gather for the next, and a lone one waits for nobody.
docs/performance.md, "Pairing", has what it brings.

A caller that is cancelled takes back what is not sent yet. Errors are those of redis-py: what a
command is answered is for its caller alone. A broken connection is for all who were not answered
yet, also those who still wait to be sent: nobody waits for several timeouts in a row.
"""

import asyncio
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.connection import HiredisRespSerializer

COMMANDS_MAX = 500
BYTES_MAX = 1_000_000
"""Of one pipeline: a crowd's, or large pictures, hold nobody up for long."""


@dataclass(frozen=True, slots=True)
class _Command:
    """`packed` as it is sent. `name` and `options` say how redis-py reads the answer."""

    packed: bytes
    name: str
    options: Mapping[str, Any]
    answer: asyncio.Future[Any]


class PipeliningRedis(redis.asyncio.Redis):
    """For short commands only: one that blocks, such as BLPOP, would hold up all others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._gathered: deque[_Command] = deque()
        self._sending: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Answer a command. Raises `RedisError`."""
        return await self.gather(args, options)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """A transaction has a connection of its own; what is none goes with the others."""
        if transaction:
            return super().pipeline(transaction, shard_hint)
        return _Joined(self)

    def gather(self, words: tuple[Any, ...], options: Mapping[str, Any]) -> asyncio.Future[Any]:
        """Put a command into the next pipeline; its answer is to come.

        Raises `DataError` for what can't be sent.
        """
        answer = asyncio.get_running_loop().create_future()
        self._gathered.append(_Command(_pack(words), words[0], options, answer))
        if self._sending is None or self._sending.done():
            self._start()
        return answer

    def _start(self) -> None:
        self._sending = asyncio.create_task(self._send_all(), name="redis pipeline")

    async def _send_all(self) -> None:
        try:
            while self._gathered:
                await self._send_some()
        finally:
            # Whoever asked while the event loop cancelled everybody still waits for an answer.
            if self._gathered:
                self._start()

    async def _send_some(self) -> None:
        commands = self._take()
        if not commands:
            return
        try:
            await self._send(commands)
        except redis.RedisError as error:
            for command in (*commands, *self._gathered):
                if not command.answer.done():
                    command.answer.set_exception(type(error)(*error.args))
            self._gathered.clear()
        finally:
            for command in commands:
                command.answer.cancel()

    def _take(self) -> list[_Command]:
        commands: list[_Command] = []
        size = 0
        while self._gathered and len(commands) < COMMANDS_MAX and size < BYTES_MAX:
            command = self._gathered.popleft()
            if not command.answer.done():
                commands.append(command)
                size += len(command.packed)
        return commands

    async def _send(self, commands: list[_Command]) -> None:
        pool: ConnectionPool = self.connection_pool
        connection: AbstractConnection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await self._exchange(connection, commands)
        except BaseException:
            # What was not read would be taken for the answers to the next commands.
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)

    async def _exchange(self, connection: AbstractConnection, commands: list[_Command]) -> None:
        """One write, and one timeout for all that is read: redis-py has one for each answer."""
        await connection.send_packed_command(b"".join(command.packed for command in commands))
        unread = deque(commands)
        while unread:
            try:
                async with asyncio.timeout(connection.socket_timeout):
                    while unread:
                        await self._read(connection, unread[0])
                        unread.popleft()
            except TimeoutError:
                # An event loop that was busy for longer sees the answer and the timeout at once.
                if not await connection.can_read():
                    raise redis.TimeoutError("no answer in time") from None

    async def _read(self, connection: AbstractConnection, command: _Command) -> None:
        error: Exception | None = None
        answer: Any = None
        try:
            answer = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
        except redis.ResponseError as refused:
            error = refused
        callback = self.response_callbacks.get(command.name)
        if callback is not None and error is None:
            options = {k: v for k, v in command.options.items() if k not in _NOT_FOR_CALLBACKS}
            try:
                answer = callback(answer, **options)
            except Exception as unreadable:  # noqa: BLE001 - it is for this caller alone
                error = unreadable
        if command.answer.done():
            return
        if error is not None:
            command.answer.set_exception(error)
        else:
            command.answer.set_result(answer)


_NOT_FOR_CALLBACKS = {"keys", "NEVER_DECODE", "EMPTY_RESPONSE"}
"""What redis-py's commands say to redis-py itself."""

_serializer = HiredisRespSerializer()


def _pack(words: tuple[Any, ...]) -> bytes:
    # In C; redis-py's asynchronous connections do it in Python, a fifth of a burst's time.
    try:
        return b"".join(_serializer.pack(*words))
    except UnicodeError:
        raise redis.DataError("text that is none in UTF-8") from None


class _Joined(Pipeline):
    """Commands that go together, and with those of others."""

    def __init__(self, client: PipeliningRedis) -> None:
        super().__init__(client.connection_pool, client.response_callbacks, False, None)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:
        """The answers in order. Raises `RedisError`, the first of them, unless told otherwise."""
        stack, self.command_stack = self.command_stack, []
        answers = [self._client.gather(words, options) for words, options in stack]
        return await asyncio.gather(*answers, return_exceptions=not raise_on_error)
