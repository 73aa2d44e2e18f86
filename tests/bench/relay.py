"""What the relay costs per packet, and how many pairs one core carries.

`python -m tests.bench.relay [--pairs N] [--most N] [--seconds S]` prints one JSON line per figure.
Each side sends 40 packets of 2 kB a second, paced; a process of its own sends and receives
(tests/bench/relays/load.py). The baseline is in every case a relay that knows nothing
(tests/bench/relays/bare.py) under the same server, with the same command line and the same load, in
the same run. It is plain ASGI, and has no use for what `chat.relay.prompt_socket` offers:

- `relay_cpu_us_per_packet`: processor time of the relay's process per packet that reached a
  partner, everything included: acknowledgements, samples, verdicts, clocks. `passed` is the share
  of packets that did: much less than 1 means that the machine was too busy for an honest figure;
- `relay_p50_ms`, `relay_p99_ms`: from `send` at one side to `recv` at the other;
- `relay_mib_per_pair`: growth of the process per pair, the last ten seconds of both pictures in it;
- `pairs_per_core`: the most pairs tried, 25 more each time from a third of `--pairs` on, at which
  p99 stayed at 5 ms or less;
- `slow_reader_mib`: growth of the process for each receiver that stops reading, until it has been
  sent away; with it after how many seconds that was, and the p99 of the others meanwhile.

The pictures are in the sampled phase, in which packets pass and one picture every 2-6 s is
judged: that is how nearly all of a conversation goes. Nobody looks at the samples: a process takes
them from the mailbox and publishes a CLEAR for each (tests/bench/relays/judge.py), because a
screening worker would take the second core from the load. The relay has the first core to itself,
everybody else shares the second.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
import psutil
from django.test import override_settings

from chat import clock
from chat.messages import Mode
from chat.stores import conversations, keys, tokens
from chat.stores.conversations import Conversation
from config.children import relay
from moderation.samples import Side
from moderation.stores.client import connect, connect_async
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.bench.figures import publish
from tests.e2e.waiting import wait_for
from tests.integration.chat.house import free_ports
from tests.integration.relay.processes import Process
from tests.services import services

NODE = "relay-1"
BARE = "tests.bench.relays.bare:application"
P99_MAX_MS = 5.0
STEP_PAIRS = 25
STALLED = 8
SETTLED_S = 5.0
"""The screened start is 2 s here; then packets pass."""
FOOTAGE_S = 11.0
"""After this long the relay has all that it ever keeps of a picture."""
GONE_WITHIN_S = 13.0
SLACK_S = 1.0
MIB = 1024 * 1024
CORES = sorted(os.sched_getaffinity(0))
LIMITS = {
    "SCREENED_S": "2",
    "PAGES": "health",
    "LOG_LEVEL": "WARNING",
    "RELAY_NODE": NODE,
    "ATTACHMENTS_PREFIX_BURST": "100000",
}


@dataclass(slots=True)
class Measured:
    """What one relay did."""

    cpu_us: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    mib_per_pair: float = 0.0
    pairs: int = 0
    slow_mib: float = 0.0
    left_after_s: list[float] = field(default_factory=list)
    others_p99_ms: float = 0.0
    load_cpu: float = 0.0
    passed: float = 0.0


class Load:
    """The process that sends and receives."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.relays.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        _pin(self._process.pid, last=True)

    def do(self, **command: object) -> dict[str, Any]:
        """Have that done; yields the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Trial:
    """One relay under a growing load."""

    def __init__(self, relay_process: Process, port: int, load: Load, *, is_bare: bool) -> None:
        self._relay = psutil.Process(relay_process.pid)
        self._port = port
        self._load = load
        self._is_bare = is_bare
        self._pairs = 0

    def run(self, pairs: int, most: int, seconds: float) -> Measured:
        """Slow readers beside a third of the pairs, then all pairs, then more and more."""
        measured = Measured()
        # Nobody counts: what the first ones need once is there afterwards.
        self._attach(STEP_PAIRS)
        time.sleep(FOOTAGE_S)
        before_mib = self._mib()
        self._attach(max(pairs // 3, STALLED))
        time.sleep(FOOTAGE_S)
        measured.mib_per_pair = (self._mib() - before_mib) / (self._pairs - STEP_PAIRS)
        self._stall(measured)
        while True:
            lacking = pairs - self._pairs
            self._attach(min(lacking, STEP_PAIRS) if not measured.cpu_us else STEP_PAIRS)
            time.sleep(SETTLED_S)
            came = self._measure(seconds)
            if self._pairs >= pairs and not measured.cpu_us:
                measured.cpu_us = came["cpu_us"]
                measured.p50_ms, measured.p99_ms = came["p50_ms"], came["p99_ms"]
                measured.load_cpu, measured.passed = came["load_cpu"], came["passed"]
            is_carried = came["p99_ms"] <= P99_MAX_MS
            if is_carried:
                measured.pairs = self._pairs
            if self._pairs >= pairs and not (is_carried and self._pairs < most):
                return measured

    def _measure(self, seconds: float) -> dict[str, Any]:
        began_s = self._cpu_s()
        came = self._load.do(do="measure", for_s=seconds)
        came["cpu_us"] = (self._cpu_s() - began_s) * 1e6 / max(1, came["packets"])
        said = f"{came['cpu_us']:.0f} µs per packet, p99 {came['p99_ms']:.2f} ms"
        print(f"{self._pairs} pairs: {said}, {came['passed']:.1%} passed", file=sys.stderr)
        return came

    def _stall(self, measured: Measured) -> None:
        """Have some receivers stop reading, and see what becomes of them and of the others."""
        before_mib = self._mib()
        highest_mib = before_mib
        stalled = self._load.do(do="stall", count=STALLED)["stalled"]
        gone_s = time.monotonic() + GONE_WITHIN_S
        p99s_ms = []
        while time.monotonic() < gone_s:
            came = self._load.do(do="measure", for_s=SLACK_S)
            p99s_ms.append(came["p99_ms"])
            highest_mib = max(highest_mib, self._mib())
            measured.left_after_s = came["left_after_s"]
        measured.slow_mib = (highest_mib - before_mib) / stalled
        measured.others_p99_ms = sorted(p99s_ms)[len(p99s_ms) // 2]
        self._pairs -= stalled

    def _attach(self, count: int) -> None:
        count = max(count, 0)
        if self._is_bare:
            pairs = [
                (f"{name}.a", f"{name}.b") for name in (uuid.uuid4().hex for _ in range(count))
            ]
        else:
            pairs = asyncio.run(_conversations(count))
        self._load.do(do="attach", port=self._port, pairs=pairs)
        self._pairs += count

    def _cpu_s(self) -> float:
        times = self._relay.cpu_times()
        return float(times.user + times.system)

    def _mib(self) -> float:
        return float(self._relay.memory_info().rss / MIB)


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser(description="What the relay costs.")
    parser.add_argument("--pairs", type=int, default=150, help="at which time per packet is taken")
    parser.add_argument("--most", type=int, default=400, help="pairs to try at most")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    for pid in services.pids().values():
        _pin(pid, last=True)
    _pin(os.getpid(), last=True)
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, _judge(Path(folder)):
        bare, ours = (_try(Path(folder), options, is_bare=is_bare) for is_bare in (True, False))
    _publish(ours, bare, options.pairs)
    return 0


def _try(folder: Path, options: argparse.Namespace, *, is_bare: bool) -> Measured:
    (port,) = free_ports(1)
    with override_settings(HOST="127.0.0.1", PORT=port):
        # Without the interpreter's name and -m, which Process puts in front.
        command = relay().command[2:]
    if is_bare:
        command = tuple(BARE if word == "config.asgi:application" else word for word in command)
    load = Load()
    log = folder / f"relay-{port}.log"
    try:
        with Process(services, command, log, **LIMITS) as process:
            _pin(process.pid, last=False)
            wait_for(lambda: process.answers(port), timeout_s=30, what="the relay is open")
            with connect() as client:
                wait_for(
                    lambda: is_bare or client.exists(keys.node_lease(NODE)),
                    timeout_s=30,
                    what="the node holds its lease",
                )
            trial = Trial(process, port, load, is_bare=is_bare)
            return trial.run(options.pairs, options.most, options.seconds)
    finally:
        load.close()


def _publish(ours: Measured, bare: Measured, pairs: int) -> None:
    publish(
        "relay_cpu_us_per_packet",
        ours.cpu_us,
        "µs",
        baseline="a bare ASGI pair relay under the same server",
        baseline_value=bare.cpu_us,
        pairs=pairs,
        load_cpu=round(ours.load_cpu, 2),
        passed=round(ours.passed, 3),
    )
    for name, value, baseline in (
        ("relay_p50_ms", ours.p50_ms, bare.p50_ms),
        ("relay_p99_ms", ours.p99_ms, bare.p99_ms),
    ):
        publish(name, value, "ms", baseline="the bare relay", baseline_value=baseline, pairs=pairs)
    publish(
        "relay_mib_per_pair",
        ours.mib_per_pair,
        "MiB",
        baseline="the bare relay",
        baseline_value=bare.mib_per_pair,
    )
    publish(
        "pairs_per_core",
        ours.pairs,
        "pairs",
        baseline="the bare relay",
        baseline_value=bare.pairs,
        p99_max_ms=P99_MAX_MS,
    )
    publish(
        "slow_reader_mib",
        ours.slow_mib,
        "MiB",
        baseline="the bare relay, which never sends them away",
        baseline_value=bare.slow_mib,
        left_after_s=[round(value, 1) for value in sorted(ours.left_after_s)],
        others_p99_ms=round(ours.others_p99_ms, 2),
        bare_others_p99_ms=round(bare.others_p99_ms, 2),
    )


@contextmanager
def _judge(folder: Path) -> Iterator[None]:
    with Process(services, ["tests.bench.relays.judge"], folder / "judge.log") as judge:
        _pin(judge.pid, last=True)
        yield
        assert judge.is_running, judge.logged()


async def _conversations(count: int) -> list[tuple[str, str]]:
    """The media tokens of so many new conversations, both sides'."""
    client = connect_async()
    made = []
    for _ in range(count):
        conversation = Conversation(
            id=ConversationId(uuid.uuid4()),
            mode=Mode.VIDEO,
            pool="adult",
            started_ms=clock.now_ms(),
            node=NODE,
            a=_new_person(),
            b=_new_person(),
            languages=("en",),
        )
        await conversations.create(client, conversation)
        a, b = [await tokens.issue(client, conversation.subject(side), NODE) for side in Side]
        made.append((a, b))
    await client.aclose()
    return made


def _new_person() -> Person:
    return Person(participant=ParticipantId(uuid.uuid4()), device=DeviceId(uuid.uuid4()))


def _pin(pid: int, *, last: bool) -> None:
    """Keep a process on the last core, or on the first; nothing on a machine with one."""
    with suppress(OSError):
        os.sched_setaffinity(pid, {CORES[-1 if last else 0]})


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
