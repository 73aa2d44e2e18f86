"""The front door for those who carry: pictures and lines go in here, verdicts are read here.

Errors:
    ScreeningUnavailable      Redis or the broker is away; a retry may help, the picture is held
    └── WindowOutstanding     the stream's window still waits for its verdict; the caller's mistake
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import redis.asyncio
from redis.exceptions import RedisError

from moderation.context import at, finding_id, frozen_context
from moderation.dispatch import (
    ATTACH_EVIDENCE,
    OPS,
    RECORD_FINDING,
    Dispatcher,
    DispatchFull,
    Order,
    shared_dispatcher,
    shift_order,
)
from moderation.lines import judge as line_judge
from moderation.lines import reading, repetition, rulebook
from moderation.lines.judge import LineVerdict
from moderation.lines.repetition import OPENING_LINES
from moderation.lines.rulebook import GRAVITY, Helps, LineOutcome
from moderation.packets import Packet
from moderation.samples import Purpose, Sample, StreamId, Subject
from moderation.stores import (
    attempts,
    bars,
    findings,
    lines,
    mailbox,
    media,
    repeats,
    turns,
    verdicts,
)
from moderation.stores.lines import StoredLine
from moderation.stores.mailbox import Saved
from moderation.stores.turns import Rank
from moderation.verdicts import Verdict
from reports.ids import ReportId
from reports.rules import CHILD_SAFETY_RULES, Rule
from reports.snapshots import Finding, Snapshot

PARTNER_LINES_READ = 3
"""An age question counts when it is among the partner's last lines."""

PASSING = frozenset({LineOutcome.PASS, LineOutcome.CAUTION})
"""What a line may be to be passed on."""


class ScreeningUnavailable(Exception):  # noqa: N818
    """Nothing can be judged now."""


class WindowOutstanding(ScreeningUnavailable):
    """A window of this stream still waits for its verdict and is never overwritten (I1)."""


class Submitted(StrEnum):
    """QUEUED, or REPLACED: an older sample gave way unjudged, so the stream is to be held (I7)."""

    QUEUED = "queued"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Advice to the one who receives a line, or would have: `about` names the line rule."""

    about: str
    rule: Rule
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineJudgement:
    """What becomes of a line. `text` is exactly what was judged and may be passed on.

    `rule`, `about` (the line rule) and `told` (why, in words) say what a line was withheld for.
    `caution` goes to the receiver, with the line or in its place. `help_in` is the language in
    which the speaker is shown help, "any" where none is known, None for no help.
    """

    outcome: LineOutcome
    text: str
    rule: Rule | None = None
    about: str = ""
    told: str = ""
    caution: Caution | None = None
    help_in: str | None = None


class Screening:
    """Hands in what is to be judged and reads what was answered; one per event loop."""

    def __init__(self, client: redis.asyncio.Redis, dispatcher: Dispatcher | None = None) -> None:
        self._client = client
        self._dispatcher = dispatcher or shared_dispatcher()

    async def submit(self, sample: Sample, *, is_opening: bool) -> Submitted:
        """Hand in `sample`; its verdict comes on the node's channel.

        `is_opening` says that nothing of this stream was shown yet. Raises `ScreeningUnavailable`,
        and `WindowOutstanding` for a second window before the first one's deadline.
        """
        try:
            saved = await mailbox.save(self._client, sample, _now_ms())
            if saved in {Saved.NEW, Saved.OVERDUE}:
                await self._wait_for_turn(sample, Rank.OPENING if is_opening else Rank.LIVE)
        except RedisError as error:
            raise ScreeningUnavailable("the mailbox is away") from error
        match saved:
            case Saved.OCCUPIED:
                raise WindowOutstanding(sample.stream)
            case Saved.KEPT:
                return Submitted.QUEUED
            case Saved.NEW | Saved.OVERDUE | Saved.REPLACED:
                pass
        # A window that was overdue was never shown: only a replaced sample hides what was on air.
        if saved is Saved.NEW or sample.purpose is Purpose.WINDOW:
            return Submitted.QUEUED
        return Submitted.REPLACED

    async def latest_verdict(self, stream: StreamId) -> Verdict | None:
        """The newest verdict, for who missed one. Raises `ScreeningUnavailable`."""
        try:
            return await verdicts.latest(self._client, stream)
        except RedisError as error:
            raise ScreeningUnavailable("the verdicts are away") from error

    async def close(self) -> None:
        """Close the connection; tasks already handed over are still sent."""
        await self._client.aclose()

    async def _wait_for_turn(self, sample: Sample, rank: Rank) -> None:
        shift = await turns.wait_for(self._client, sample, rank, _now_ms())
        if shift is None:
            return
        try:
            self._dispatcher.send(shift_order(shift))
        except DispatchFull as error:
            await turns.give_back(self._client, sample, rank, shift)
            await mailbox.discard(self._client, sample)
            raise ScreeningUnavailable("the broker is away") from error


async def judge_line(
    client: redis.asyncio.Redis, *, subject: Subject, text: str, now_ms: int
) -> LineJudgement:
    """Judge a line of `subject` and remember it with its conversation.

    A FINDING bars the speaker at once and is on its way to a report with both sides' lines; the
    caller ends the conversation. Raises `ScreeningUnavailable`: then the line is not passed on.
    """
    cleaned = reading.clean(text)
    if not cleaned:
        return LineJudgement(
            outcome=LineOutcome.WITHHOLD, text="", rule=Rule.OTHER, told="nothing to read"
        )
    try:
        known = await lines.load(client, subject.conversation)
        verdict = _judged(subject, cleaned, known)
        repeated = await _repeated(client, subject, cleaned, verdict, known)
        judgement = _judgement(cleaned, verdict, repeated)
        is_withheld = judgement.outcome not in PASSING
        line = StoredLine(at_ms=now_ms, side=subject.side, text=cleaned, was_withheld=is_withheld)
        await lines.append(client, subject.conversation, line)
        await _act(client, subject, verdict, repeated, (*known, line))
    except RedisError as error:
        raise ScreeningUnavailable("lines cannot be judged now") from error
    return judgement


async def snapshot(client: redis.asyncio.Redis, subject: Subject, now: datetime) -> Snapshot:
    """The frozen context for a report about `subject`. Raises `ScreeningUnavailable`."""
    try:
        known = await lines.load(client, subject.conversation)
    except RedisError as error:
        raise ScreeningUnavailable("the lines are away") from error
    return frozen_context(subject, known, now)


async def attach_media(
    client: redis.asyncio.Redis, report: ReportId, packets: Sequence[Packet]
) -> None:
    """Keep the reported side's last packets (10 s at most) and have them sealed to `report`.

    Raises `ScreeningUnavailable`; a retry helps as long as the caller still has the packets.
    """
    if not packets:
        return
    try:
        await media.save(client, report, packets)
        shared_dispatcher().send(
            Order(task=ATTACH_EVIDENCE, kwargs={"report": str(report)}, queue=OPS)
        )
    except (RedisError, DispatchFull) as error:
        raise ScreeningUnavailable("evidence cannot be attached now") from error


def _judged(subject: Subject, text: str, known: Sequence[StoredLine]) -> LineVerdict:
    own = [line.text for line in known if line.side is subject.side]
    partner = [line.text for line in known if line.side is not subject.side]
    return line_judge.shipped().judge(text, own, partner[-PARTNER_LINES_READ:])


async def _repeated(
    client: redis.asyncio.Redis,
    subject: Subject,
    text: str,
    verdict: LineVerdict,
    known: Sequence[StoredLine],
) -> LineOutcome:
    """What becomes of the line for being said in many rooms."""
    is_offer = any(match.rule.rule is Rule.SPAM for match in verdict.matches)
    if not is_offer and sum(line.side is subject.side for line in known) >= OPENING_LINES:
        return LineOutcome.PASS
    greetings = rulebook.shipped().greetings
    fingerprints = repetition.fingerprints(text, greetings, is_offer=is_offer)
    if not fingerprints:
        return LineOutcome.PASS
    noted = await repeats.note(client, subject.device, subject.conversation, fingerprints)
    return repetition.decide(noted, is_offer=is_offer)


def _judgement(text: str, verdict: LineVerdict, repeated: LineOutcome) -> LineJudgement:
    if GRAVITY.index(repeated) > GRAVITY.index(verdict.outcome):
        return LineJudgement(
            outcome=repeated,
            text=text,
            rule=Rule.SPAM,
            about=repetition.NAME,
            told=repetition.TOLD,
        )
    is_passed = verdict.outcome in PASSING
    withheld = None if is_passed else verdict.gravest
    rules = [match.rule for match in verdict.matches]
    # Nobody is cautioned of a line that they don't get, unless they need help because of it.
    cautioned = next(
        (rule for rule in rules if rule.advice and (is_passed or rule.helps is Helps.RECEIVER)),
        None,
    )
    helped = next((match for match in verdict.matches if match.rule.helps is Helps.SPEAKER), None)
    return LineJudgement(
        outcome=verdict.outcome,
        text=text,
        rule=withheld.rule if withheld else None,
        about=withheld.name if withheld else "",
        told=withheld.told if withheld else "",
        caution=Caution(about=cautioned.name, rule=cautioned.rule, advice=cautioned.advice)
        if cautioned
        else None,
        help_in=helped.language if helped else None,
    )


async def _act(
    client: redis.asyncio.Redis,
    subject: Subject,
    verdict: LineVerdict,
    repeated: LineOutcome,
    known: Sequence[StoredLine],
) -> None:
    """Bar whoever has to go at once; have a person look at what is done again and again."""
    if repeated is LineOutcome.FINDING:
        what = f"line:{repetition.NAME}"
        await _find(client, subject, Rule.SPAM, what, known, is_barred=True)
    for match in verdict.matches:
        rule = match.rule
        if rule.outcome is LineOutcome.FINDING:
            what = f"line:{known[-1].at_ms}"
            await _find(client, subject, rule.rule, what, known, is_barred=True)
        elif rule.report_after:
            count = await attempts.note(client, subject.device, rule.name, subject.conversation)
            if count and count % rule.report_after == 0:
                what = f"line:{rule.name}"
                await _find(client, subject, rule.rule, what, known, is_barred=False)


async def _find(
    client: redis.asyncio.Redis,
    subject: Subject,
    rule: Rule,
    what: str,
    known: Sequence[StoredLine],
    *,
    is_barred: bool,
) -> None:
    """Have the newest of the `known` lines recorded; `what` names the finding within the stream."""
    found_at = at(known[-1].at_ms)
    finding = Finding(
        id=finding_id(subject, what),
        rule=rule,
        is_child_safety=rule in CHILD_SAFETY_RULES,
        cut=is_barred,
        was_pressed=False,
        snapshot=frozen_context(subject, known, found_at),
        found_at=found_at,
        evidence=(),
    )
    # Kept first: whatever fails after it, the sweep has it recorded.
    await findings.save(client, finding)
    if is_barred:
        await bars.set_bar(client, subject.participant, subject.device, finding.id)
    try:
        shared_dispatcher().send(
            Order(task=RECORD_FINDING, kwargs={"finding": str(finding.id)}, queue=OPS)
        )
    except DispatchFull:
        # The sweep of pending findings sends it again.
        return


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
