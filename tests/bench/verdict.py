"""How old verdicts are: from a packet's arrival at the relay to its verdict back there.

`python -m tests.bench.verdict [--seconds N] [--overload S]` prints one JSON line per figure. A
relay under uvicorn, Redis, and a Celery worker with one process; pairs on real media sockets
(tests/bench/verdicts/crowd.py), all of them screened, each side one frame a second, so that each
frame is a window of its own. The generator shares the machine's cores with all of that.

- `verdict_p95_ms_at_10`, `_at_50`, `_at_80`: verdict age at so many per cent of the capacity that
  was measured first: verdicts a second while far more wait than can be judged;
- `verdict_p95_ms_overload`: likewise at three times the capacity, for a minute, of what is judged.
  With it the most that waited, the most tasks in the broker, and for whom video closed;
- `recovery_s`: from the end of the overload, back to 50 %, until p95 of a second is 150 ms or less
  and video is open for everybody;
- `screened_delay_p95_ms`: what a frame of a lone pair that sends ten a second takes to the partner.

The baseline in every case is the judge itself on one such frame, called directly in this process.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import django
import redis.asyncio
from django.test import override_settings

from chat import clock, video_gate
from chat.stores import keys
from chat.trust import Level
from config.children import relay
from moderation.classifiers.registry import load_classifier, load_thresholds
from moderation.decoding import decode
from moderation.events import VERDICT, node_channel
from moderation.pipeline import decode_sample, judge
from moderation.policy import Memory
from moderation.stores import figures, heartbeat
from moderation.stores.client import connect, connect_async
from tests.bench.figures import percentile, publish
from tests.bench.verdicts.crowd import NODE, Crowd, attach_pair
from tests.e2e.cameras import picture
from tests.e2e.film import Frame, encode
from tests.e2e.waiting import wait_for
from tests.integration.chat.house import free_ports
from tests.integration.relay.processes import Process, screening
from tests.moderation_cases import film as packets_of
from tests.moderation_cases import sample
from tests.services import services

FRAMES = 24
PER_S = 1.0
SATURATED = 1.5
"""Times what the judge alone could do: enough that somebody always waits."""
SETTLE_S = 3.0
SHARES = (10, 50, 80)
OVERLOAD = 3
RECOVERED_MS = 150
RECOVERY_MAX_S = 60.0
BASELINE = "the judge alone on one such frame, median"
BASELINE_RUNS = 30
LIMITS = {
    "SCREENED_S": "3600",
    "PAGES": "health",
    "LOG_LEVEL": "WARNING",
    "RELAY_NODE": NODE,
    "ATTACHMENTS_PREFIX_BURST": "100000",
}


@dataclass(slots=True)
class Heard:
    """When verdicts came (monotonic s), and how old each was (ms)."""

    verdicts: list[tuple[float, int]] = field(default_factory=list)

    def since(self, from_s: float) -> list[int]:
        """The ages of those that came from then on."""
        return [age_ms for at_s, age_ms in self.verdicts if at_s >= from_s]


@dataclass(slots=True)
class Load:
    """The most that was seen while under load."""

    waiting: int = 0
    tasks: int = 0
    closed_for: set[str] = field(default_factory=set)


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    parser = argparse.ArgumentParser(description="How old verdicts are.")
    parser.add_argument("--seconds", type=float, default=30.0, help="at each load")
    parser.add_argument("--overload", type=float, default=60.0, help="seconds of overload")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    pictures = [picture("astronaut", index / FRAMES) for index in range(FRAMES)]
    judge_ms = _judge_ms()
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder, _relay(Path(folder)) as url:
        asyncio.run(_measure(url, encode(pictures), options, judge_ms))
    return 0


async def _measure(
    url: str, film: Sequence[Frame], options: argparse.Namespace, judge_ms: float
) -> None:
    client = connect_async()
    async with _listening(client) as heard:
        delays_ms = await _delays(url, client, film, options.seconds)
        publish(
            "screened_delay_p95_ms",
            percentile(delays_ms, 95),
            "ms",
            baseline=BASELINE,
            baseline_value=judge_ms,
            p50=percentile(delays_ms, 50),
            p99=percentile(delays_ms, 99),
            frames=len(delays_ms),
        )
        crowd = Crowd(url, client, film, PER_S)
        await crowd.grow_to(round(SATURATED * 1000 / judge_ms / PER_S / 2) + 1)
        await asyncio.sleep(SETTLE_S)
        began_s = time.monotonic()
        await asyncio.sleep(options.seconds / 2)
        per_s = len(heard.since(began_s)) / (time.monotonic() - began_s)
        await crowd.grow_to(0)
        await _idle(client)
        for share in SHARES:
            pairs = max(1, round(per_s * share / 100 / PER_S / 2))
            await crowd.grow_to(pairs)
            await asyncio.sleep(SETTLE_S)
            began_s = time.monotonic()
            await asyncio.sleep(options.seconds)
            _publish(f"verdict_p95_ms_at_{share}", heard.since(began_s), judge_ms, per_s, pairs)
        pairs = round(OVERLOAD * per_s / PER_S / 2)
        await crowd.grow_to(pairs)
        began_s = time.monotonic()
        load = await _watch(client, options.overload)
        _publish(
            "verdict_p95_ms_overload",
            heard.since(began_s),
            judge_ms,
            per_s,
            pairs,
            most_waiting=load.waiting,
            most_tasks=load.tasks,
            video_closed_for=sorted(load.closed_for),
        )
        recovery_s = await _recover(client, crowd, heard, round(per_s / PER_S / 4))
        publish(
            "recovery_s",
            recovery_s,
            "s",
            baseline=BASELINE,
            baseline_value=judge_ms / 1000,
        )
        await crowd.grow_to(0)
    await client.aclose()


def _publish(
    name: str,
    ages_ms: Sequence[int],
    judge_ms: float,
    capacity_per_s: float,
    pairs: int,
    **more: object,
) -> None:
    if not ages_ms:
        print(f"{name}: no verdict came", file=sys.stderr)
        return
    publish(
        name,
        percentile(ages_ms, 95),
        "ms",
        baseline=BASELINE,
        baseline_value=judge_ms,
        p50=percentile(ages_ms, 50),
        p99=percentile(ages_ms, 99),
        verdicts=len(ages_ms),
        capacity_per_s=round(capacity_per_s, 1),
        pairs=pairs,
        **more,
    )


async def _delays(
    url: str, client: redis.asyncio.Redis, film: Sequence[Frame], seconds: float
) -> list[float]:
    """How late each frame of one pair at ten frames a second came, in ms."""
    a, b = await attach_pair(url, client)
    delays_ms: list[float] = []
    sent_s: dict[tuple[int, int], float] = {}
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        for side, camera in enumerate((a, b)):
            sent_s[side, camera.seq] = time.monotonic()
            await camera.show_next(film)
        next_s = time.monotonic() + 0.1
        while (now_s := time.monotonic()) < next_s:
            for side, camera in enumerate((b, a)):
                delays_ms += [(now_s - sent_s[side, seq]) * 1000 for seq in camera.heard()]
            await asyncio.sleep(0.002)
    await a.close()
    await b.close()
    return delays_ms


async def _watch(client: redis.asyncio.Redis, seconds: float) -> Load:
    load = Load()
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        found = await figures.load(client, clock.now_ms())
        load.waiting = max(load.waiting, sum(found.waiting.values()))
        load.tasks = max(load.tasks, int(await client.llen("parley.celery.screening")))
        gate = await video_gate.look(client, clock.now_ms())
        load.closed_for |= {level.value for level in gate.valve.closed_for}
        await asyncio.sleep(0.25)
    return load


async def _recover(client: redis.asyncio.Redis, crowd: Crowd, heard: Heard, pairs: int) -> float:
    began_s = time.monotonic()
    await crowd.grow_to(pairs)
    while (passed_s := time.monotonic() - began_s) < RECOVERY_MAX_S:
        await asyncio.sleep(0.25)
        newest = heard.since(time.monotonic() - 1)
        is_open = await video_gate.is_open(client, Level.NEGATIVE, clock.now_ms())
        if is_open and newest and percentile(newest, 95) <= RECOVERED_MS:
            break
    return passed_s


async def _idle(client: redis.asyncio.Redis) -> None:
    """Until nothing waits any more."""
    while any((await figures.load(client, clock.now_ms())).waiting.values()):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _listening(client: redis.asyncio.Redis) -> AsyncIterator[Heard]:
    """What the relay hears, as it hears it."""
    heard = Heard()
    async with client.pubsub() as channel:
        await channel.subscribe(node_channel(NODE))

        async def listen() -> None:
            async for message in channel.listen():
                fields = json.loads(message["data"]) if message["type"] == "message" else {}
                if fields.get("type") == VERDICT:
                    age_ms = clock.now_ms() - fields["judged_captured_ms"]
                    heard.verdicts.append((time.monotonic(), age_ms))

        listener = asyncio.create_task(listen())
        try:
            yield heard
        finally:
            listener.cancel()


@contextmanager
def _relay(folder: Path) -> Iterator[str]:
    """A relay and a worker; the URL of the former once both are there."""
    (port,) = free_ports(1)
    with override_settings(HOST="127.0.0.1", PORT=port):
        # Without the interpreter's name and -m, which Process puts in front.
        command = relay().command[2:]
    with (
        Process(services, command, folder / "relay.log", **LIMITS),
        Process(services, screening(), folder / "worker.log", LOG_LEVEL="WARNING"),
        connect() as client,
    ):
        wait_for(
            lambda: (
                client.exists(keys.node_lease(NODE)) and heartbeat.is_alive(client, clock.now_ms())
            ),
            timeout_s=60,
            what="somebody carries and somebody judges",
        )
        yield f"ws://127.0.0.1:{port}"


def _judge_ms() -> float:
    classifier, rules = load_classifier(), load_thresholds()
    submission = sample(packets_of([picture("astronaut")]))
    took_ms = []
    for _ in range(BASELINE_RUNS):
        began_s = time.perf_counter()
        pictures = decode_sample(submission, decode)
        judge(
            submission,
            pictures,
            classify=classifier.classify,
            detect=classifier.detect,
            rules=rules,
            memory=Memory(),
            rng=random.Random(0),
        )
        took_ms.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(took_ms)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
