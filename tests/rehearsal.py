"""One direction rehearsed without sockets: a clock of its own, a sender, a judge, what came out."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from chat.sampler import Limits
from chat.session.direction import Direction
from chat.session.effects import (
    AskKeyFrame,
    CloseSender,
    Effect,
    EndConversation,
    Forward,
    Picture,
    ReadVerdictStore,
    SendPicture,
    SetRate,
    Submit,
)
from moderation.packets import Kind, Packet
from moderation.samples import Purpose, Sample
from moderation.verdicts import Decision, Reason, Verdict
from tests.packets import ZERO_MS, packet
from tests.streams import SUBJECT

SCREENED_MS = 10_000
LIMITS = Limits(screened_ms=SCREENED_MS, verdict_max_age_ms=10_000)


def verdict_on(
    sample: Sample,
    n: int,
    decision: Decision = Decision.CLEAR,
    *,
    reason: Reason = Reason.NUDITY,
    again_in_ms: int | None = None,
    keep_screened: bool = False,
    has_face: bool = True,
    is_borderline: bool = False,
) -> Verdict:
    """What a judge answers to `sample`."""
    return Verdict(
        stream=sample.stream,
        epoch=sample.epoch,
        n=n,
        sample=sample.number,
        decision=decision,
        reasons=() if decision is Decision.CLEAR else (reason,),
        first_seq=sample.first_seq,
        last_seq=sample.last_seq,
        sha256=sample.sha256,
        judged_captured_ms=sample.captured_ms,
        score=0.0 if decision is Decision.CLEAR else 0.9,
        again_in_ms=again_in_ms,
        keep_screened=keep_screened,
        model_version="m",
        thresholds_version="t",
        has_face=has_face,
        is_borderline=is_borderline,
    )


@dataclass
class Rehearsal:
    """Times are ms since ZERO_MS."""

    latest: Verdict | None = None
    limits: Limits = LIMITS
    seed: int = 1
    strain: float = 0.0
    at_ms: int = 0
    seq: int = 0
    n: int = 0
    effects: list[Effect] = field(default_factory=list)
    forwarded: list[Packet] = field(default_factory=list)
    submitted: list[Sample] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.direction = Direction(
            subject=SUBJECT,
            node="relay-1",
            limits=self.limits,
            rng=random.Random(self.seed),
            latest=self.latest,
            now_ms=ZERO_MS,
        )

    @property
    def now_ms(self) -> int:
        return ZERO_MS + self.at_ms

    @property
    def state(self) -> Picture:
        return self.direction.state

    def is_(self, state: Picture) -> bool:
        return self.direction.state is state

    @property
    def waiting(self) -> Sample:
        """The newest submission."""
        return self.submitted[-1]

    def attach(self, limits: Limits | None = None) -> "Rehearsal":
        self.seq = 0
        self.note(self.direction.attached(self.now_ms, limits))
        return self

    def send(self, kind: Kind, *, payload: bytes | None = None) -> Packet:
        """The sender's next packet, now."""
        sent = packet(kind, self.seq, self.at_ms, payload=payload)
        self.seq += 1
        self.note(self.direction.packet(sent, self.now_ms))
        return sent

    def judge(
        self,
        decision: Decision = Decision.CLEAR,
        *,
        sample: Sample | None = None,
        n: int | None = None,
        reason: Reason = Reason.NUDITY,
        again_in_ms: int | None = None,
        keep_screened: bool = False,
        has_face: bool = True,
        is_borderline: bool = False,
    ) -> Verdict:
        """A verdict on the newest submission comes, the next in number."""
        self.n = self.n + 1 if n is None else n
        verdict = verdict_on(
            sample or self.waiting,
            self.n,
            decision,
            reason=reason,
            again_in_ms=again_in_ms,
            keep_screened=keep_screened,
            has_face=has_face,
            is_borderline=is_borderline,
        )
        self.hear(verdict)
        return verdict

    def hear(self, verdict: Verdict) -> None:
        self.note(self.direction.verdict(verdict, self.now_ms))

    def wait(self, span_ms: int) -> None:
        """Let time pass, ticking every 50 ms."""
        until_ms = self.at_ms + span_ms
        while self.at_ms < until_ms:
            self.at_ms = min(until_ms, self.at_ms + 50)
            self.note(self.direction.tick(self.now_ms, self.strain))

    def note(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            self.effects.append(effect)
            if isinstance(effect, Forward):
                self.forwarded.extend(effect.packets)
            elif isinstance(effect, Submit):
                self.submitted.append(effect.sample)

    def show(self) -> "Rehearsal":
        """Attach, send a key frame, have it cleared."""
        self.attach()
        self.send(Kind.KEY)
        self.judge()
        assert self.state is Picture.SHOWN
        return self

    def held(self, *, again_in_ms: int | None = None) -> "Rehearsal":
        """Attach, send a key frame, have it held."""
        self.attach()
        self.send(Kind.KEY)
        self.judge(Decision.HOLD, again_in_ms=again_in_ms)
        return self

    def film(self, span_ms: int, *, frame_ms: int = 100, is_judged: bool = True) -> None:
        """Send a picture for so long, a key frame every 2 s; submissions are cleared at once."""
        until_ms = self.at_ms + span_ms
        while self.at_ms < until_ms:
            judged = len(self.submitted)
            is_key = self.direction.footage.needs_key or self.at_ms % 2000 < frame_ms
            self.send(Kind.KEY if is_key else Kind.DELTA)
            while is_judged and judged < len(self.submitted):
                sample = self.submitted[judged]
                judged += 1
                self.judge(sample=sample)
            self.wait(frame_ms)
            while is_judged and judged < len(self.submitted):
                sample = self.submitted[judged]
                judged += 1
                self.judge(sample=sample)

    def film_to_a_sample(self) -> Sample:
        """Send a picture until the next sample of it is submitted, and leave that unjudged."""
        known = len(self.samples())
        while len(self.samples()) == known:
            self.film(100, is_judged=False)
        return self.samples()[known]

    def sampled(self) -> "Rehearsal":
        """Shown, and past the screened period."""
        self.show()
        self.film((self.limits.screened_ms or 0) + 200)
        assert self.passes()
        return self

    def passes(self) -> bool:
        """Whether a packet sent now is forwarded at once."""
        before = len(self.forwarded)
        self.send(Kind.KEY)
        return len(self.forwarded) > before

    def pictures(self) -> list[SendPicture]:
        return [effect for effect in self.effects if isinstance(effect, SendPicture)]

    def rates(self) -> list[SetRate]:
        return [effect for effect in self.effects if isinstance(effect, SetRate)]

    def key_frames_asked(self) -> int:
        return sum(isinstance(effect, AskKeyFrame) for effect in self.effects)

    def closings(self) -> list[int]:
        return [int(effect.code) for effect in self.effects if isinstance(effect, CloseSender)]

    def endings(self) -> list[EndConversation]:
        return [effect for effect in self.effects if isinstance(effect, EndConversation)]

    def store_reads(self) -> int:
        return sum(isinstance(effect, ReadVerdictStore) for effect in self.effects)

    def farewells(self) -> list[Sample]:
        return [sample for sample in self.submitted if sample.purpose is Purpose.FAREWELL]

    def samples(self) -> list[Sample]:
        return [sample for sample in self.submitted if sample.purpose is Purpose.SAMPLE]
