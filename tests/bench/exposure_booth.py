"""Where a hostile sender meets the camera check: a relay's booth, Redis and the judge.

Time is moved by hand, as in tests/bench/exposure_stage.
"""

import asyncio
import time
import uuid

import redis.asyncio

from chat.relay.booth import Booth
from chat.relay.lane import Lane
from chat.session.checking import CheckState, TellCheck
from chat.session.effects import Submit
from chat.stores.checks import Check
from moderation.judging import Judge
from moderation.packets import HEADER, Kind
from moderation.samples import Side
from moderation.stores import mailbox
from moderation.verdicts import Missing, Verdict
from reports.ids import ConversationId, ParticipantId
from reports.snapshots import Person
from tests.bench.exposure_stage import (
    AHEAD_MS,
    FRAME_EVERY_MS,
    KEY_EVERY_MS,
    NODE,
    STEP_MS,
    TICK_EVERY_MS,
    Camera,
    Outcome,
    Plan,
)
from tests.evasions import Catch, Moment


class CheckAttempt:
    """One sender before the check, from its first frame on; it is over when the check is."""

    def __init__(self, plan: Plan, judge: Judge, store: redis.asyncio.Redis) -> None:
        self._plan = plan
        self._judge = judge
        self._store = store
        self._camera = Camera()
        self._verdicts: list[tuple[int, Verdict]] = []
        self._told: TellCheck | None = None
        self._zero_ms = time.time_ns() // 1_000_000 + AHEAD_MS
        self._at_ms = 0
        self._lane = Lane()
        person = Person(participant=ParticipantId(uuid.uuid4()), device=plan.device)
        check = Check(
            id=ConversationId(uuid.uuid4()),
            person=person,
            pool="adult",
            node=NODE,
            started_ms=self._now_ms,
        )
        self._booth = Booth(check, self._lane, self._now_ms)
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """Play it until the check has passed or failed."""
        while not self._booth.is_over:
            if self._at_ms % FRAME_EVERY_MS == 0:
                self._shoot(self._at_ms // FRAME_EVERY_MS)
            if self._at_ms % TICK_EVERY_MS == 0:
                self._booth.tick(self._now_ms)
            await self._attend()
            self._at_ms += STEP_MS
        await self._attend()
        assert self._told is not None
        # A check that nobody has judged fails, too, and shows nothing.
        assert Missing.SCREENING not in self._told.missing, "the judge has not answered"
        if self._told.state is CheckState.FAILED:
            self.outcome.catch = Catch.NOT_PASSED
            self.outcome.caught_ms = self._at_ms
        return self.outcome

    @property
    def _now_ms(self) -> int:
        return self._zero_ms + self._at_ms

    def _shoot(self, number: int) -> None:
        is_key = self._at_ms % KEY_EVERY_MS == 0
        moment = Moment(at_ms=self._at_ms, since_ms=self._at_ms, is_key=is_key)
        shot = self._plan.evasion.paint(moment, self._plan.pictures)
        if shot is None:
            return
        self.outcome.offered += shot.is_dirty
        payload = self._camera.encode(shot.picture, is_key=is_key)
        kind = Kind.DELTA if payload[0] & 1 else Kind.KEY
        data = HEADER.pack(kind, number, self._at_ms * 1000) + payload
        self._booth.data(Side.A, self._lane, data, self._now_ms)

    async def _attend(self) -> None:
        """Hand in what the booth asked for, and deliver the verdicts that are due."""
        while not self._booth.orders.empty():
            match self._booth.orders.get_nowait():
                case Submit(sample=sample):
                    await mailbox.save(self._store, sample, self._now_ms)
                    verdict = self._judge.judge_next(sample.stream)
                    assert verdict is not None, "the judge found nothing to judge"
                    self._verdicts.append((self._at_ms + self._plan.verdict_ms, verdict))
                case TellCheck() as told:
                    self._told = told
        due = [verdict for at_ms, verdict in self._verdicts if at_ms <= self._at_ms]
        self._verdicts = [entry for entry in self._verdicts if entry[0] > self._at_ms]
        for verdict in due:
            self._booth.verdict(verdict, self._now_ms)
        await asyncio.sleep(0)
