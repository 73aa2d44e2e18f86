"""What a hostile sender gets past the judges: each evasion, several tries, screened and sampled.

`python -m tests.bench.exposure [--tries N] [--rows NAME …]` plays every sender of tests/evasions.py
against a relay's room or camera check, a real Redis and the judge with the real models
(tests/bench/exposure_stage says how time is kept), with a face in place of what breaks the rules.
It prints one line per row, then `frames_passed_screened`, `evasions_tried`, `evasions_caught` and
`cut_p95_s`.

Baselines, on the same tries: a moderator that looks at three pictures of each connection, as
Chatroulette did, and one that looks at key frames only; both with the same detector, on whole
frames.
Fails when a frame passed while screened that the detector can see. Rows are played in rounds, and a
round that wouldn't end in time isn't begun: the whole takes less than ten minutes.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import django
import numpy as np
import redis.asyncio

from moderation.bank import snapshot
from moderation.bank.shelf import Shelf, open_or_build
from moderation.classifiers.registry import load_classifier
from moderation.classifiers.screening import ScreeningClassifier
from moderation.judging import Judge
from moderation.stores.client import connect, connect_async
from moderation.thresholds import AgeRules, Limits, Thresholds
from reports.hashing import crops
from reports.hashing.sightings import KnownPicture
from reports.ids import DeviceId
from tests.bench import one_core
from tests.bench.exposure_booth import CheckAttempt
from tests.bench.exposure_stage import KEY_EVERY_MS, Attempt, Outcome, Plan
from tests.bench.figures import percentile, publish
from tests.disguises import Picture, faces
from tests.evasions import EVASIONS, Evasion, Moment, Phase, known_picture, live_face, wardrobe
from tests.services import services

TRIES = 3
SHORT_TRIES = 1
LONGEST_S = 540.0
SHOWS_MS = {Phase.CHECKED: 0, Phase.SCREENED: 4_000, Phase.SAMPLED: 12_000}
"""How long a sender goes on after its turn; a check ends by itself."""
SECOND_AFTER_MS = 60_000
VERDICT_MS = 150
"""The aim for verdicts, p95, at half of the capacity."""
SNAPSHOTS = 3

HOLD = 0.35
RULES = Thresholds(
    version="bench",
    sha256="",
    nudity={label: Limits(hold=HOLD, cut=0.5) for label in ("FACE_FEMALE", "FACE_MALE")},
    age=AgeRules(suspend_years=0, doubt_years=0, minimum_faces=3),
)
"""A face stands in for what breaks the rules."""
LAWFUL = replace(RULES, nudity={}, age=AgeRules(suspend_years=1, doubt_years=0, minimum_faces=3))
"""A face is a face, must be seen, and is never too young."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, and whether the two simpler moderators would have seen something."""

    plan: Plan
    outcome: Outcome
    by_snapshots: bool
    by_keys: bool


class Bench:
    """The judge, the pictures and the chance that every try draws from."""

    def __init__(self, classifier: ScreeningClassifier, pictures: list[Picture], seed: int) -> None:
        self._classifier = classifier
        self._faces = pictures
        self._seed = seed

    async def play(self, rows: Sequence[Evasion], tries: int, longest_s: float) -> list[Try]:
        """All rows once, then all of them again, so many times or until time is up: one round is
        always played, another one only if it fits in by what the longest took."""
        began_s = time.monotonic()
        longest_round_s = 0.0
        done: list[Try] = []
        with connect() as client, tempfile.TemporaryDirectory(prefix="parley-bank-") as folder:
            judge = Judge(
                client=client, classifier=self._classifier, rules=RULES, send=lambda _order: None
            )
            shelf = _shelf(Path(folder))
            store = connect_async()
            for number in range(tries):
                round_s = time.monotonic()
                if number and round_s - began_s + longest_round_s > longest_s:
                    print(f"no time for round {number + 1}", file=sys.stderr)
                    break
                for evasion in rows:
                    own = replace(
                        judge,
                        rules=_rules(evasion),
                        shelf=(lambda: shelf) if evasion.is_known else judge.shelf,
                    )
                    for phase in evasion.phases:
                        rng = random.Random(f"{self._seed} {evasion.name} {phase} {number}")
                        plan = self._plan(evasion, rng, phase)
                        # Whoever shows what another try has shown would be taken for a replay.
                        client.flushall()
                        outcome = await _meet(plan, own, store, rng)
                        done.append(Try(plan, outcome, *self._seen_by_others(plan, rng)))
                longest_round_s = max(longest_round_s, time.monotonic() - round_s)
            await store.aclose()
        return done

    def _plan(self, evasion: Evasion, rng: random.Random, phase: Phase) -> Plan:
        """Turns at a random instant: of the first second and a half, or after the screened one."""
        earliest_ms, latest_ms = (2500, 6000) if phase is Phase.SAMPLED else (500, 1500)
        turns_ms = rng.randrange(earliest_ms, latest_ms)
        return Plan(
            evasion=evasion,
            pictures=wardrobe(self._faces, rng),
            phase=phase,
            device=DeviceId(uuid.uuid4()),
            turns_ms=turns_ms,
            lasts_ms=turns_ms + (evasion.shows_ms or SHOWS_MS[phase]),
            verdict_ms=VERDICT_MS,
        )

    def _seen_by_others(self, plan: Plan, rng: random.Random) -> tuple[bool, bool]:
        """Whether three pictures at random instants, and the key frames, show anything."""
        if plan.evasion.is_lawful:
            return False, False
        lasts_ms = plan.turns_ms + (plan.evasion.leaves_ms or plan.lasts_ms - plan.turns_ms)
        instants = [rng.randrange(lasts_ms) for _ in range(SNAPSHOTS)]
        by_snapshots = any(self._shows(plan, at_ms, is_key=False) for at_ms in instants)
        keys = range(0, lasts_ms, KEY_EVERY_MS)
        return by_snapshots, any(self._shows(plan, at_ms, is_key=True) for at_ms in keys)

    def _shows(self, plan: Plan, at_ms: int, *, is_key: bool) -> bool:
        moment = Moment(at_ms=at_ms, since_ms=at_ms - plan.turns_ms, is_key=is_key)
        shot = plan.evasion.paint(moment, plan.pictures)
        if shot is None or not shot.is_dirty:
            return False
        picture = np.ascontiguousarray(shot.picture[..., ::-1])
        found = self._classifier.classify(picture).detections
        return any(each.label in RULES.nudity and each.score >= HOLD for each in found)


def _rules(evasion: Evasion) -> Thresholds:
    return LAWFUL if evasion.is_lawful else RULES


async def _meet(
    plan: Plan, judge: Judge, store: redis.asyncio.Redis, rng: random.Random
) -> Outcome:
    """One try: at the check a moving face has its turn, too, which must pass."""
    if plan.phase is Phase.CHECKED:
        outcome = await CheckAttempt(plan, judge, store).run()
        honest = replace(plan, evasion=replace(plan.evasion, paint=live_face))
        outcome.is_false_alarm = (await CheckAttempt(honest, judge, store).run()).catch is not None
        return outcome
    if plan.evasion.is_shown_twice:
        first = replace(plan, turns_ms=rng.randrange(plan.lasts_ms))
        await Attempt(first, judge, store, rng).run()
        plan = replace(plan, begins_ms=SECOND_AFTER_MS)
    return await Attempt(plan, judge, store, rng).run()


def _shelf(folder: Path) -> Shelf:
    """A bank with the one known picture."""
    hashes = tuple(crops.crop_hashes(np.ascontiguousarray(known_picture()[..., ::-1])))
    packed = snapshot.pack([KnownPicture(entry=1, is_active=True, hashes=hashes)])
    return open_or_build(folder, snapshot.digest(packed), lambda: packed)


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures; 1 when something passed that must not."""
    parser = argparse.ArgumentParser(description="What a hostile sender gets past the judges.")
    parser.add_argument("--tries", type=int, default=TRIES, help="per row and phase, at most")
    parser.add_argument("--short", action="store_true", help="one try each: about three minutes")
    parser.add_argument("--rows", nargs="+", choices=[each.name for each in EVASIONS])
    parser.add_argument("--seed", type=int, default=1, help="of pictures, phases and sampling")
    options = parser.parse_args(arguments)
    one_core.ensure("tests.bench.exposure", arguments, before=services.remove)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    cv2.setNumThreads(1)
    classifier = load_classifier()
    bench = Bench(classifier, faces(classifier.detect), options.seed)
    rows = [each for each in EVASIONS if options.rows is None or each.name in options.rows]
    tries = SHORT_TRIES if options.short else options.tries
    done = asyncio.run(bench.play(rows, tries, LONGEST_S))
    for evasion in rows:
        if own := [each for each in done if each.plan.evasion is evasion]:
            _publish_row(evasion, own)
    return _publish(done)


def _publish_row(evasion: Evasion, tries: Sequence[Try]) -> None:
    publish(
        f"exposure_{evasion.name}",
        _share(tries),
        "share caught",
        baseline=f"{SNAPSHOTS} pictures of each connection",
        baseline_value=sum(each.by_snapshots for each in tries) / len(tries),
        key_frames_only=round(sum(each.by_keys for each in tries) / len(tries), 2),
        counts=sorted(evasion.caught_by),
        detector_sees_it=evasion.is_visible,
        tries=len(tries),
        false_alarms=sum(each.outcome.is_false_alarm for each in tries),
        **{
            phase.value: _phase([each for each in tries if each.plan.phase is phase])
            for phase in evasion.phases
        },
    )


def _phase(tries: Sequence[Try]) -> dict[str, object]:
    waits_s = _waits_s(tries)
    return {
        "caught": round(_share(tries), 2),
        "p50_s": percentile(waits_s, 50) if waits_s else None,
        "p95_s": percentile(waits_s, 95) if waits_s else None,
        "frames_offered": sum(each.outcome.offered for each in tries),
        "frames_passed": sum(each.outcome.passed for each in tries),
    }


def _publish(tries: Sequence[Try]) -> int:
    screened = [each for each in tries if each.plan.phase is Phase.SCREENED]
    visible = [each for each in screened if each.plan.evasion.is_visible]
    passed = sum(each.outcome.passed for each in visible)
    publish(
        "frames_passed_screened",
        passed,
        "frames",
        baseline="offending frames that were sent meanwhile",
        baseline_value=sum(each.outcome.offered for each in visible),
        rows="those that the detector can see",
    )
    publish(
        "evasions_tried",
        len(tries),
        "tries",
        baseline="rows",
        baseline_value=len({each.plan.evasion.name for each in tries}),
    )
    publish(
        "evasions_caught",
        sum(each.outcome.catch is not None for each in tries),
        "tries",
        baseline=f"{SNAPSHOTS} pictures of each connection",
        baseline_value=sum(each.by_snapshots for each in tries),
        key_frames_only=sum(each.by_keys for each in tries),
    )
    unlawful = [each for each in tries if not each.plan.evasion.is_lawful]
    if sampled := _waits_s([each for each in unlawful if each.plan.phase is Phase.SAMPLED]):
        publish(
            "cut_p95_s",
            percentile(sampled, 95),
            "s, sampled, from the first offending packet to held, cut or closed; caught ones only",
            baseline="the same, p50",
            baseline_value=percentile(sampled, 50),
            samples=len(sampled),
        )
    return 1 if passed else 0


def _share(tries: Sequence[Try]) -> float:
    return sum(each.outcome.catch is not None for each in tries) / len(tries)


def _waits_s(tries: Sequence[Try]) -> list[float]:
    return [each.outcome.caught_ms / 1000 for each in tries if each.outcome.caught_ms is not None]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
