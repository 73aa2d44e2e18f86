"""Judged frames made by hand, for tests of what is decided about them."""

import random

from moderation.agreement import JudgedFrame
from moderation.classifiers.base import Box, Detection, FaceAge, Scores
from moderation.stillness import Look
from moderation.thresholds import AgeRules, Agreement, Limits, Thresholds

AT_MS = 1_800_000_000_000
LABEL = "ANUS_EXPOSED"
BOX = Box(left=0, top=0, width=100, height=100)
STILL: Look = random.Random(0).randbytes(64 * 48)


def rules(
    *,
    suspend: float = 0.0,
    doubt: float = 0.0,
    faces: int = 3,
    agreement: Agreement | None = None,
) -> Thresholds:
    """One class that breaks the rules, held from 0.35 and cut from 0.6."""
    return Thresholds(
        version="t",
        sha256="",
        nudity={LABEL: Limits(release=0.3, hold=0.35, cut=0.6)},
        age=AgeRules(suspend_years=suspend, doubt_years=doubt, minimum_faces=faces),
        agreement=agreement or Agreement(),
    )


def frame(
    at_ms: int,
    score: float = 0.0,
    *years: float,
    is_usable: bool = True,
    is_still: bool = False,
    beside: str | None = None,
) -> JudgedFrame:
    """A frame with that score, captured `at_ms` after AT_MS, and perhaps something `beside` it. It
    looks like no other one unless it is a still."""
    labels = {LABEL: score} | ({beside: 0.9} if beside else {})
    return JudgedFrame(
        seq=at_ms,
        captured_ms=AT_MS + at_ms,
        scores=Scores(
            detections=tuple(
                Detection(label=label, score=score, box=BOX) for label, score in labels.items()
            ),
            faces=tuple(FaceAge(years=year, is_usable=is_usable) for year in years),
        ),
        look=lambda: STILL if is_still else random.Random(at_ms).randbytes(64 * 48),
    )
