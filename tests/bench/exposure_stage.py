"""Where a hostile sender meets the real thing: a relay's room, Redis and the judge with its models.

Time is moved by hand, so that a conversation of twenty seconds takes as long as its frames take to
encode and to judge, and other work on the machine changes no figure: a verdict comes `verdict_ms`
after its sample was handed in, however long judging took.
"""

import asyncio
import random
import time
import uuid
from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

import av
import redis.asyncio
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from chat.relay.lane import Lane
from chat.relay.rooms import Errand, Room
from chat.sampler import Limits
from chat.session.direction import Direction
from chat.session.effects import Submit
from moderation.judging import Judge
from moderation.packets import HEADER, Kind
from moderation.samples import Sample, Side, Subject
from moderation.stores import mailbox
from moderation.verdicts import Decision, Reason, Verdict
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.disguises import Picture
from tests.evasions import Catch, Coded, Evasion, Moment, Phase, Wardrobe
from tests.streams import SUBJECT

FRAME_EVERY_MS = 100
KEY_EVERY_MS = 2000
STEP_MS = 10
TICK_EVERY_MS = 50
AHEAD_MS = 3_600_000
"""The hand-moved clock is so far ahead of the real one that nothing is ever too late for it."""
AFTERMATH_MS = 1000
NODE = "relay-bench"
_STOPS = frozenset({Catch.CUT, Catch.CLOSED})


@dataclass(slots=True)
class Outcome:
    """What became of one attempt: how it was first caught in a way that counts, ms after the first
    dirty packet; and of how many dirty packets how many came to the partner. `is_false_alarm`:
    something was found before there was anything to find."""

    catch: Catch | None = None
    caught_ms: int | None = None
    offered: int = 0
    passed: int = 0
    is_false_alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One attempt: the evasion, where (screened throughout, or for a second and then sampled), when
    the sender turns and how long a conversation may last, in ms since it attached. `device` is the
    sender's; it attaches `begins_ms` after the attempt is made, by the hand-moved clock."""

    evasion: Evasion
    pictures: Wardrobe
    phase: Phase
    device: DeviceId
    turns_ms: int
    lasts_ms: int
    verdict_ms: int
    begins_ms: int = 0


class Camera:
    """VP8 as browsers encode it, key frames on demand."""

    def __init__(self) -> None:
        self._context: VideoCodecContext | None = None
        self._number = 0

    def encode(self, picture: Picture, *, is_key: bool) -> bytes:
        """The next frame; one of another size begins anew with a key frame."""
        height, width = picture.shape[:2]
        if self._context is None or (self._context.width, self._context.height) != (width, height):
            self._context = _encoder(width, height)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
        frame.pts = self._number
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        self._number += 1
        (packet,) = self._context.encode(frame)
        return bytes(packet)


class Attempt:
    """One sender (side a) against one partner (side b), who acknowledges all and sends nothing."""

    def __init__(
        self, plan: Plan, judge: Judge, store: redis.asyncio.Redis, rng: random.Random
    ) -> None:
        self._plan = plan
        self._judge = judge
        self._store = store
        self._wrap = plan.evasion.wrap()
        self._camera = Camera()
        self._asked: list[tuple[Side, Errand]] = []
        self._verdicts: list[tuple[int, Side, Verdict]] = []
        self._dirty: set[int] = set()
        self._first_dirty_ms: int | None = None
        self._seq = 0
        self._key_ms = 0
        self._zero_ms = time.time_ns() // 1_000_000 + AHEAD_MS + plan.begins_ms
        self._at_ms = 0
        self._lanes = {side: Lane() for side in Side}
        self._wants_key = True
        self._received: dict[Side, int] = {}
        self._is_stopped = False
        self.outcome = Outcome()
        screened_ms = None if plan.phase is Phase.SCREENED else 1000
        limits = Limits(screened_ms=screened_ms, verdict_max_age_ms=10_000)
        conversation = ConversationId(uuid.uuid4())
        directions = {
            side: Direction(
                subject=self._subject(conversation, side),
                node=NODE,
                limits=limits,
                rng=rng,
                latest=None,
                now_ms=self._now_ms,
            )
            for side in Side
        }
        self._room = Room(
            conversation,
            directions,
            lambda side, errand: self._asked.append((side, errand)),
        )

    async def run(self) -> Outcome:
        """Play it to its end: until the sender is stopped for good, or time is up."""
        writers = [
            asyncio.create_task(lane.run(partial(self._arrive, side)))
            for side, lane in self._lanes.items()
        ]
        for side in Side:
            self._room.attach(side, 1, self._lanes[side], self._now_ms)
        plan, is_gone, ends_ms = self._plan, False, self._plan.lasts_ms
        leaves_ms = plan.evasion.leaves_ms
        while self._at_ms < ends_ms:
            if self._at_ms % FRAME_EVERY_MS == 0 and not is_gone:
                self._shoot()
            if self._at_ms % TICK_EVERY_MS == 0:
                self._room.tick(self._now_ms)
            await self._attend()
            has_left = leaves_ms is not None and self._at_ms >= plan.turns_ms + leaves_ms
            if not is_gone and (has_left or self._is_stopped):
                is_gone, ends_ms = True, self._at_ms + AFTERMATH_MS
                self._room.detach(Side.A, self._lanes[Side.A], self._now_ms)
            self._at_ms += STEP_MS
        self._room.stop(self._now_ms)
        self._room.close(None)
        await asyncio.gather(*writers)
        return self.outcome

    @property
    def _now_ms(self) -> int:
        return self._zero_ms + self._at_ms

    def _shoot(self) -> None:
        """Take a picture, and send what the evasion makes of it."""
        is_key = self._wants_key or self._at_ms - self._key_ms >= KEY_EVERY_MS
        moment = Moment(
            at_ms=self._at_ms, since_ms=self._at_ms - self._plan.turns_ms, is_key=is_key
        )
        shot = self._plan.evasion.paint(moment, self._plan.pictures)
        if shot is None:
            return
        payload = self._camera.encode(shot.picture, is_key=is_key)
        kind = Kind.DELTA if payload[0] & 1 else Kind.KEY
        if kind is Kind.KEY:
            self._wants_key, self._key_ms = False, self._at_ms
        stamp_us = self._at_ms * 1000
        coded = Coded(kind=kind, payload=payload, stamp_us=stamp_us, is_dirty=shot.is_dirty)
        for each in self._wrap(coded, moment):
            self._send(each)

    def _send(self, coded: Coded) -> None:
        if coded.is_dirty:
            self.outcome.offered += 1
            self._dirty.add(self._seq)
            if self._first_dirty_ms is None:
                self._first_dirty_ms = self._at_ms
        data = HEADER.pack(coded.kind, self._seq, coded.stamp_us) + coded.payload
        self._seq += 1
        lane = self._lanes[Side.A]
        self._room.data(Side.A, lane, data, self._now_ms)
        if lane.close_code is not None and 4400 <= lane.close_code < 4500:
            self._caught(Catch.CLOSED)

    async def _attend(self) -> None:
        """Hand in what the room asked for, deliver the verdicts that are due, and let lanes run."""
        for side, errand in self._take_asked():
            if isinstance(errand, Submit):
                await self._submit(side, errand.sample)
        due = [entry for entry in self._verdicts if entry[0] <= self._at_ms]
        self._verdicts = [entry for entry in self._verdicts if entry[0] > self._at_ms]
        for _, side, verdict in due:
            self._room.verdict(side, verdict, self._now_ms)
            self._note(verdict)
        await asyncio.sleep(0)
        self._acknowledge()

    def _take_asked(self) -> list[tuple[Side, Errand]]:
        asked, self._asked = self._asked, []
        return asked

    async def _submit(self, side: Side, sample: Sample) -> None:
        await mailbox.save(self._store, sample, self._now_ms)
        verdict = self._judge.judge_next(sample.stream)
        assert verdict is not None, "the judge found nothing to judge"
        self._verdicts.append((self._at_ms + self._plan.verdict_ms, side, verdict))

    def _note(self, verdict: Verdict) -> None:
        if verdict.decision is Decision.CUT:
            self._caught(Catch.CUT)
        elif verdict.decision is Decision.HOLD and Reason.NUDITY in verdict.reasons:
            self._caught(Catch.HELD)
        elif verdict.decision is Decision.HOLD and Reason.AGE_UNSURE in verdict.reasons:
            self._caught(Catch.FACELESS)
        elif verdict.keep_screened:
            # Nobody's age is in doubt here.
            self._caught(Catch.LOOP)

    def _caught(self, catch: Catch) -> None:
        self._is_stopped = self._is_stopped or catch in _STOPS
        if self._first_dirty_ms is None:
            self.outcome.is_false_alarm = True
        elif self.outcome.catch is None and catch in self._plan.evasion.caught_by:
            self.outcome.catch = catch
            self.outcome.caught_ms = self._at_ms - self._first_dirty_ms
            # Nothing follows for who breaks no rule: the rest of it would tell nothing.
            self._is_stopped = self._is_stopped or self._plan.evasion.is_lawful

    async def _arrive(self, side: Side, message: MutableMapping[str, Any]) -> None:
        """What the relay sends comes to the browser of that side."""
        text, data = message.get("text"), message.get("bytes")
        if text is not None:
            self._wants_key = self._wants_key or (side is Side.A and '"key_frame"' in text)
        elif data is not None:
            _, seq, _ = HEADER.unpack_from(data)
            self.outcome.passed += seq in self._dirty
            self._received[side] = seq

    def _acknowledge(self) -> None:
        for side, seq in self._received.items():
            self._room.acknowledge(side, self._lanes[side], seq, self._now_ms)
        self._received.clear()

    def _subject(self, conversation: ConversationId, side: Side) -> Subject:
        """That side of the conversation; but for the sender's device nobody was ever seen."""
        ids = [uuid.uuid4() for _ in range(4)]
        return replace(
            SUBJECT,
            conversation=conversation,
            side=side,
            participant=ParticipantId(ids[0]),
            device=self._plan.device if side is Side.A else DeviceId(ids[1]),
            partner=Person(participant=ParticipantId(ids[2]), device=DeviceId(ids[3])),
            started_ms=self._zero_ms,
        )


def _encoder(width: int, height: int) -> VideoCodecContext:
    context = VideoCodecContext.create("libvpx", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, 1000 // FRAME_EVERY_MS)
    context.bit_rate = 1_200_000
    context.gop_size = 10_000
    # As many as libvpx likes wait for each other most of the time, on a small picture.
    context.thread_count = 1
    context.options = {
        "deadline": "realtime",
        "cpu-used": "8",
        "lag-in-frames": "0",
        "auto-alt-ref": "0",
        "error-resilient": "1",
    }
    return context
