"""`manage.py up`, the real thing: first start, second start, SIGTERM, SIGKILL, a busy port."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
# Generous, since the suite runs beside it; what people may expect is asserted apart.
READY_TIMEOUT_S = 60.0
STOP_WITHIN_S = 5.0
READY_AGAIN_WITHIN_S = 10.0
PASSED_ON = ("PATH", "HOME", "LANG")


class Platform:
    """One `manage.py up` with state of its own."""

    def __init__(self, folder: Path, port: int | str) -> None:
        self.folder = folder
        self.port = port
        self.output_path = folder / "output"
        passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=passed_on
                | {
                    "PORT": str(port),
                    "STATE_DIR": str(folder / "state"),
                    "EMBEDDED_DIR": str(folder / "embedded"),
                    "MODELS_DIR": str(settings.MODELS_DIR),
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        return self.output_path.read_text()

    def wait_until_ready(self) -> float:
        """The seconds it took."""
        began = time.monotonic()
        while "Parley is ready" not in self.output():
            assert self.process.poll() is None, self.output()
            assert time.monotonic() - began < READY_TIMEOUT_S, self.output()
            time.sleep(0.05)
        return time.monotonic() - began

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=5) as answer:
            return str(answer.read().decode())


def allowed(seconds: float) -> float:
    """What is promised for a machine of our own, as it stretches on one shared with others."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def names(processes: list[psutil.Process]) -> list[str]:
    """Of those that still run."""
    return [
        process.name()
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    # Started by root, the services run as another account, which must get through to here.
    made = Path(tempfile.mkdtemp(prefix="parley-up-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def test_an_unexpected_value_is_one_clear_line(tmp_path: Path) -> None:
    platform = Platform(tmp_path, "eight")
    assert platform.process.wait(READY_TIMEOUT_S) != 0
    assert platform.output() == "Unexpected value PORT=eight, use a whole number\n"


def test_a_busy_port_is_one_clear_line(tmp_path: Path, port: int) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen()
        platform = Platform(tmp_path, port)
        assert platform.process.wait(READY_TIMEOUT_S) != 0
    (line,) = platform.output().splitlines()
    assert f"Port {port} can't be used" in line
    assert f"PORT={port + 1} make run" in line


def test_it_starts_stops_keeps_its_data_and_reaps(folder: Path, port: int) -> None:
    """One story, since each start costs seconds."""
    first = Platform(folder, port)
    first.wait_until_ready()
    account = re.search(r"(\S+@\S+), one-time password: (\S+)", first.output())
    assert account is not None
    assert json.loads(first.get("/readyz"))["state"] == "ready"
    assert (folder / "state" / "secrets.json").stat().st_mode & 0o777 == 0o600
    _a_second_one_is_refused(folder, port)

    first_family = first.family()
    assert {"postgres", "redis-server"} <= set(names(first_family))
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(allowed(STOP_WITHIN_S)) == 0
    assert names(first_family) == []

    second = Platform(folder, port)
    assert second.wait_until_ready() < allowed(READY_AGAIN_WITHIN_S)
    assert "one-time password" not in second.output(), "the account was not kept"
    second_family = second.family()
    _worker_comes_back(second)
    second.process.kill()
    second.process.wait()

    third = Platform(folder, port)
    third.wait_until_ready()
    assert names(second_family) == []
    third_family = third.family()
    third.process.send_signal(signal.SIGINT)
    assert third.process.wait(allowed(STOP_WITHIN_S)) == 0
    assert names(third_family) == []


def _a_second_one_is_refused(folder: Path, port: int) -> None:
    beside = folder / "beside"
    beside.mkdir()
    (beside / "state").symlink_to(folder / "state")
    (beside / "embedded").symlink_to(folder / "embedded")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        another_port = probe.getsockname()[1]
    assert another_port != port
    other = Platform(beside, another_port)
    assert other.process.wait(READY_TIMEOUT_S) != 0
    (line,) = other.output().splitlines()
    assert "runs already" in line


def _worker_comes_back(platform: Platform) -> None:
    (worker,) = [
        process
        for process in psutil.Process(platform.process.pid).children()
        if "screening" in process.cmdline()
    ]
    worker.kill()
    deadline = time.monotonic() + READY_TIMEOUT_S
    while not any(
        "screening" in child.cmdline() and child.pid != worker.pid
        for child in psutil.Process(platform.process.pid).children()
        if child.status() != psutil.STATUS_ZOMBIE
    ):
        assert time.monotonic() < deadline, platform.output()
        time.sleep(0.05)
    assert "screening ended (SIGKILL)" in platform.output()
