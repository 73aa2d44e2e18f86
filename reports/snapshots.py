"""What callers hand to `reports`: a frozen picture of what happened, complete in itself.

A report must outlive what it is about, so nothing here refers upwards but by UUID.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reports.hashing.sightings import BankMatch
from reports.ids import ConversationId, DeviceId, FindingId, ParticipantId
from reports.rules import Rule


class Speaker(StrEnum):
    """Who said a line, as seen from the report."""

    SUBJECT = "subject"
    PARTNER = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a conversation, as ids only."""

    participant: ParticipantId
    device: DeviceId


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotLine:
    """One line as it was passed on (or withheld), with the server's time."""

    at: datetime
    speaker: Speaker
    text: str
    was_withheld: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One classifier's answer: `label` (for instance FEMALE_BREAST_EXPOSED, or age), `value`."""

    label: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The frozen context of a report: times, mode, pool, people, lines of the last minutes.

    `mode` is `text`, `video`, or `check` for a camera check, which has no `partner` and whose own
    id stands as `conversation`.
    """

    conversation: ConversationId
    mode: str
    pool: str
    started_at: datetime
    taken_at: datetime
    subject: Person
    partner: Person | None
    lines: tuple[SnapshotLine, ...]
    scores: tuple[Score, ...]
    model_version: str
    thresholds_version: str


class EvidenceKind(StrEnum):
    """FRAME is a decoded still (PNG), SEGMENT the VP8 packets as they came (IVF)."""

    FRAME = "frame"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """Bytes to be sealed. `is_offending` marks the frame that led to the finding."""

    kind: EvidenceKind
    media_type: str
    data: bytes
    captured_at: datetime
    is_offending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What the machine found. `id` is derived from stream and window: recording twice is safe.

    `cut` says that the picture was cut (a sanction may follow); False only opens a report.
    `was_pressed` says that the partner's lines pressed for it, or the sender's age is in doubt:
    then there is no strike (I10). `evidence` may be empty (age doubt stores no picture, I9).
    `match` is the bank entry that a frame met; its entry then says which rule is broken.
    """

    id: FindingId
    rule: Rule
    is_child_safety: bool
    cut: bool
    was_pressed: bool
    snapshot: Snapshot
    found_at: datetime
    evidence: tuple[EvidenceItem, ...]
    match: BankMatch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserReport:
    """What `snapshot.partner` reports about their partner, `snapshot.subject`.

    `reporter_prefix` is the keyed prefix they report from, `subject_prefix` the one that the
    subject came from, "" when unknown; `reporter_since` when their device was first seen, None when
    unknown, which counts as just now (I16).
    """

    rule: Rule
    note: str
    snapshot: Snapshot
    reported_at: datetime
    reporter_prefix: str = ""
    subject_prefix: str = ""
    reporter_since: datetime | None = None
