"""How the judged frames of a stream agree about nudity: [k of n], with hysteresis. Pure.

Single frames lie, both ways. So one frame over `hold` withholds the picture and does no more:

- a *cut* needs frames over `cut` that agree: apart in time, near each other, and of something that
  moved, or with a person in view. Frames of a still are one measurement made twice (`stillness`):
  the picture stays held, and a person decides.
- a held picture *clears* when most of the last few frames were below `release`, which is lower
  than `hold`.
- frames over `hold` again and again that never cut are for a person to decide, too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from moderation.classifiers.base import Scores
from moderation.labels import FACE_LABELS
from moderation.stillness import STILL_DIFF, Look, difference
from moderation.thresholds import Agreement, Limits, Thresholds

CONFIRM_AFTER_MS = 200
"""Frames over `cut` confirm each other from here on: neighbours share one mistake."""
CONFIRM_WITHIN_MS = 2000
"""And no further apart: what lasts shorter is more often an error than an offence."""
SUSPICIONS_KEPT = 4

CLEAR_APART_MS = 200
"""Clear frames closer together are one measurement."""
UNSURE_APART_MS = 1000
"""Likewise frames over `hold` that never cut: as often as a held picture is judged."""

PERSON_SCORE = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFrame:
    """The scores of one frame: packet `seq`, captured at `captured_ms` (Unix, server's clock).

    `look` yields what tells a still from what moves; it is asked for frames over `cut` only.
    """

    seq: int
    captured_ms: int
    scores: Scores
    look: Callable[[], Look]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A frame over `cut`: when it was captured (Unix ms), its score (0.0-1.0), its look, and
    whether a person was in view."""

    captured_ms: int
    score: float
    has_person: bool
    look: Look


@dataclass(frozen=True, slots=True, kw_only=True)
class NudityRecord:
    """What a stream's frames left behind.

    `suspicions` lie `CONFIRM_AFTER_MS` apart or more, in the order of capture. `recent` says of the
    last frames, while the picture is held, whether they were clear; it is empty otherwise.
    `clear_ms` and `unsure_ms` are the captures that were counted last (Unix), `unsure` how many
    frames over `hold` were counted. `is_reported`: a person was asked already.
    """

    suspicions: tuple[Suspicion, ...] = ()
    recent: tuple[bool, ...] = ()
    clear_ms: int = 0
    unsure: int = 0
    unsure_ms: int = 0
    is_reported: bool = False

    @property
    def is_held(self) -> bool:
        return bool(self.recent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What the frames come to, and what to remember.

    `offending` are packets over `hold`, `score` is the highest of theirs; `is_borderline` says that
    some were over `release` at least. `is_cut` says that they
    cut, `is_held` that the picture is not to be shown; `needs_person` that a person is to decide
    about it, `wants_more` that another frame soon will tell.
    """

    offending: tuple[int, ...]
    score: float
    is_cut: bool
    is_held: bool
    is_borderline: bool
    needs_person: bool
    wants_more: bool
    record: NudityRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The highest score of a frame over each limit, 0.0 when there is none."""

    release: float
    hold: float
    cut: float


def agree(frames: Sequence[JudgedFrame], rules: Thresholds, before: NudityRecord) -> Agreed:
    """What `frames` (in the order of capture) come to after what was there `before`."""
    record, counts = before, rules.agreement
    held: dict[int, float] = {}
    is_borderline = is_over_cut = False
    for frame in frames:
        seen = _see(frame.scores, rules.nudity)
        is_borderline = is_borderline or bool(seen.release)
        if seen.hold:
            held[frame.seq] = seen.hold
            record = _count_unsure(record, frame.captured_ms)
        if seen.cut:
            is_over_cut = True
            record = _suspect(record, frame, seen.cut)
        record = _count_clear(record, frame.captured_ms, seen, counts)
    is_confirmed = is_over_cut and len(record.suspicions) >= counts.cut_frames
    is_cut = is_confirmed and not _is_still(record.suspicions)
    is_unsure = is_confirmed or record.unsure >= counts.report_frames
    needs_person = is_unsure and not is_cut and not record.is_reported
    return Agreed(
        offending=tuple(held),
        score=max(held.values(), default=0.0),
        is_cut=is_cut,
        is_held=bool(held) or record.is_held,
        is_borderline=is_borderline,
        needs_person=needs_person,
        wants_more=is_over_cut and not is_confirmed if held else record.is_held,
        record=replace(record, is_reported=record.is_reported or needs_person),
    )


def _see(scores: Scores, limits: Mapping[str, Limits]) -> _Seen:
    found = [(it.score, limits[it.label]) for it in scores.everything if it.label in limits]
    return _Seen(
        release=max((score for score, limit in found if score >= limit.release), default=0.0),
        hold=max((score for score, limit in found if score >= limit.hold), default=0.0),
        cut=max((score for score, limit in found if score >= limit.cut), default=0.0),
    )


def _suspect(record: NudityRecord, frame: JudgedFrame, score: float) -> NudityRecord:
    at_ms = frame.captured_ms
    if any(abs(at_ms - known.captured_ms) < CONFIRM_AFTER_MS for known in record.suspicions):
        return record
    suspicion = Suspicion(
        captured_ms=at_ms,
        score=score,
        has_person=_has_person(frame.scores),
        look=frame.look(),
    )
    # A farewell reaches back behind a suspicion: who stops at once was seen before it.
    known = sorted((*record.suspicions, suspicion), key=lambda one: one.captured_ms)
    since_ms = known[-1].captured_ms - CONFIRM_WITHIN_MS
    kept = [one for one in known if one.captured_ms >= since_ms]
    return replace(record, suspicions=tuple(kept[-SUSPICIONS_KEPT:]))


def _has_person(scores: Scores) -> bool:
    """Whether a face is in view, or more than one part of a body: no drawing is mistaken twice."""
    labels = {found.label for found in scores.detections if found.score >= PERSON_SCORE}
    return bool(labels & FACE_LABELS) or len(labels) > 1


def _is_still(suspicions: Sequence[Suspicion]) -> bool:
    """Whether they are one measurement: nobody is in view, and nothing moved by itself."""
    if any(suspicion.has_person for suspicion in suspicions):
        return False
    pairs = combinations(suspicions, 2)
    return all(difference(one.look, other.look) < STILL_DIFF for one, other in pairs)


def _count_unsure(record: NudityRecord, at_ms: int) -> NudityRecord:
    if at_ms - record.unsure_ms < UNSURE_APART_MS:
        return record
    return replace(record, unsure=record.unsure + 1, unsure_ms=at_ms)


def _count_clear(record: NudityRecord, at_ms: int, seen: _Seen, counts: Agreement) -> NudityRecord:
    """Begin to hold at a frame over `hold`; end when enough of the last frames are clear."""
    is_clear = not seen.release
    if not record.is_held and not seen.hold:
        return record
    if is_clear and at_ms - record.clear_ms < CLEAR_APART_MS:
        return record
    recent = (*record.recent, is_clear)[-counts.clear_of :]
    if is_clear and sum(recent) >= counts.clear_frames:
        recent = ()
    return replace(record, recent=recent, clear_ms=max(at_ms, record.clear_ms))
