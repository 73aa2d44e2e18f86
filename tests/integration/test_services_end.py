"""A test run that is interrupted or killed leaves no PostgreSQL, no Redis and, later, no folder."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import processes
from tests.integration.test_supervisor import wait_until

ROOT = Path(__file__).resolve().parents[2]
# Who runs the tests in the background may ignore SIGINT, and children inherit that: so it is set.
RUN = (
    "import signal, time; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from tests.services import services; services.start(); "
    "print(services.folder, *services.pids().values(), flush=True); time.sleep(600)"
)


class Run:
    """A process that has started services of its own, as a worker of pytest does."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        folder, *pids = self.process.stdout.readline().split()
        self.process.stdout.close()
        self.folder = Path(folder)
        self.services = processes.families(psutil.Process(int(pid)) for pid in pids)


@pytest.fixture
def run() -> Iterator[Run]:
    started = Run()
    yield started
    started.process.kill()
    started.process.wait()
    processes.kill(started.services)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(run: Run, number: signal.Signals) -> None:
    run.process.send_signal(number)
    run.process.wait(30)
    assert not any(map(processes.is_alive, run.services))
    assert not run.folder.exists()


def test_a_killed_run_leaves_no_service_and_the_next_run_removes_its_folder(run: Run) -> None:
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not any(map(processes.is_alive, run.services)))
    assert run.folder.exists(), "nothing was left, so this shows nothing"
    subprocess.run([sys.executable, "-c", "import tests.services"], cwd=ROOT, check=True)
    assert not run.folder.exists()
