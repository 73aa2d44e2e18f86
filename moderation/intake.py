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

from moderation import text as text_reading
from moderation.context import at, finding_id, frozen_context
from moderation.dispatch import (
    ATTACH_EVIDENCE,
    JUDGE_SAMPLE,
    LIVE,
    OPENING,
    OPS,
    RECORD_FINDING,
    Dispatcher,
    DispatchFull,
    Order,
    shared_dispatcher,
)
from moderation.packets import Packet
from moderation.samples import Purpose, Sample, StreamId, Subject
from moderation.stores import bars, findings, lines, mailbox, media, verdicts
from moderation.stores.lines import StoredLine
from moderation.stores.mailbox import Saved
from moderation.verdicts import Verdict
from reports.ids import ReportId
from reports.rules import Rule
from reports.snapshots import Finding, Snapshot

PARTNER_LINES_READ = 3
"""An age question counts when it is among the partner's last lines."""


class ScreeningUnavailable(Exception):  # noqa: N818
    """Nothing can be judged now."""


class WindowOutstanding(ScreeningUnavailable):
    """A window of this stream still waits for its verdict and is never overwritten (I1)."""


class Submitted(StrEnum):
    """QUEUED, or REPLACED: an older sample gave way unjudged, so the stream is to be held (I7)."""

    QUEUED = "queued"
    REPLACED = "replaced"


class LineOutcome(StrEnum):
    """PASS on, WITHHOLD from the partner, or FINDING: the conversation is over."""

    PASS = "pass"  # noqa: S105
    WITHHOLD = "withhold"
    FINDING = "finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineJudgement:
    """What becomes of a line. `text` is exactly what was judged and may be passed on."""

    outcome: LineOutcome
    text: str
    rule: Rule | None
    detail: str


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
        except RedisError as error:
            raise ScreeningUnavailable("the mailbox is away") from error
        match saved:
            case Saved.OCCUPIED:
                raise WindowOutstanding(sample.stream)
            case Saved.NEW | Saved.OVERDUE:
                await self._enqueue(sample, OPENING if is_opening else LIVE)
            case Saved.KEPT:
                return Submitted.QUEUED
            case Saved.REPLACED:
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

    async def _enqueue(self, sample: Sample, queue: str) -> None:
        kwargs: dict[str, str | int] = {"stream": sample.stream, "deadline_ms": sample.deadline_ms}
        try:
            self._dispatcher.send(Order(task=JUDGE_SAMPLE, kwargs=kwargs, queue=queue))
        except DispatchFull as error:
            await mailbox.discard(self._client, sample)
            raise ScreeningUnavailable("the broker is away") from error


async def judge_line(
    client: redis.asyncio.Redis, *, subject: Subject, text: str, now_ms: int
) -> LineJudgement:
    """Judge a line of `subject` and remember it with its conversation.

    A FINDING bars the speaker at once and is on its way to a report with both sides' lines; the
    caller ends the conversation. Raises `ScreeningUnavailable`: then the line is not passed on.
    """
    cleaned = text_reading.clean(text)
    if not cleaned:
        return LineJudgement(
            outcome=LineOutcome.WITHHOLD, text="", rule=Rule.OTHER, detail="nothing to read"
        )
    try:
        known = await lines.load(client, subject.conversation)
        is_minor = _states_minority(subject, cleaned, known)
        line = StoredLine(at_ms=now_ms, side=subject.side, text=cleaned, was_withheld=is_minor)
        await lines.append(client, subject.conversation, line)
        if is_minor:
            await _find_minor(client, subject, (*known, line), now_ms)
    except RedisError as error:
        raise ScreeningUnavailable("lines cannot be judged now") from error
    if is_minor:
        return LineJudgement(
            outcome=LineOutcome.FINDING, text=cleaned, rule=Rule.MINOR, detail="age under 18"
        )
    return LineJudgement(outcome=LineOutcome.PASS, text=cleaned, rule=None, detail="")


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


def _states_minority(subject: Subject, text: str, known: Sequence[StoredLine]) -> bool:
    own = [line.text for line in known if line.side is subject.side]
    partner = [line.text for line in known if line.side is not subject.side]
    return text_reading.states_age_under_18(text, own, partner[-PARTNER_LINES_READ:])


async def _find_minor(
    client: redis.asyncio.Redis, subject: Subject, known: Sequence[StoredLine], now_ms: int
) -> None:
    found_at = at(now_ms)
    finding = Finding(
        id=finding_id(subject, f"line:{now_ms}"),
        rule=Rule.MINOR,
        is_child_safety=True,
        cut=True,
        was_pressed=False,
        snapshot=frozen_context(subject, known, found_at),
        found_at=found_at,
        evidence=(),
    )
    # Kept first: whatever fails after it, the sweep has it recorded.
    await findings.save(client, finding)
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
