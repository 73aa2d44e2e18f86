"""Anchoring the audit trail: every minute its head is signed and put where it can't be changed.

What was anchored last is held against the trail each time, so that a tail cut off or a rewrite of
what is newest is said aloud within a minute; `manage.py verify_audit` looks at all of it.
"""

import logging
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from reports.models import AuditEntry
from reports.trail import anchors, audit
from reports.trail.anchor_stores import AnchorStore
from reports.trail.anchors import Anchor

log = logging.getLogger(__name__)

_LOCK = 0x7061726C65790002
"""Of who anchors: two at once would both follow the same line."""


def anchor_head(store: AnchorStore, key: Ed25519PrivateKey, now: datetime) -> Anchor | None:
    """Anchor the trail's head; None, and nothing done, when it was anchored already or is empty."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        before = store.last()
        head = audit.head()
        anchored = anchors.head_of(before) if before else None
        if anchored is not None:
            _compare(*anchored)
        if not head[0] or head == anchored:
            return None
        anchor = Anchor(sequence=head[0], hash=head[1], at=now.isoformat())
        store.append(anchors.sign(anchor, before, key))
    return anchor


def _compare(sequence: int, hash_: str) -> None:
    if not AuditEntry.objects.filter(sequence=sequence, hash=hash_).exists():
        log.error("audit entry %d is not the one that was anchored: verify the trail", sequence)
