"""What the judges answer: a verdict names exactly what it clears, holds or cuts (invariant I3)."""

from dataclasses import dataclass
from enum import StrEnum

from moderation.samples import StreamId


class Decision(StrEnum):
    """CLEAR lets the named packets pass, HOLD stops the picture, CUT ends the conversation."""

    CLEAR = "clear"
    HOLD = "hold"
    CUT = "cut"


class Reason(StrEnum):
    """Why a picture is not clear; the words for people are the page's."""

    NUDITY = "nudity"
    KNOWN_PICTURE = "known_picture"  # it is in a bank
    UNDER_AGE = "under_age"
    AGE_UNSURE = "age_unsure"  # too few usable faces so far
    UNDECODABLE = "undecodable"
    CLASSIFIER_FAILED = "classifier_failed"
    NO_VERDICT = "no_verdict"  # the relay's own: nobody answered in time
    NO_PICTURE = "no_picture"  # the relay's own: no video packet for 3 s
    REPORTED = "reported"


class Missing(StrEnum):
    """What a camera check lacks; the names are the protocol's. The last two are the relay's own."""

    LIGHT = "light"
    CLEAR_VIEW = "clear_view"  # nothing to see: a cover, a wall, a lamp
    FACE = "face"
    LARGER_FACE = "larger_face"
    CLEAR_FACE = "clear_face"  # blurred, cut off by the edge, or not there all the time
    MOVING_PICTURE = "moving_picture"
    LAWFUL_PICTURE = "lawful_picture"  # what is seen may break the rules
    SCREENING = "screening"  # nobody has judged it: this is not the person's doing


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One judged submission.

    `n` counts the stream's verdicts without gaps, from 1: a missing number means that one was
    lost, and the receiver holds the picture and reads the store. `sample` is the submission's
    `Sample.number`. `judged_captured_ms` is the capture of the newest judged frame, Unix time in
    ms. `again_in_ms` asks for another sample after that long (the two-frame rule), None for no
    hurry. `keep_screened` says that this stream stays screened throughout (age in doubt).
    `score` is the highest score (0.0-1.0) that led to `reasons`, 0.0 for CLEAR. `missing` is what
    a camera check still lacks, () for everything else. `has_face` says whether a face was in view,
    `is_borderline` whether a score was too high to release a held picture.
    """

    stream: StreamId
    epoch: int
    n: int
    sample: int
    decision: Decision
    reasons: tuple[Reason, ...]
    first_seq: int
    last_seq: int
    sha256: str
    judged_captured_ms: int
    score: float
    again_in_ms: int | None
    keep_screened: bool
    model_version: str
    thresholds_version: str
    missing: tuple[Missing, ...] = ()
    has_face: bool = True
    is_borderline: bool = False
