"""The frozen context of a finding or report, and the ids of findings."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from moderation.lines import rulebook
from moderation.samples import Subject
from moderation.stores.lines import StoredLine
from reports.ids import FindingId
from reports.snapshots import Person, Snapshot, SnapshotLine, Speaker

LINES_WINDOW = timedelta(minutes=5)
"""A snapshot carries the lines of the conversation's last five minutes of talk."""

AGE_LABEL = "age"
"""The score that is a median age in years, and no probability."""

KNOWN_LABEL = "KNOWN_PICTURE"
"""The score that is the share of a bank entry's bits in which a frame agrees with it."""

_FINDINGS_NAMESPACE = uuid.UUID("5b0c5f0e-6d0e-5c5e-9a53-3f1d0f6f2b11")


def frozen_context(subject: Subject, known: Sequence[StoredLine], now: datetime) -> Snapshot:
    """A snapshot about `subject` with the last five minutes of `known` lines; no scores yet."""
    since_ms = known[-1].at_ms - LINES_WINDOW // timedelta(milliseconds=1) if known else 0
    return Snapshot(
        conversation=subject.conversation,
        mode=subject.mode,
        pool=subject.pool,
        started_at=at(subject.started_ms),
        taken_at=now,
        subject=Person(participant=subject.participant, device=subject.device),
        partner=subject.partner,
        lines=tuple(
            SnapshotLine(
                at=at(line.at_ms),
                speaker=Speaker.SUBJECT if line.side is subject.side else Speaker.PARTNER,
                text=line.text,
                was_withheld=line.was_withheld,
            )
            for line in known
            if line.at_ms >= since_ms
        ),
        scores=(),
        model_version=rulebook.shipped().version,
        thresholds_version="",
    )


def finding_id(subject: Subject, what: str) -> FindingId:
    """The id of a finding about `subject`: the same `what` found twice has the same id."""
    return FindingId(uuid.uuid5(_FINDINGS_NAMESPACE, f"{subject.stream}:{what}"))


def at(ms: int) -> datetime:
    """Unix time in ms as an aware datetime."""
    return datetime.fromtimestamp(ms / 1000, UTC)
