"""A Redis client that sends what many coroutines ask at about the same time as one pipeline.

redis-py takes a connection, a write and a read for each command, some 100 µs of processor time;
in a pipeline it is 12 (docs/performance.md). Here, while one pipeline is under way, further
commands gather for the next; a lone one waits for nobody.

A caller that is cancelled takes back what is not sent yet. Errors are those of redis-py: what a
command answers is for its caller alone, a broken connection is for all in the pipeline.
"""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis.asyncio
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.connection import HiredisRespSerializer

COMMANDS_MAX = 500
"""Of one pipeline: the first answers need not wait for all of a large crowd's."""


@dataclass(frozen=True, slots=True)
class _Command:
    words: tuple[Any, ...]
    options: Mapping[str, Any]
    answer: asyncio.Future[Any]


class PipeliningRedis(redis.asyncio.Redis):
    """For short commands only: one that blocks, such as BLPOP, would hold up all others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._gathered: list[_Command] = []
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
        """Put a command into the next pipeline; its answer is to come."""
        answer = asyncio.get_running_loop().create_future()
        self._gathered.append(_Command(words, options, answer))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all(), name="redis pipeline")
        return answer

    async def _send_all(self) -> None:
        while self._gathered:
            commands = [c for c in self._gathered[:COMMANDS_MAX] if not c.answer.done()]
            del self._gathered[:COMMANDS_MAX]
            try:
                answers = await self._send(commands)
            except Exception as error:  # noqa: BLE001 - every caller gets it
                answers = [error] * len(commands)
            for command, answer in zip(commands, answers, strict=True):
                if command.answer.done():
                    continue
                if isinstance(answer, Exception):
                    command.answer.set_exception(answer)
                else:
                    command.answer.set_result(answer)

    async def _send(self, commands: list[_Command]) -> list[Any]:
        pool: ConnectionPool = self.connection_pool
        connection: AbstractConnection = await pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            answers: list[Any] = await connection.retry.call_with_retry(
                lambda: self._exchange(connection, commands),
                lambda _: connection.disconnect(),
            )
            return answers
        finally:
            await pool.release(connection)

    async def _exchange(
        self, connection: AbstractConnection, commands: list[_Command]
    ) -> list[Any]:
        """One write, and one timeout for all that is read: redis-py has one for each answer."""
        answers: list[Any] = []
        try:
            await connection.send_packed_command(b"".join(_pack(c.words) for c in commands))
            while len(answers) < len(commands):
                await self._read_on(connection, commands, answers)
        except BaseException:
            # What was not read would be taken for the answers to the next commands.
            await connection.disconnect(nowait=True)
            raise
        return answers

    async def _read_on(
        self, connection: AbstractConnection, commands: list[_Command], answers: list[Any]
    ) -> None:
        try:
            async with asyncio.timeout(connection.socket_timeout):
                for command in commands[len(answers) :]:
                    answers.append(await self._read(connection, command))
        except TimeoutError:
            # An event loop that was busy for longer sees the answer and the timeout at once.
            if not await connection.can_read():
                raise redis.TimeoutError("no answer in time") from None

    async def _read(self, connection: AbstractConnection, command: _Command) -> Any:
        try:
            answer = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
        except redis.ResponseError as error:
            return error
        callback = self.response_callbacks.get(command.words[0])
        return answer if callback is None else callback(answer, **command.options)


def _pack(words: tuple[Any, ...]) -> bytes:
    # In C; redis-py's asynchronous connections do it in Python, a fifth of a burst's time.
    packed: list[bytes] = _serializer.pack(*words)
    return b"".join(packed)


_serializer = HiredisRespSerializer()


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
