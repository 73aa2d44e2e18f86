"""The judge of a screening process: takes what waits, judges it, and lets the verdict be known.

Order matters. Before a CUT is told, the finding is kept and the person barred, so that whatever
fails afterwards it becomes a report; its stills, which take long, are added once the CUT is told.
PostgreSQL is never touched here.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import redis

from moderation import evidence, hashing, pipeline, policy, recognition, replays
from moderation.bank.shelf import Shelf
from moderation.bank.watch import no_bank
from moderation.classifiers.base import Classifier
from moderation.context import AGE_LABEL, KNOWN_LABEL, at, finding_id, frozen_context
from moderation.decoding import decode
from moderation.dispatch import OPS, RECORD_FINDING, DispatchFull, Order
from moderation.hashing import HASH_BITS
from moderation.lines import judge as line_judge
from moderation.pipeline import Judged, UndecodableError
from moderation.policy import Judgement, Memory
from moderation.prevalence import Draw
from moderation.recognition import Banks
from moderation.samples import Purpose, Sample, StreamId
from moderation.stores import (
    ages,
    bars,
    doubts,
    findings,
    lines,
    mailbox,
    nudity,
    verdicts,
)
from moderation.thresholds import Thresholds
from moderation.verdicts import Decision, Reason, Verdict
from moderation.window_decoders import WindowDecoders
from reports.rules import Rule
from reports.snapshots import Finding, Score, Speaker

logger = logging.getLogger(__name__)

PRESSED_WITHIN = timedelta(minutes=5)
"""The partner's lines of so long before a cut are read for pressing words (I10)."""

_HOLDING = {Reason.UNDER_AGE, Reason.KNOWN_PICTURE}
"""What keeps somebody out until a person decides, also when they were pressed."""

MARK_WAIT_S = 0.3
FAREWELL_WAIT_S = 2.0
"""Longer than anybody decodes; a mark that stands then is that of a process that died. A farewell
and what was sent after it may be taken by two processes at once."""
MARK_AGAIN_S = 0.02
DEATHS_MAX = 1
"""A worker may be killed from outside while it decodes. The bytes that it had are gone; after one
death the stream's later ones are tried, after a second one none are (I7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What a screening process judges with. `send` hands a task to the dispatcher, `shelf` is the
    banks' newest copy, `rng` draws the views of a frame, which nobody is to foresee (I6), and
    `draw` the frames for prevalence, where the operator wants any."""

    client: redis.Redis
    classifier: Classifier
    rules: Thresholds
    send: Callable[[Order], None]
    shelf: Callable[[], Shelf | None] = no_bank
    rng: random.Random = field(default_factory=random.SystemRandom)
    windows: WindowDecoders = field(default_factory=WindowDecoders)
    draw: Draw | None = None

    def judge_next(self, stream: StreamId, takes_ms: int = 0) -> Verdict | None:
        """Judge what waits of `stream`; None when nothing does.

        Raises `Overdue` for what nobody saw and whose deadline is less than `takes_ms` away: nobody
        will wait for the verdict. A sample was seen, so it is judged however late. Raises
        `RedisError`: then nobody hears anything, and holds.
        """
        sample = mailbox.claim(self.client, stream, now_ms() + takes_ms)
        if sample is None:
            return None
        memory = self._recall(stream)
        judged = self._judge(sample, memory)
        finding = self._find(sample, judged) if _is_found(judged.judgement) else None
        # Before the verdict is told: the next submission may follow it at once, elsewhere.
        self._remember(stream, memory, judged.judgement.memory)
        verdict = verdicts.publish(self.client, self._draft(sample, judged), sample.node)
        if finding is not None:
            self._hand_over(finding, sample, judged)
        elif self.draw is not None and judged.drawn is not None and self._is_passed(judged):
            versions = (self.classifier.version, self.rules.version)
            self.draw.keep(judged.drawn, sample, _scores(judged, self.rules), versions)
        return verdict

    def _is_passed(self, judged: Judged) -> bool:
        """Whether nothing at all speaks against keeping a frame: the machine cleared it, nobody has
        to decide about the stream, and an age was seen that is not in doubt (I9)."""
        judgement = judged.judgement
        is_of_age = not judgement.keep_screened and (
            judgement.median_years is not None or not self.rules.age.need_faces
        )
        is_waiting = judgement.memory.nudity.is_reported
        return judgement.decision is Decision.CLEAR and is_of_age and not is_waiting

    def _recall(self, stream: StreamId) -> Memory:
        return Memory(nudity=nudity.load(self.client, stream), ages=ages.load(self.client, stream))

    def _remember(self, stream: StreamId, before: Memory, after: Memory) -> None:
        if after.nudity != before.nudity:
            nudity.save(self.client, stream, after.nudity)
        if after.ages is not None and after.ages != before.ages:
            ages.save(self.client, stream, after.ages)

    def _judge(self, sample: Sample, memory: Memory) -> Judged:
        stream = sample.stream
        if not self._mark(sample):
            logger.warning("stream %s has killed workers; its bytes are not decoded", stream)
            return _refused(memory)
        try:
            is_window = sample.purpose is Purpose.WINDOW
            pictures = pipeline.decode_sample(sample, self.windows.decode if is_window else decode)
        except UndecodableError as error:
            logger.info("stream %s can't be decoded: %s", stream, error)
            return _refused(memory)
        finally:
            mailbox.unmark(self.client, stream)
        judged = pipeline.judge(
            sample,
            pictures,
            classify=self.classifier.classify,
            detect=self.classifier.detect,
            rules=self.rules,
            memory=memory,
            rng=self.rng,
        )
        banks = Banks(shelf=self.shelf, client=self.client, send=self.send)
        hashed = hashing.hash_frames(pictures, judged)
        judged = recognition.recognise(sample, hashed, judged, banks)
        judged = replays.watch(sample, hashed, judged, self.client)
        if self.draw is not None:
            return replace(judged, drawn=self.draw.draw(sample, pictures, self.rng))
        return judged

    def _mark(self, sample: Sample) -> bool:
        """Mark the stream, False when it kills workers; waits for a process that still decodes
        what came before, or the stream's farewell."""
        is_farewell = sample.purpose is Purpose.FAREWELL
        gives_up_s = time.monotonic() + (FAREWELL_WAIT_S if is_farewell else MARK_WAIT_S)
        while not mailbox.mark(self.client, sample.stream):
            if time.monotonic() >= gives_up_s:
                return mailbox.note_death(self.client, sample.stream) <= DEATHS_MAX
            time.sleep(MARK_AGAIN_S)
        return True

    def _draft(self, sample: Sample, judged: Judged) -> Verdict:
        judgement = judged.judgement
        # What a person is to decide about is not to be seen again before they have.
        waits_for_person = judgement.memory.nudity.is_reported
        return Verdict(
            stream=sample.stream,
            epoch=sample.epoch,
            n=0,
            sample=sample.number,
            decision=judgement.decision,
            reasons=judgement.reasons,
            first_seq=sample.first_seq,
            last_seq=sample.last_seq,
            sha256=sample.sha256,
            judged_captured_ms=sample.captured_ms,
            score=judgement.score,
            again_in_ms=judgement.again_in_ms,
            keep_screened=judgement.keep_screened or judged.is_loop or waits_for_person,
            model_version=self.classifier.version,
            thresholds_version=self.rules.version,
            missing=judged.missing,
            has_face=judgement.has_face,
            is_borderline=judgement.is_borderline,
        )

    def _find(self, sample: Sample, judged: Judged) -> Finding:
        """Keep what is found, without stills; the sweep records it if nobody else does."""
        finding = self._finding(sample, judged)
        subject = sample.subject
        findings.save_now(self.client, finding)
        # Who was pressed gets help and no strike; whoever else is cut is out at once.
        is_barred = not finding.was_pressed or not _HOLDING.isdisjoint(judged.judgement.reasons)
        if not finding.cut:
            doubts.note_now(self.client, subject.device)
        elif is_barred:
            bars.set_bar_now(self.client, subject.participant, subject.device, finding.id)
        return finding

    def _hand_over(self, finding: Finding, sample: Sample, judged: Judged) -> None:
        """Add the stills, and have the finding recorded."""
        if finding.evidence:
            stills = evidence.of_finding(judged.offending, sample.packets)
            findings.save_now(self.client, replace(finding, evidence=stills))
        try:
            kwargs = {"finding": str(finding.id)}
            self.send(Order(task=RECORD_FINDING, kwargs=kwargs, queue=OPS))
        except DispatchFull:
            logger.warning("finding %s waits for the sweep", finding.id)

    def _finding(self, sample: Sample, judged: Judged) -> Finding:
        judgement = judged.judgement
        is_cut = judgement.decision is Decision.CUT
        found_at = at(now_ms())
        known = lines.load_now(self.client, sample.subject.conversation)
        context = frozen_context(sample.subject, known, found_at)
        pressing = [
            line.text
            for line in context.lines
            if line.speaker is Speaker.PARTNER and found_at - line.at <= PRESSED_WITHIN
        ]
        match = judged.match
        # The rule of a known picture is its entry's to say, which is read where the bank is.
        is_seen = judgement.is_nudity_confirmed or match is not None or not is_cut
        rule = Rule.NUDITY if is_seen else Rule.MINOR
        what = f"bank:{match.entry}" if match else f"{'cut' if is_cut else 'unsure'}:{rule}"
        return Finding(
            # One for each stream and rule: a farewell that shows the same offence is no second one.
            id=finding_id(sample.subject, what),
            rule=rule,
            # Nudity of somebody whose age is in doubt is sealed like a statement of age (I11).
            is_child_safety=not is_seen or match is not None or judgement.keep_screened,
            cut=is_cut,
            was_pressed=is_seen
            and (judgement.keep_screened or line_judge.shipped().presses(pressing)),
            snapshot=replace(
                context,
                scores=_scores(judged, self.rules),
                model_version=self.classifier.version,
                thresholds_version=self.rules.version,
            ),
            found_at=found_at,
            # No picture of somebody who is only thought to be under age (I9).
            evidence=evidence.of_finding((), sample.packets) if is_seen else (),
            match=match,
        )


def now_ms() -> int:
    """The server's clock, Unix time in ms."""
    return time.time_ns() // 1_000_000


def _is_found(judgement: Judgement) -> bool:
    """Whether it becomes a report: every CUT, and what a person has to decide."""
    return judgement.decision is Decision.CUT or judgement.needs_person


def _refused(memory: Memory) -> Judged:
    return Judged(judgement=policy.refuse(Reason.UNDECODABLE, memory), frames=(), offending=())


def _scores(judged: Judged, rules: Thresholds) -> tuple[Score, ...]:
    """The highest score of each class that breaks a rule, how much of a known hash agrees (its
    share of 256 bits), then the median age."""
    highest: dict[str, float] = {}
    for frame in judged.frames:
        for detection in frame.scores.everything:
            if detection.label in rules.nudity:
                highest[detection.label] = max(detection.score, highest.get(detection.label, 0.0))
    years = judged.judgement.median_years
    age = () if years is None else (Score(label=AGE_LABEL, value=round(years, 1)),)
    if judged.match is not None:
        highest[KNOWN_LABEL] = round(1 - judged.match.distance / HASH_BITS, 2)
    return (*(Score(label=label, value=value) for label, value in highest.items()), *age)
