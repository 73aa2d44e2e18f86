"""What is known of prevalence frames, from the moment they are drawn until they are destroyed.

Destroyed is always the memory first, then the row says so, with the picture's digest: stopped in
between, the next sweep writes it down. `MemoryAwayError` is raised as it is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from reports.house_rules.retention_rules import BOUNDS, Kept, Rules
from reports.models import Ending, PrevalenceFrame
from reports.prevalence.memory import FrameMemory
from reports.prevalence.sealing import KeptFrame
from reports.trail import audit

BATCH = 500
LONGEST = timedelta(days=BOUNDS[Kept.PREVALENCE][1] + 1)
"""The memory forgets by itself after as long, also where no sweep runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """How many frames nobody answered in time, and how many the memory had lost."""

    unanswered: int
    lost: int


def take_in(kept: KeptFrame) -> None:
    """Write down that a frame waits to be judged; safe to run twice. No picture, and nobody."""
    highest = max(kept.scores, key=lambda score: score.value, default=None)
    with audit.trail():
        row, is_new = PrevalenceFrame.objects.get_or_create(
            id=kept.id,
            defaults={
                "captured_at": kept.captured_at,
                "label": "" if highest is None else highest.label,
                "score": 0.0 if highest is None else highest.value,
                "scores": [{"label": score.label, "value": score.value} for score in kept.scores],
                "model_version": kept.model_version,
                "thresholds_version": kept.thresholds_version,
                "sha256": kept.sha256,
            },
        )
        if is_new:
            audit.record(
                "prevalence.sealed", target=row, payload={"sha256": row.sha256}, acting_user=None
            )


def withdraw(frames: Collection[UUID], now: datetime) -> None:
    """Write down that somebody took these back; the memory has forgotten them by now.

    What was reported before stays with its report.
    """
    with audit.trail():
        for row in _open().select_for_update().filter(pk__in=frames):
            end(row, Ending.WITHDRAWN, now=now)


def sweep(memory: FrameMemory, rules: Rules, now: datetime) -> Swept:
    """Destroy what nobody answered in time, and write down what the memory has lost.

    No legal hold can be placed on a frame that no report has: nobody knows whom it shows. What is
    reported is evidence, and a hold on the report keeps it.
    """
    over = _open().filter(captured_at__lte=now - rules.times[Kept.PREVALENCE])
    unanswered = list(over.values_list("pk", flat=True)[:BATCH])
    memory.discard(unanswered)
    waiting = list(_open().exclude(pk__in=unanswered).values_list("pk", flat=True)[:BATCH])
    lost = list(memory.find_gone(waiting))
    # A report has its own copy before the memory forgets; this is for a crash in between.
    reported = PrevalenceFrame.objects.filter(ending=Ending.REPORTED, ended_at__gt=now - LONGEST)
    memory.discard(list(reported.values_list("pk", flat=True)))
    for frames, ending in ((unanswered, Ending.UNANSWERED), (lost, Ending.LOST)):
        for pk in frames:
            with audit.trail():
                # Somebody may have answered meanwhile.
                row = _open().select_for_update().filter(pk=pk).first()
                if row is not None:
                    end(row, ending, now=now, rules=rules.version)
    return Swept(unanswered=len(unanswered), lost=len(lost))


def end(row: PrevalenceFrame, ending: Ending, *, now: datetime, rules: str = "") -> None:
    """The locked frame is destroyed, and its digest is the proof; the caller forgets the picture.

    Only what was answered or reported counts, and so only there an answer is kept on the row.
    """
    row.ending, row.ended_at = ending, now
    row.held_by, row.held_until = None, None
    row.save()
    audit.record(
        "prevalence.destroyed",
        target=row,
        payload={"sha256": row.sha256, "ending": ending.value, "rules": rules},
        acting_user=None,
        now=now,
    )


def _open() -> QuerySet[PrevalenceFrame]:
    return PrevalenceFrame.objects.filter(ending="")
