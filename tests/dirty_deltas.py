"""Clean key frames with dirty deltas, rehearsed: a judge that knows which frames are dirty, and how
long it takes until the picture is held and cut. No clock but the simulated one."""

import random
from collections import deque
from dataclasses import dataclass

import numpy as np

from chat.sampler import Limits
from chat.session.effects import AskKeyFrame, Picture
from moderation import policy
from moderation.packets import Kind, Packet
from moderation.policy import Memory
from moderation.samples import Purpose, Sample
from moderation.verdicts import Verdict
from tests.judged_frames import frame, rules
from tests.packets import ZERO_MS, delta_payload, key_payload
from tests.rehearsal import Rehearsal, verdict_on

FRAME_MS = 50
KEY_EVERY_MS = 2000
VERDICT_AFTER_MS = 100
CLEAN_UP_TO_MS = 12_000
GIVE_UP_MS = 30_000

KEY_BYTES = 24_000
CALM_BYTES = 1500
LARGE_BYTES = 12_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Caught:
    """From the arrival of the first dirty frame until the picture was held, and was cut; how many
    dirty frames were passed on."""

    held_ms: int
    cut_ms: int
    passed: int


class DirtyDeltas:
    """One sender who is clean at first. `is_abrupt`: each turn to dirt costs a large delta, as an
    encoder makes it; otherwise the dirt fades in, and no size gives it away."""

    def __init__(self, seed: int, *, is_abrupt: bool, risk: float = 0.0) -> None:
        limits = Limits(screened_ms=500, verdict_max_age_ms=10_000, risk=risk)
        self._rng = random.Random(seed)
        self._rehearsal = Rehearsal(limits=limits, seed=seed)
        self._is_abrupt = is_abrupt
        self._dirty_from_ms = self._rng.randrange(2000, CLEAN_UP_TO_MS)
        self._memory = Memory()
        self._dirty: set[int] = set()
        self._due: deque[tuple[int, Verdict]] = deque()
        self._judged = self._heard = 0
        self._key_ms = -KEY_EVERY_MS

    def run(self) -> Caught:
        """Play until the picture is cut. Raises `AssertionError` when it never is."""
        ada = self._rehearsal.attach()
        first_ms = held_ms = 0
        while not ada.is_(Picture.CUT):
            assert ada.at_ms < self._dirty_from_ms + GIVE_UP_MS, "never caught"
            self._send()
            first_ms = first_ms or (ada.at_ms if self._dirty else 0)
            self._let_time_pass()
            if self._dirty and not held_ms and not ada.is_(Picture.SHOWN):
                held_ms = ada.at_ms
        passed = sum(packet.seq in self._dirty for packet in ada.forwarded)
        return Caught(held_ms=held_ms - first_ms, cut_ms=ada.at_ms - first_ms, passed=passed)

    def _send(self) -> None:
        ada = self._rehearsal
        asked = any(isinstance(effect, AskKeyFrame) for effect in ada.effects[self._heard :])
        self._heard = len(ada.effects)
        if asked or ada.at_ms - self._key_ms >= KEY_EVERY_MS:
            self._key_ms = ada.at_ms
            ada.send(Kind.KEY, payload=key_payload(size=KEY_BYTES))
            return
        is_dirty = ada.at_ms >= self._dirty_from_ms
        turns = is_dirty and (not self._dirty or self._key_ms == ada.at_ms - FRAME_MS)
        size = LARGE_BYTES if turns and self._is_abrupt else CALM_BYTES
        sent = ada.send(Kind.DELTA, payload=delta_payload(size=self._rng.randint(size // 2, size)))
        if is_dirty:
            self._dirty.add(sent.seq)

    def _let_time_pass(self) -> None:
        ada = self._rehearsal
        for _ in range(FRAME_MS // 10):
            ada.at_ms += 10
            ada.note(ada.direction.tick(ada.now_ms))
            while self._due and self._due[0][0] <= ada.at_ms:
                ada.hear(self._due.popleft()[1])
            for sample in ada.submitted[self._judged :]:
                self._due.append((ada.at_ms + VERDICT_AFTER_MS, self._judge(sample)))
            self._judged = len(ada.submitted)

    def _judge(self, sample: Sample) -> Verdict:
        frames = [
            frame(packet.arrived_ms - ZERO_MS, 0.9 if packet.seq in self._dirty else 0.0)
            for packet in _looked_at(sample)
        ]
        judgement = policy.decide(frames, rules(), self._memory)
        self._memory = judgement.memory
        return verdict_on(
            sample, sample.number, judgement.decision, again_in_ms=judgement.again_in_ms
        )


def _looked_at(sample: Sample) -> list[Packet]:
    """The frames that the pipeline would judge, when none covers another."""
    shown = [packet for packet in sample.packets if sample.first_seq <= packet.seq]
    if sample.purpose is not Purpose.FAREWELL:
        return shown
    steps = np.linspace(0, len(shown) - 1, min(4, len(shown)))
    return [shown[round(step)] for step in steps]
