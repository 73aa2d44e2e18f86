"""docker/redis/users.sh on a real Redis: each kind of process gets what it needs and no more."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery
from pytest_django import Settings
from redis.exceptions import NoPermissionError

from config import binaries
from config.checks import production
from config.parts import Part
from config.settings.services import CELERY_BROKER_TRANSPORT_OPTIONS, broker
from tests.integration.test_supervisor import wait_until

USERS = Path(__file__).resolve().parents[2] / "docker" / "redis" / "users.sh"
NAMES = ("web", "relay", "screening", "ops")


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="parley-users-"))
    passwords = {f"REDIS_{name.upper()}_PASSWORD": f"{name}-password" for name in NAMES}
    acl = subprocess.run(
        ["sh", USERS], env=passwords, capture_output=True, text=True, check=True
    ).stdout
    (folder / "users.acl").write_text(acl)
    path = folder / "redis.sock"
    program = binaries.redis_program(folder, account=None)
    line = [str(program), "--port", "0", "--unixsocket", str(path)]
    line += ["--aclfile", str(folder / "users.acl"), "--dir", str(folder)]
    line += ["--save", "", "--appendonly", "no"]
    with (folder / "log").open("wb") as log, subprocess.Popen(line, stdout=log) as server:
        wait_until(path.exists, (folder / "log").read_text)
        yield path
        server.terminate()
    shutil.rmtree(folder)


def url(socket: Path, name: str) -> str:
    return f"unix://{name}:{name}-password@{socket}?db=0"


def connect(socket: Path, name: str) -> redis.Redis:
    return redis.Redis.from_url(url(socket, name))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "command",
    [
        ("FLUSHALL",),
        ("KEYS", "*"),
        ("CONFIG", "SET", "save", "60 1"),
        ("BGSAVE",),
        ("SHUTDOWN",),
        ("ACL", "LIST"),
        ("SET", "elsewhere", "1"),
        ("PUBLISH", "elsewhere", "1"),
    ],
)
def test_no_process_may(socket: Path, name: str, command: tuple[str, ...]) -> None:
    with connect(socket, name) as client, pytest.raises(NoPermissionError):
        client.execute_command(*command)


@pytest.mark.parametrize("name", ["screening", "ops"])
def test_workers_see_no_conversation_and_no_pool(socket: Path, name: str) -> None:
    with connect(socket, name) as client, pytest.raises(NoPermissionError):
        client.get("parley:chat:{adult:video}:waiting")


def test_without_a_name_nobody_gets_further_than_ping(socket: Path) -> None:
    with redis.Redis(unix_socket_path=str(socket)) as client:
        assert client.ping()
        with pytest.raises(NoPermissionError):
            client.get("parley:chat:online")


@pytest.mark.parametrize("name", ["web", "relay"])
def test_who_carries_reads_and_writes_its_stores(socket: Path, name: str) -> None:
    with connect(socket, name) as client:
        client.set("parley:chat:{x}:conversation", "1", ex=5)
        client.set("parley:moderation:{x}:mailbox", "1", ex=5)
        client.publish("parley:node:relay-1", "1")
        client.publish("parley.layer__group__participant.x", "1")
        assert client.eval("return redis.call('GET', KEYS[1])", 1, "parley:chat:{x}:conversation")


def test_who_judges_publishes_verdicts(socket: Path) -> None:
    with connect(socket, "screening") as client:
        client.set("parley:moderation:{x}:verdict", "1", ex=5)
        client.publish("parley:node:relay-1", "1")


@pytest.mark.parametrize("name", NAMES)
def test_every_process_can_send_tasks(socket: Path, name: str) -> None:
    app = Celery(set_as_current=False, broker=broker(url(socket, name)))
    app.conf.update(broker_transport_options=CELERY_BROKER_TRANSPORT_OPTIONS)
    app.send_task("nobody.waits", queue="ops", retry=False)
    with connect(socket, name) as client:
        assert client.llen("parley.celery.ops") > 0
        client.delete("parley.celery.ops")


@pytest.mark.parametrize("name", NAMES)
def test_every_process_can_see_that_redis_keeps_nothing(
    socket: Path, name: str, settings: Settings
) -> None:
    settings.REDIS_URL = url(socket, name)
    problems = [problem for problem in production(Part.WEB) if problem.startswith("Redis")]
    assert problems == []
