"""A worker whose Redis dies under it: the message at hand may be lost, the next ones may not."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kombu import Connection, Consumer, Message, Queue
from redis.exceptions import ConnectionError as RedisConnectionError

from config import binaries
from tests.integration.test_supervisor import wait_until


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="parley-broker-"))
    yield folder
    shutil.rmtree(folder)


@contextmanager
def running_redis(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    path = folder / "redis.sock"
    path.unlink(missing_ok=True)
    line = [str(binaries.redis_program(folder, account=None)), "--port", "0"]
    line += ["--unixsocket", str(path), "--dir", str(folder), "--save", "", "--appendonly", "no"]
    with (folder / "log").open("wb") as log, subprocess.Popen(line, stdout=log) as server:
        wait_until(path.exists, (folder / "log").read_text)
        yield server
        server.kill()


def publish(folder: Path, body: str) -> None:
    with Connection(f"redis+socket://{folder}/redis.sock") as connection:
        connection.Producer().publish(body, routing_key="live", declare=[Queue("live")])


def test_a_message_that_cannot_be_acknowledged_makes_room_for_the_next(folder: Path) -> None:
    messages: list[Message] = []
    with Connection(f"redis+socket://{folder}/redis.sock") as connection:
        with running_redis(folder) as server:
            consumer = Consumer(
                connection.channel(),
                [Queue("live")],
                on_message=messages.append,
                prefetch_count=1,
            )
            consumer.consume()
            publish(folder, "first")
            connection.drain_events(timeout=5)
            server.kill()
            server.wait()
            with pytest.raises(RedisConnectionError):
                messages[0].ack()
        # Full, it would not have looked, and nothing would ever tell it.
        with pytest.raises(RedisConnectionError):
            connection.drain_events(timeout=1)
    with running_redis(folder), Connection(f"redis+socket://{folder}/redis.sock") as connection:
        consumer = Consumer(connection.channel(), [Queue("live")], on_message=messages.append)
        consumer.consume()
        publish(folder, "second")
        connection.drain_events(timeout=5)
    assert [message.payload for message in messages] == ["first", "second"]
