"""A stream before the real judge: its submissions, and what came of them."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

import numpy as np
import redis
import redis.asyncio

from moderation.classifiers.screening import ScreeningClassifier
from moderation.dispatch import OPS, RECORD_FINDING
from moderation.judging import Judge, now_ms
from moderation.packets import Packet
from moderation.samples import Purpose, Sample, Side, Subject
from moderation.stores import bars, findings, lines, mailbox
from moderation.stores.lines import StoredLine
from moderation.thresholds import AgeRules, Limits, Thresholds
from moderation.verdicts import Verdict
from reports.ids import ConversationId
from reports.snapshots import Finding
from tests.integration.moderation.outbox import Outbox
from tests.moderation_cases import astronaut, film, sample
from tests.streams import SUBJECT

OFF = AgeRules(suspend_years=0, doubt_years=0, minimum_faces=3)
RULES = Thresholds(
    version="t", sha256="", nudity={"FACE_FEMALE": Limits(hold=0.35, cut=0.5)}, age=OFF
)
"""A face stands in for what breaks the rules."""


class Room:
    """One stream, its relay's submissions and the judge who answers them."""

    def __init__(
        self,
        sync: redis.Redis,
        client: redis.asyncio.Redis,
        classifier: ScreeningClassifier,
        outbox: Outbox,
    ) -> None:
        self.sync = sync
        self.client = client
        self.outbox = outbox
        self.judge = Judge(client=sync, classifier=classifier, rules=RULES, send=outbox.send)
        self.subject: Subject = replace(SUBJECT, conversation=ConversationId(uuid4()))
        self._number = 0

    def under(self, age: AgeRules, **nudity: Limits) -> None:
        self.judge = replace(self.judge, rules=replace(RULES, age=age, nudity=nudity))

    async def submit(
        self,
        chain: Sequence[Packet],
        purpose: Purpose = Purpose.SAMPLE,
        *,
        first_seq: int | None = None,
        later_ms: int = 0,
    ) -> Sample:
        self._number += 1
        submission = sample(
            now(chain, later_ms),
            purpose=purpose,
            first_seq=first_seq,
            number=self._number,
            subject=self.subject,
        )
        await mailbox.save(self.client, submission, submission.captured_ms)
        return submission

    async def ask(
        self,
        chain: Sequence[Packet],
        purpose: Purpose = Purpose.SAMPLE,
        *,
        first_seq: int | None = None,
        later_ms: int = 0,
    ) -> Verdict:
        submission = await self.submit(chain, purpose, first_seq=first_seq, later_ms=later_ms)
        verdict = self.judge.judge_next(submission.stream)
        assert verdict is not None
        assert verdict.sha256 == submission.sha256
        assert (verdict.first_seq, verdict.last_seq) == (submission.first_seq, submission.last_seq)
        return verdict

    def found(self) -> Finding:
        (order,) = self.outbox.orders
        assert (order.task, order.queue) == (RECORD_FINDING, OPS)
        (pending,) = findings.pending(self.sync, 2**45)
        assert order.kwargs == {"finding": str(pending)}
        finding = findings.load(self.sync, pending)
        assert finding is not None
        return finding

    async def is_barred(self) -> bool:
        return await bars.has(self.client, self.subject.participant, self.subject.device)

    async def partner_says(self, text: str) -> None:
        line = StoredLine(at_ms=now_ms(), side=Side.B, text=text, was_withheld=False)
        await lines.append(self.client, self.subject.conversation, line)


def now(chain: Sequence[Packet], later_ms: int = 0) -> list[Packet]:
    """The same packets, the last of them arriving now, or so much later."""
    shift = now_ms() + later_ms - chain[-1].arrived_ms
    return [packet._replace(arrived_ms=packet.arrived_ms + shift) for packet in chain]


def dirty(frames: int = 4) -> list[Packet]:
    """A face that moves: no frame covers its neighbour. 100 ms from frame to frame."""
    mirrored = np.ascontiguousarray(astronaut()[:, ::-1])
    return film([mirrored if index % 2 else astronaut() for index in range(frames)])
