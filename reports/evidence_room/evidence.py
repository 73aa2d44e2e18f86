"""Evidence: sealed when it comes in, opened in memory by whoever holds the private key (I18, I20).

    EvidenceError
    ├── NoPrivateKeyError    this process can seal and not open; serve from one that has the key
    ├── AlteredError         the file is not what was sealed, or was sealed to another key
    └── DestroyedError       only the proof is left

Who may look, and that they did, is `reports.evidence_room.viewing`'s. No plaintext touches a disk.
"""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.base import ContentFile

from reports.evidence_room import envelopes, renditions
from reports.evidence_room.envelopes import Envelope, SealError
from reports.evidence_room.storage import evidence_storage
from reports.ids import EvidenceId
from reports.keys import evidence_keyring, evidence_public_key, fingerprint
from reports.models import Evidence, Report
from reports.snapshots import EvidenceItem, EvidenceKind
from reports.trail import audit


class EvidenceError(Exception):
    """The evidence can't be had as asked."""


class NoPrivateKeyError(EvidenceError):
    """EVIDENCE_PRIVATE_KEY is not set in this process."""


class AlteredError(EvidenceError):
    """File, row and key don't belong together."""


class DestroyedError(EvidenceError):
    """The evidence was destroyed; its row remains as proof."""


def seal(report: Report, item: EvidenceItem, *, now: datetime) -> Evidence:
    """Seal one item for a locked report; the same bytes twice give the same evidence.

    The file is on disk before the row is: what a rollback leaves behind is swept up later.
    """
    sha256 = hashlib.sha256(item.data).hexdigest()
    known = report.evidence.filter(kind=item.kind.value, sha256=sha256).first()
    if known is not None:
        return known
    evidence_id = EvidenceId(uuid4())
    public_key = evidence_public_key(settings.EVIDENCE_PUBLIC_KEY)
    envelope = envelopes.seal(
        item.data, context=sealing_context(evidence_id, report.pk, sha256), public_key=public_key
    )
    evidence_storage().save(file_name(evidence_id), ContentFile(envelope.sealed))
    is_frame = item.kind is EvidenceKind.FRAME
    seen = renditions.perceptual_hash(item.data) if is_frame else None
    with audit.trail():
        row = Evidence.objects.create(
            id=evidence_id,
            report=report,
            kind=item.kind.value,
            media_type=item.media_type,
            is_offending=item.is_offending,
            captured_at=item.captured_at,
            sealed_at=now,
            size_bytes=len(item.data),
            frames=renditions.frame_count(item.kind, item.data),
            sha256=sha256,
            # Not for security: the CyberTipline identifies files by it.
            md5=hashlib.md5(item.data, usedforsecurity=False).hexdigest(),
            pdq=seen.pdq if seen else "",
            pdq_quality=seen.quality if seen else None,
            pdq_crops=seen.crops if seen else [],
            nonce=envelope.nonce,
            wrapped_key=envelope.wrapped_key,
            key_id=fingerprint(public_key),
        )
        audit.record(
            "evidence.sealed",
            target=row,
            payload={"report": str(report.pk), "kind": item.kind.value, "sha256": sha256},
            acting_user=None,
            now=now,
        )
    return row


def unseal(row: Evidence) -> bytes:
    """The bytes that were sealed, in memory. Raises the errors above, and an `OSError` of the
    store: `FileNotFoundError` for a file that went."""
    require_openable(row)
    with evidence_storage().open(file_name(row.pk)) as file:
        sealed = file.read()
    envelope = Envelope(sealed=sealed, nonce=bytes(row.nonce), wrapped_key=bytes(row.wrapped_key))
    context = sealing_context(row.pk, row.report_id, row.sha256)
    keyring = evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, settings.EVIDENCE_PRIVATE_KEYS_BEFORE)
    private_key = keyring.get(row.key_id)
    if private_key is None:
        raise AlteredError(f"the evidence is sealed to the key {row.key_id}, which is not here")
    try:
        return envelopes.unseal(envelope, context=context, private_key=private_key)
    except SealError as error:
        raise AlteredError(str(error)) from error


def require_openable(row: Evidence) -> None:
    """Raise `DestroyedError` or `NoPrivateKeyError` for what can't be opened, or not here."""
    if row.destroyed_at is not None:
        raise DestroyedError("this evidence was destroyed; only its proof is left")
    if not settings.EVIDENCE_PRIVATE_KEY:
        raise NoPrivateKeyError(
            "EVIDENCE_PRIVATE_KEY is not set here; evidence opens only in the process that has it"
        )


def file_name(evidence_id: UUID) -> str:
    """The name of an item's file in the evidence storage."""
    return f"{evidence_id}.sealed"


def sealing_context(evidence_id: UUID, report_id: UUID, sha256: str) -> bytes:
    """What an item and its key are bound to, so that none opens in another's place."""
    return f"parley.evidence.v1|{evidence_id}|{report_id}|{sha256}".encode()
