"""What an hour of moderated video costs, and what commercial judges ask for the same pictures.

`python -m tests.bench.cost [--relay-us N] [--core-hour-usd N]` prints, for conversations that last
1, 5 and 20 minutes on average (screening weighs most in short ones):

- `core_s_per_hour_<n>min`: core-seconds for an hour of one person's picture: what the judge of a
  screening process took for every window and sample that a newcomer's picture gives rise to, on
  the real models and the real Redis, plus the relay's packets. Baseline: the same pictures judged
  by NudeNet's own detector at the speed that it has in the same run.
- `usd_per_hour_<people>_<n>min`: that in money, for so many people at once with a picture each.
  Baseline: the same number of pictures at Amazon Rekognition's price for one image; the line
  carries Hive's price and the cores that are needed, too.

The picture is a face that wanders before a noisy camera, so that nothing is spared by standing
still. The clock of the conversation is simulated, verdicts arrive after `VERDICT_AFTER_MS`; the
processor's time is real. Left out: Celery's own work for each task, Redis, pages and PostgreSQL.
Prices are arguments of the bench; see docs/performance.md for where they are from.
"""

import argparse
import asyncio
import itertools
import os
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import cv2
import django
import numpy as np
import redis.asyncio
from django.conf import settings

from chat import trust
from chat.sampler import Limits
from chat.session.effects import AskKeyFrame, CloseSender, SetRate
from moderation.decoding import decode
from moderation.judging import Judge
from moderation.pipeline import decode_sample
from moderation.samples import Purpose, Sample
from moderation.stores import mailbox
from moderation.stores.client import connect_async
from moderation.verdicts import Decision, Verdict
from moderation.worker import make_judge
from tests.bench.figures import publish
from tests.moderation_cases import Picture, astronaut, encode, kind_of
from tests.nudenet import NudeDetector
from tests.rehearsal import Rehearsal
from tests.services import services

MINUTES = (1, 5, 20)
PEOPLE = (1_000, 40_000)
KEY_EVERY_S = 2
VERDICT_AFTER_MS = 60
STEP_MS = 10
SOUND_PER_S = 1000 / 60
REKOGNITION_USD, HIVE_USD = 1.0, 3.0
"""For a thousand pictures."""
NUDENET_RUNS = 40


class Camera:
    """An honest sender's film, at whatever rate it is told. It never comes round: that would be
    taken for a replay, and screened throughout."""

    def __init__(self) -> None:
        self._pictures = _pictures()
        self._rest: Iterator[bytes] = iter(())
        self.fps = 10

    def obey(self, effects: Sequence[object]) -> None:
        """Do what the relay asks. Raises `RuntimeError` when it closes the socket."""
        for effect in effects:
            if isinstance(effect, SetRate):
                self.fps = effect.fps
                self._begin()
            elif isinstance(effect, AskKeyFrame):
                self._begin()
            elif isinstance(effect, CloseSender):
                raise RuntimeError(f"the relay refuses an honest sender: {effect.detail}")

    def next(self) -> bytes:
        """The next frame."""
        frame = next(self._rest, None)
        if frame is None:
            self._begin()
            frame = next(self._rest)
        return frame

    def _begin(self) -> None:
        """The next segment, from a key frame on."""
        pictures = itertools.islice(self._pictures, self.fps * KEY_EVERY_S)
        self._rest = iter(encode(pictures, fps=self.fps))


@dataclass(slots=True)
class Spent:
    """What one person's picture took, from its first packet on. `core_s` is the judge's."""

    core_s: float = 0.0
    pictures: int = 0
    packets: int = 0
    by_purpose: dict[Purpose, int] = field(default_factory=dict)


class Conversation:
    """One newcomer's picture for some minutes, with the real judge and the real mailbox."""

    def __init__(self, judge: Judge, client: redis.asyncio.Redis, seed: int) -> None:
        self._judge = judge
        self._client = client
        self._camera = Camera()
        self._told = 0
        self._judged = 0
        self._due: deque[tuple[int, Verdict]] = deque()
        newcomers = Limits(
            screened_ms=int(settings.SCREENED_S * 1000),
            verdict_max_age_ms=int(settings.VERDICT_MAX_AGE_S * 1000),
        )
        limits = trust.limits(trust.Level.NEW, newcomers)
        self._rehearsal = Rehearsal(limits=limits, seed=seed)
        self.spent = Spent()

    async def run(self, minutes: int) -> Spent:
        """Let it last, and say what it took. Raises `RuntimeError` when a picture is not clear."""
        rehearsal = self._rehearsal.attach()
        self._obey()
        while rehearsal.at_ms < minutes * 60_000:
            frame = self._camera.next()
            rehearsal.send(kind_of(frame), payload=frame)
            self.spent.packets += 1
            for _ in range(1000 // self._camera.fps // STEP_MS):
                rehearsal.wait(STEP_MS)
                self._hear_what_is_due()
                await self._judge_what_waits()
            self._obey()
        self.spent.packets += round(minutes * 60 * SOUND_PER_S)
        return self.spent

    def _obey(self) -> None:
        effects = self._rehearsal.effects
        self._camera.obey(effects[self._told :])
        self._told = len(effects)

    async def _judge_what_waits(self) -> None:
        while self._judged < len(self._rehearsal.submitted):
            sample = self._rehearsal.submitted[self._judged]
            self._judged += 1
            await mailbox.save(self._client, sample, sample.captured_ms)
            began_s = time.process_time()
            verdict = self._judge.judge_next(sample.stream)
            self.spent.core_s += time.process_time() - began_s
            if verdict is None or verdict.decision is not Decision.CLEAR:
                raise RuntimeError(f"an honest picture was not clear: {verdict}")
            self._count(sample)
            self._due.append((self._rehearsal.at_ms + VERDICT_AFTER_MS, verdict))

    def _hear_what_is_due(self) -> None:
        while self._due and self._due[0][0] <= self._rehearsal.at_ms:
            self._rehearsal.hear(self._due.popleft()[1])

    def _count(self, sample: Sample) -> None:
        by_purpose = self.spent.by_purpose
        by_purpose[sample.purpose] = by_purpose.get(sample.purpose, 0) + 1
        shown = decode_sample(sample, decode)
        self.spent.pictures += sum(picture.seq >= sample.first_seq for picture in shown)


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures."""
    options = _options(arguments)
    services.start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    judge = make_judge()
    nudenet_s = _nudenet_s()
    for minutes in options.minutes:
        spent = asyncio.run(_measure(judge, minutes))
        _publish(minutes, spent, nudenet_s, options)
    return 0


async def _measure(judge: Judge, minutes: int) -> Spent:
    client = connect_async()
    try:
        await client.flushall()
        return await Conversation(judge, client, seed=minutes).run(minutes)
    finally:
        await client.aclose()


def _publish(minutes: int, spent: Spent, nudenet_s: float, options: argparse.Namespace) -> None:
    per_hour = 60 / minutes
    relay_s = spent.packets * options.relay_us / 1e6
    core_s = (spent.core_s + relay_s) * per_hour
    pictures = spent.pictures * per_hour
    usd = core_s / 3600 * options.core_hour_usd
    publish(
        f"core_s_per_hour_{minutes}min",
        core_s,
        "s",
        baseline="the same pictures by NudeNet's own detector, without decoding",
        baseline_value=pictures * nudenet_s + relay_s * per_hour,
        pictures=round(pictures),
        windows=round(spent.by_purpose.get(Purpose.WINDOW, 0) * per_hour),
        samples=round(spent.by_purpose.get(Purpose.SAMPLE, 0) * per_hour),
        relay_s=round(relay_s * per_hour, 1),
    )
    for people in PEOPLE:
        publish(
            f"usd_per_hour_{people}_{minutes}min",
            people * usd,
            "USD",
            baseline="Amazon Rekognition for the same pictures",
            baseline_value=people * pictures / 1000 * REKOGNITION_USD,
            hive_usd=round(people * pictures / 1000 * HIVE_USD, 2),
            cores=round(people * core_s / 3600, 2),
        )


def _pictures() -> Iterator[Picture]:
    """A face that wanders about at random, before a camera that is noisy."""
    rng = np.random.default_rng(0)
    place = np.zeros(2)
    for _ in itertools.count():
        place = np.clip(place + rng.normal(0, 2, 2), -40, 40)
        down, across = place.round().astype(int)
        moved = np.roll(astronaut(), (down, across), axis=(0, 1)).astype(np.float32)
        grain = cv2.resize(rng.normal(0, 3, (240, 320)).astype(np.float32), (640, 480))
        yield np.clip(moved + grain[..., None], 0, 255).astype(np.uint8)


def _nudenet_s() -> float:
    """Processor time of one picture in NudeNet's own detector."""
    detector = NudeDetector()
    picture = cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    detector.detect(picture)
    began_s = time.process_time()
    for _ in range(NUDENET_RUNS):
        detector.detect(picture)
    return (time.process_time() - began_s) / NUDENET_RUNS


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.cost")
    parser.add_argument("--minutes", type=int, nargs="+", default=MINUTES)
    parser.add_argument("--relay-us", type=float, default=60.0, help="the relay's, for a packet")
    parser.add_argument("--core-hour-usd", type=float, default=0.04)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
