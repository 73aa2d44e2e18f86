"""The supervisor with real processes: restarts, ends the stubborn, leaves nobody behind."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import supervisor

STEADY = "import os, time; print('pid', os.getpid()); time.sleep(600)"
STUBBORN = (
    "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('pid', os.getpid()); time.sleep(600)"
)
# Its child ignores the request to end and outlives it, as a pool's process may.
PARENT = (
    "import subprocess, sys, os, time; "
    "code = 'import signal, time; signal.signal(15, signal.SIG_IGN); print(1); time.sleep(600)'; "
    "child = subprocess.Popen([sys.executable, '-u', '-c', code], stdout=subprocess.PIPE); "
    "child.stdout.readline(); "
    "print('pid', os.getpid()); print('pid', child.pid); time.sleep(600)"
)
DYING = "import os; print('pid', os.getpid())"
WAIT_S = 10.0


class Run:
    """One supervisor process and what it printed."""

    def __init__(self, folder: Path, *sources: str) -> None:
        self.output_path = folder / "output"
        with self.output_path.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.supervised", str(folder), *sources],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def output(self) -> str:
        return self.output_path.read_text()

    def pids(self) -> list[int]:
        """Of all programs that said theirs, oldest first."""
        return [int(pid) for pid in re.findall(r"\| pid (\d+)", self.output())]

    def wait_for_pids(self, count: int) -> list[psutil.Process]:
        wait_until(lambda: len(self.pids()) >= count, self.output)
        return [psutil.Process(pid) for pid in self.pids() if psutil.pid_exists(pid)]

    def stop(self) -> float:
        """Send SIGTERM; the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(WAIT_S)
        return time.monotonic() - began


def wait_until(condition: Callable[[], bool], words: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline, words()
        time.sleep(0.01)


def gone(processes: list[psutil.Process]) -> bool:
    return not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes
    )


Start = Callable[..., Run]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[Run] = []

    def run(*sources: str) -> Run:
        runs.append(Run(tmp_path, *sources))
        return runs[-1]

    yield run
    for one in runs:
        one.process.kill()
        one.process.wait()
        for pid in one.pids():
            if psutil.pid_exists(pid):
                psutil.Process(pid).kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_every_child_at_once(start: Start, number: signal.Signals) -> None:
    run = start(f"a={STEADY}", f"b={STEADY}")
    children = run.wait_for_pids(2)
    run.process.send_signal(number)
    assert run.process.wait(2) == 0
    assert gone(children)


def test_a_stubborn_child_is_killed_within_five_seconds(start: Start) -> None:
    run = start(f"stubborn={STUBBORN}")
    children = run.wait_for_pids(1)
    assert supervisor.STOP_AFTER_S <= run.stop() < 5.0
    assert gone(children)
    assert "stubborn does not stop: killed" in run.output()


def test_the_children_of_a_child_end_with_it(start: Start) -> None:
    run = start(f"parent={PARENT}")
    family = run.wait_for_pids(2)
    assert run.stop() < 5.0
    assert gone(family)


def test_a_child_that_died_is_started_again_and_its_own_children_are_ended(start: Start) -> None:
    run = start(f"parent={PARENT}")
    parent, child = run.wait_for_pids(2)
    parent.kill()
    run.wait_for_pids(4)
    assert gone([parent, child])
    assert "parent ended (SIGKILL); again in 0.5 s" in run.output()


def test_a_child_that_keeps_dying_is_started_less_and_less_often(start: Start) -> None:
    run = start(f"dying={DYING}")
    run.wait_for_pids(3)
    wait_until(lambda: "again in 2 s" in run.output())
    assert re.findall(r"again in ([\d.]+) s", run.output())[:3] == ["0.5", "1", "2"]
    assert run.stop() < 1.0


def test_output_is_prefixed_by_the_childs_name(start: Start) -> None:
    run = start("talker=print('one'); print('two', end='', flush=True)")
    wait_until(lambda: "talker    | two" in run.output())
    assert "talker    | one\n" in run.output()


def test_a_killed_supervisor_takes_its_children_along(start: Start) -> None:
    run = start(f"a={STEADY}")
    children = run.wait_for_pids(1)
    run.process.kill()
    wait_until(lambda: gone(children))


def test_a_start_reaps_what_a_killed_supervisor_left(start: Start) -> None:
    killed = start(f"parent={PARENT}", f"stubborn={STUBBORN}")
    left = killed.wait_for_pids(3)
    killed.process.kill()
    killed.process.wait()
    assert not gone(left), "nothing was left, so this shows nothing"
    start(f"a={STEADY}").wait_for_pids(4)
    assert gone(left)


def test_a_reused_pid_is_not_reaped(start: Start, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STEADY], start_new_session=True) as bystander:
        (tmp_path / "processes.json").write_text(
            f'[{{"pid": {bystander.pid}, "started_at_s": 1000000.0}}]'
        )
        start(f"a={STEADY}").wait_for_pids(1)
        assert bystander.poll() is None
        bystander.kill()
