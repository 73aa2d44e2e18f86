"""What is decided about judged frames: CLEAR, HOLD or CUT, and why. Pure.

One of the two places that fail closed: whoever can't be judged is held (`refuse`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from moderation.classifiers.base import Scores
from moderation.thresholds import AgeRules, Limits, Thresholds
from moderation.verdicts import Decision, Reason

CONFIRM_AFTER_MS = 200
"""A second frame over `cut` confirms the first from here on: neighbours share one mistake."""
CONFIRM_WITHIN_MS = 2000
"""And no later than this: what lasts shorter is more often an error than an offence."""
AGAIN_IN_MS = 250
"""How soon the relay is asked for the second frame."""

FACES_WITHIN_MS = 10_000
"""Judged for so long with too few usable faces: held, and never clear from there on (I9)."""
AGE_SPACING_MS = 400
"""Faces closer together are one measurement: neighbouring frames share their error."""
AGES_KEPT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """The first frame over `cut`: when it was captured (Unix ms), its score (0.0-1.0)."""

    captured_ms: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeRecord:
    """Ages in years of a stream's usable faces, oldest first; judged since `since_ms`.

    `newest_ms` is the capture of the newest age, 0 while there is none.
    """

    since_ms: int
    newest_ms: int
    ages: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What earlier verdicts of the stream left behind."""

    suspicion: Suspicion | None
    ages: AgeRecord | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFrame:
    """The scores of one frame: packet `seq`, captured at `captured_ms` (Unix, server's clock)."""

    seq: int
    captured_ms: int
    scores: Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The decision and what to remember. `offending` are packets over a threshold.

    `is_nudity_confirmed` says that two frames agreed, so that the CUT is for what was seen.
    `score` is the highest that led to `reasons`; `median_years` is None below the minimum of faces.
    """

    decision: Decision
    reasons: tuple[Reason, ...]
    score: float
    again_in_ms: int | None
    keep_screened: bool
    offending: tuple[int, ...]
    is_nudity_confirmed: bool
    median_years: float | None
    memory: Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nudity:
    decision: Decision
    score: float
    offending: tuple[int, ...]
    suspicion: Suspicion | None


def decide(frames: Sequence[JudgedFrame], rules: Thresholds, memory: Memory) -> Judgement:
    """What to do about `frames` (at least one, in the order of capture)."""
    nudity = _decide_nudity(frames, rules, memory.suspicion)
    record = _remember_ages(frames, memory.ages)
    enough = len(record.ages) >= rules.age.minimum_faces
    years = median(record.ages) if enough and rules.age.need_faces else None
    is_under_age = years is not None and years < rules.age.suspend_years
    is_unsure = (
        rules.age.need_faces
        and not enough
        and frames[-1].captured_ms - record.since_ms >= FACES_WITHIN_MS
    )
    # The first reason is the one that people are told.
    reasons = tuple(
        reason
        for reason, applies in (
            (Reason.NUDITY, nudity.decision is Decision.CUT),
            (Reason.UNDER_AGE, is_under_age),
            (Reason.NUDITY, nudity.decision is Decision.HOLD),
            (Reason.AGE_UNSURE, is_unsure),
        )
        if applies
    )
    decision = Decision.HOLD if reasons else Decision.CLEAR
    if is_under_age or nudity.decision is Decision.CUT:
        decision = Decision.CUT
    waits = decision is Decision.HOLD and nudity.suspicion is not None and bool(nudity.offending)
    return Judgement(
        decision=decision,
        reasons=reasons,
        score=nudity.score,
        again_in_ms=AGAIN_IN_MS if waits else None,
        keep_screened=is_age_in_doubt(years, rules.age),
        offending=nudity.offending,
        is_nudity_confirmed=nudity.decision is Decision.CUT,
        median_years=years,
        memory=Memory(suspicion=nudity.suspicion, ages=record),
    )


def refuse(reason: Reason, memory: Memory) -> Judgement:
    """HOLD, because the picture can't be judged; nothing that is remembered changes."""
    return Judgement(
        decision=Decision.HOLD,
        reasons=(reason,),
        score=0.0,
        again_in_ms=None,
        keep_screened=False,
        offending=(),
        is_nudity_confirmed=False,
        median_years=None,
        memory=memory,
    )


def is_age_in_doubt(years: float | None, rules: AgeRules) -> bool:
    """Whether a median age asks for screening throughout."""
    return years is not None and years < max(rules.doubt_years, rules.suspend_years)


def _decide_nudity(
    frames: Sequence[JudgedFrame], rules: Thresholds, suspicion: Suspicion | None
) -> _Nudity:
    top_score = 0.0
    held: list[int] = []
    is_cut = False
    for frame in frames:
        over_hold, over_cut = _over(frame, rules.nudity)
        if not over_hold:
            continue
        held.append(frame.seq)
        top_score = max(top_score, over_hold)
        if not over_cut:
            continue
        first = suspicion
        if first is None or frame.captured_ms - first.captured_ms > CONFIRM_WITHIN_MS:
            suspicion = Suspicion(captured_ms=frame.captured_ms, score=over_cut)
            continue
        # A farewell reaches back behind the suspicion: who stops at once was seen before it.
        apart_ms = abs(frame.captured_ms - first.captured_ms)
        is_cut = is_cut or CONFIRM_AFTER_MS <= apart_ms <= CONFIRM_WITHIN_MS
    decision = Decision.CUT if is_cut else Decision.HOLD if held else Decision.CLEAR
    return _Nudity(decision=decision, score=top_score, offending=tuple(held), suspicion=suspicion)


def _over(frame: JudgedFrame, limits: Mapping[str, Limits]) -> tuple[float, float]:
    """The highest score over `hold`, and the highest over `cut`; 0.0 when there is none."""
    over_hold = over_cut = 0.0
    for detection in frame.scores.detections:
        limit = limits.get(detection.label)
        if limit is None:
            continue
        if detection.score >= limit.hold:
            over_hold = max(over_hold, detection.score)
        if detection.score >= limit.cut:
            over_cut = max(over_cut, detection.score)
    return over_hold, over_cut


def _remember_ages(frames: Sequence[JudgedFrame], known: AgeRecord | None) -> AgeRecord:
    record = known or AgeRecord(since_ms=frames[0].captured_ms, newest_ms=0, ages=())
    for frame in frames:
        usable = [face.years for face in frame.scores.faces if face.is_usable]
        if not usable or frame.captured_ms - record.newest_ms < AGE_SPACING_MS:
            continue
        # The youngest counts: an adult beside a child makes the child no older.
        ages = (*record.ages, min(usable))[-AGES_KEPT:]
        record = replace(record, ages=ages, newest_ms=frame.captured_ms)
    return record
