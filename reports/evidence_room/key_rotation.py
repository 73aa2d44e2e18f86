"""Rewrapping evidence to a new key pair, item by item, so that the old one can be thrown away.

Only the item's key is wrapped anew; the sealed file stays as it is. Each batch is one transaction
with an audit entry for each item: stopped anywhere, it is gone on with by doing it again.

`NoNewKeyError` — this process can't open what it would rewrap to; set both halves of the new pair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings
from django.db.models import Count, QuerySet

from reports.evidence_room import envelopes
from reports.evidence_room.envelopes import SealError
from reports.evidence_room.evidence import sealing_context
from reports.keys import evidence_keyring, evidence_public_key, fingerprint
from reports.models import Evidence
from reports.trail import audit

BATCH_ITEMS = 50


class NoNewKeyError(Exception):
    """EVIDENCE_PRIVATE_KEY does not open what is sealed to EVIDENCE_PUBLIC_KEY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """What a run did. `left` counts the items still sealed to other keys, by their fingerprint;
    `damaged` are items that the key they name does not open. `retired` are the fingerprints of
    older keys of this process that nothing is sealed to any more."""

    key_id: str
    rewrapped: int
    left: Mapping[str, int]
    damaged: tuple[UUID, ...]
    retired: tuple[str, ...]


def rotate(
    clock: Callable[[], datetime], on_batch: Callable[[int], object] = lambda _items: None
) -> Rotated:
    """Rewrap everything that a key of this process opens to EVIDENCE_PUBLIC_KEY.

    `on_batch` is told how many items were rewrapped so far, after each commit.
    """
    keyring = evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, settings.EVIDENCE_PRIVATE_KEYS_BEFORE)
    new_id = fingerprint(evidence_public_key(settings.EVIDENCE_PUBLIC_KEY))
    if new_id not in keyring:
        raise NoNewKeyError("EVIDENCE_PRIVATE_KEY does not belong to EVIDENCE_PUBLIC_KEY")
    old = {key_id: key for key_id, key in keyring.items() if key_id != new_id}
    rewrapped, damaged = 0, list[UUID]()
    while items := _rewrap_batch(old, keyring[new_id], damaged, clock()):
        rewrapped += items
        on_batch(rewrapped)
    left = {
        str(key_id): int(count)
        for key_id, count in _sealed_elsewhere(new_id).values_list("key_id").annotate(Count("pk"))
    }
    return Rotated(
        key_id=new_id,
        rewrapped=rewrapped,
        left=left,
        damaged=tuple(damaged),
        retired=tuple(sorted(old.keys() - left.keys())),
    )


def _rewrap_batch(
    old: Mapping[str, X25519PrivateKey],
    new: X25519PrivateKey,
    damaged: list[UUID],
    now: datetime,
) -> int:
    """Rewrap some items; how many. What does not open is added to `damaged`."""
    key_id = fingerprint(new.public_key())
    done = 0
    with audit.trail():
        rows = _sealed_elsewhere(key_id).filter(key_id__in=old).exclude(pk__in=damaged)
        for row in rows.select_for_update().order_by("pk")[:BATCH_ITEMS]:
            context = sealing_context(row.pk, row.report_id, row.sha256)
            try:
                row.wrapped_key = envelopes.rewrap(
                    bytes(row.wrapped_key), context=context, old=old[row.key_id], new=new
                )
            except SealError:
                damaged.append(row.pk)
                continue
            before, row.key_id = row.key_id, key_id
            row.save(update_fields=["wrapped_key", "key_id"])
            audit.record(
                "evidence.key_rotated",
                target=row,
                payload={"from": before, "to": key_id},
                acting_user=None,
                now=now,
            )
            done += 1
    return done


def _sealed_elsewhere(key_id: str) -> QuerySet[Evidence]:
    return Evidence.objects.filter(destroyed_at=None).exclude(key_id=key_id)
