"""Walking the audit trail: whether it is what was written, and where it first isn't (I19).

Reads the rows as PostgreSQL copies them out, a batch at a time: memory does not grow with the
trail, and no transaction stays open.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from django.db import connection

from reports.models import AuditEntry
from reports.trail import audit
from reports.trail import rows as trail_rows
from reports.trail.anchors import KeptAnchor
from reports.trail.checkpoints import START, Checkpoint

BATCH_ROWS = 10_000
"""A fraction of a second each, far from the database's limits on statements."""


class Fault(StrEnum):
    """What is wrong with the first broken entry."""

    MISSING = "missing"
    INSERTED = "inserted"
    PAYLOAD_ALTERED = "payload_altered"
    UNLINKED = "unlinked"
    ALTERED = "altered"
    REWRITTEN = "rewritten"
    TAIL_CUT = "tail_cut"
    CHECKPOINT_GONE = "checkpoint_gone"


PROBLEMS = {
    Fault.MISSING: "it is missing",
    Fault.INSERTED: "it was inserted",
    Fault.PAYLOAD_ALTERED: "its payload was altered",
    Fault.UNLINKED: "it does not follow from the entry before it",
    Fault.ALTERED: "it was altered",
    Fault.REWRITTEN: "its hash is not the one that was anchored: the trail was rewritten",
    Fault.TAIL_CUT: "it was anchored and is gone: the tail was cut",
    Fault.CHECKPOINT_GONE: "it is not the entry that was verified before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a walk found. `count` entries are intact, those up to `since` by an earlier walk, and
    agree with `anchors` anchors; `broken_at` is the first broken sequence, or None."""

    since: int
    count: int
    head_hash: str
    anchors: int
    broken_at: int | None = None
    fault: Fault | None = None

    @property
    def is_intact(self) -> bool:
        return self.fault is None

    @property
    def problem(self) -> str:
        return "" if self.fault is None else PROBLEMS[self.fault]


def verify(
    anchors: Iterable[KeptAnchor],
    *,
    since: Checkpoint = START,
    on_progress: Callable[[Checkpoint], object] = lambda _checkpoint: None,
) -> Verification:
    """Walk the chain in order, from behind `since`, and hold it against `anchors`.

    Finds entries altered, deleted, reordered or inserted, and by the anchors also a tail cut off
    or a chain rewritten consistently. `anchors` are those behind the checkpoint's; what they raise
    is raised. `on_progress` is told every now and then how far all was intact.
    """
    walk = _Walk(iter(anchors), since)
    broken: _BrokenError | None = None
    try:
        walk.run(on_progress)
    except _BrokenError as found:
        broken = found
    return Verification(
        since=since.sequence,
        count=walk.count,
        head_hash=walk.head.decode(),
        anchors=walk.anchors,
        broken_at=broken.sequence if broken else None,
        fault=broken.fault if broken else None,
    )


class _BrokenError(Exception):
    """The walk ends here."""

    def __init__(self, sequence: int, fault: Fault) -> None:
        super().__init__(sequence, fault)
        self.sequence = sequence
        self.fault = fault


class _Walk:
    """Where a walk is: `count` entries are intact, the last has the hash `head`."""

    def __init__(self, anchors: Iterator[KeptAnchor], since: Checkpoint) -> None:
        self.count = since.sequence
        self.head = since.hash.encode()
        self.anchors = since.anchors
        self._anchor_digest = since.anchor_digest
        self._kept = anchors
        self._next = next(anchors, None)

    def run(self, on_progress: Callable[[Checkpoint], object]) -> None:
        if self.count:
            self._look_at_checkpoint()
        else:
            self._batch(trail_rows.LOWEST, 0)
        while True:
            newest = audit.head()[0]
            while self.count < newest:
                self._batch(self.count + 1, min(self.count + BATCH_ROWS, newest))
                on_progress(self._checkpoint())
            if self._next is None:
                return
            # An anchor newer than what was the head a moment ago: it may have grown meanwhile.
            if audit.head()[0] < self._next.sequence:
                raise _BrokenError(self.count + 1, Fault.TAIL_CUT)

    def _batch(self, first: int, last: int) -> None:
        # All of a batch at once: while it is copied, nothing else can be asked.
        with connection.cursor() as cursor:
            lines = list(trail_rows.copy_out(cursor, first, last))
        for line in lines:
            self._step(trail_rows.parse(line))
        if self.count < last:
            raise _BrokenError(self.count + 1, Fault.MISSING)

    def _step(self, row: trail_rows.Row) -> None:
        sequence, expected = int(row.sequence), self.count + 1
        if sequence != expected:
            is_gap = sequence > expected
            raise _BrokenError(min(sequence, expected), Fault.MISSING if is_gap else Fault.INSERTED)
        if row.previous_hash != self.head:
            raise _BrokenError(sequence, Fault.UNLINKED)
        self.head = _checked(row)
        self.count = sequence
        if self._next is not None and self._next.sequence <= sequence:
            self._hold_against_anchors()

    def _hold_against_anchors(self) -> None:
        while self._next is not None and self._next.sequence <= self.count:
            sequence = self._next.sequence
            if self._next.hash.encode() != self._hash_of(sequence):
                raise _BrokenError(sequence, Fault.REWRITTEN)
            self.anchors, self._anchor_digest = self._next.number, self._next.line_digest
            self._next = next(self._kept, None)

    def _hash_of(self, sequence: int) -> bytes:
        """Of an entry that was found to be intact; anchors of earlier ones may come late."""
        if sequence == self.count:
            return self.head
        found = AuditEntry.objects.filter(sequence=sequence).values_list("hash", flat=True).first()
        return (found or "").encode()

    def _look_at_checkpoint(self) -> None:
        with connection.cursor() as cursor:
            rows = list(trail_rows.copy_out(cursor, self.count, self.count))
        with suppress(_BrokenError):
            if [_checked(trail_rows.parse(row)) for row in rows] == [self.head]:
                self._hold_against_anchors()
                return
        raise _BrokenError(self.count, Fault.CHECKPOINT_GONE)

    def _checkpoint(self) -> Checkpoint:
        return Checkpoint(
            sequence=self.count,
            hash=self.head.decode(),
            anchors=self.anchors,
            anchor_digest=self._anchor_digest,
        )


def _checked(row: trail_rows.Row) -> bytes:
    """The entry's hash, when payload and fields are those it was made from."""
    if sha256(row.payload).hexdigest().encode() != row.payload_digest:
        raise _BrokenError(int(row.sequence), Fault.PAYLOAD_ALTERED)
    if sha256(trail_rows.canonical_text(row)).hexdigest().encode() != row.hash:
        raise _BrokenError(int(row.sequence), Fault.ALTERED)
    return row.hash
