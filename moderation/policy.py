"""What is decided about judged frames: CLEAR, HOLD or CUT, and why. Pure.

One of the two places that fail closed: whoever can't be judged is held (`refuse`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from moderation.agreement import JudgedFrame, NudityRecord, agree
from moderation.labels import FACE_LABELS
from moderation.thresholds import AgeRules, Thresholds
from moderation.verdicts import Decision, Reason

AGAIN_IN_MS = 250
"""How soon the relay is asked for another frame when that will tell."""

FACES_WITHIN_MS = 10_000
"""Judged for so long with too few usable faces: held, and never clear from there on (I9)."""
AGE_SPACING_MS = 400
"""Faces closer together are one measurement: neighbouring frames share their error."""
AGES_KEPT = 50


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

    nudity: NudityRecord = field(default_factory=NudityRecord)
    ages: AgeRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The decision and what to remember. `offending` are packets over a threshold.

    `is_nudity_confirmed` says that frames agreed, so that the CUT is for what was seen;
    `needs_person` that a person is to decide about nudity which does not cut.
    `has_face` says that a face was in view, `is_borderline` that a score was over `release`.
    `score` is the highest that led to `reasons`; `median_years` is None below the minimum of faces.
    """

    decision: Decision
    reasons: tuple[Reason, ...]
    score: float
    again_in_ms: int | None
    keep_screened: bool
    offending: tuple[int, ...]
    is_nudity_confirmed: bool
    needs_person: bool
    has_face: bool
    is_borderline: bool
    median_years: float | None
    memory: Memory


def decide(frames: Sequence[JudgedFrame], rules: Thresholds, memory: Memory) -> Judgement:
    """What to do about `frames` (at least one, in the order of capture)."""
    nudity = agree(frames, rules, memory.nudity)
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
            (Reason.NUDITY, nudity.is_cut),
            (Reason.UNDER_AGE, is_under_age),
            (Reason.NUDITY, nudity.is_held and not nudity.is_cut),
            (Reason.AGE_UNSURE, is_unsure),
        )
        if applies
    )
    decision = Decision.HOLD if reasons else Decision.CLEAR
    if is_under_age or nudity.is_cut:
        decision = Decision.CUT
    return Judgement(
        decision=decision,
        reasons=reasons,
        score=nudity.score,
        again_in_ms=AGAIN_IN_MS if decision is Decision.HOLD and nudity.wants_more else None,
        keep_screened=is_age_in_doubt(years, rules.age),
        offending=nudity.offending,
        is_nudity_confirmed=nudity.is_cut,
        needs_person=nudity.needs_person,
        has_face=any(
            found.label in FACE_LABELS for frame in frames for found in frame.scores.detections
        ),
        is_borderline=nudity.is_borderline,
        median_years=years,
        memory=Memory(nudity=nudity.record, ages=record),
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
        needs_person=False,
        has_face=False,
        is_borderline=False,
        median_years=None,
        memory=memory,
    )


def cut_known(judgement: Judgement, seq: int) -> Judgement:
    """CUT, because the frame of packet `seq` is a known picture: at once, since a hash that two
    people put into a bank is no score that one frame may get wrong (I17)."""
    return replace(
        judgement,
        decision=Decision.CUT,
        reasons=(Reason.KNOWN_PICTURE, *judgement.reasons),
        score=1.0,
        again_in_ms=None,
        offending=tuple({seq: None, **dict.fromkeys(judgement.offending)}),
    )


def is_age_in_doubt(years: float | None, rules: AgeRules) -> bool:
    """Whether a median age asks for screening throughout."""
    return years is not None and years < max(rules.doubt_years, rules.suspend_years)


def counts_age(captured_ms: int, newest_ms: int) -> bool:
    """Whether an age seen at `captured_ms` is a measurement of its own beside that of `newest_ms`,
    the newest before it (0 when there is none)."""
    return not newest_ms or captured_ms - newest_ms >= AGE_SPACING_MS


def _remember_ages(frames: Sequence[JudgedFrame], known: AgeRecord | None) -> AgeRecord:
    record = known or AgeRecord(since_ms=frames[0].captured_ms, newest_ms=0, ages=())
    for frame in frames:
        usable = [face.years for face in frame.scores.faces if face.is_usable]
        if not usable or not counts_age(frame.captured_ms, record.newest_ms):
            continue
        # The youngest counts: an adult beside a child makes the child no older.
        ages = (*record.ages, min(usable))[-AGES_KEPT:]
        record = replace(record, ages=ages, newest_ms=frame.captured_ms)
    return record
