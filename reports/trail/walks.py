"""Verifying the audit trail with the anchors and keys of this process' settings.

Raises what `reports.trail.verification.verify` does, and `reports.keys.KeyFormatError` when there
are anchors and no key to check them.
"""

from collections.abc import Callable, Iterator
from itertools import chain

from django.conf import settings
from django.contrib.auth.models import User

from reports.keys import anchor_public_key
from reports.trail import anchors, audit, verification
from reports.trail.anchor_stores import anchor_store
from reports.trail.anchors import AnchorError, KeptAnchor
from reports.trail.checkpoints import START, Checkpoint
from reports.trail.verification import Verification


def walk(
    since: Checkpoint = START,
    on_progress: Callable[[Checkpoint], object] = lambda _checkpoint: None,
) -> Verification:
    """Verify from behind `since` to the head."""
    return verification.verify(_anchors(since), since=since, on_progress=on_progress)


def walk_for(acting_user: User) -> Verification:
    """Verify everything for an auditor; what came of it is on the record."""
    found = walk()
    with audit.trail():
        audit.record(
            "audit.verified",
            target="trail:1",
            payload={
                "entries": found.count,
                "anchors": found.anchors,
                "broken_at": found.broken_at,
                "fault": None if found.fault is None else found.fault.value,
            },
            acting_user=acting_user,
        )
    return found


def _anchors(since: Checkpoint) -> Iterator[KeptAnchor]:
    lines = anchor_store().lines(max(0, since.anchors - 1))
    if since.anchors and anchors.line_digest(next(lines, b"")) != since.anchor_digest:
        raise AnchorError(f"line {since.anchors} of the anchors is not the one verified before")
    first = next(lines, None)
    if first is None:
        return iter(())
    key = anchor_public_key(settings.AUDIT_ANCHOR_PUBLIC_KEY, settings.AUDIT_ANCHOR_KEY)
    return anchors.read(
        chain([first], lines), key, after=since.anchors, after_digest=since.anchor_digest
    )
