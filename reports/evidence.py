"""Evidence: sealed when it comes in, opened for one viewer at a time, both on the record (I18).

    EvidenceError
    ├── NoPrivateKeyError    this process can seal and not open; serve from one that has the key
    ├── NoClaimError         the viewer does not hold the report's claim
    ├── AlteredError         the file is not what was sealed, or was sealed to another key
    └── DestroyedError       only the proof is left

`reports.roles.NotAllowedError` and `Evidence.DoesNotExist` (also for what the account may not
know of) are raised as they are. No plaintext touches a disk (I20).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from reports import audit, envelopes, renditions
from reports.envelopes import Envelope, SealError
from reports.ids import EvidenceId
from reports.keys import evidence_keyring, evidence_public_key, fingerprint
from reports.models import EntryState, Evidence, EvidenceView, Rendition, Report, State
from reports.roles import Right, has_right, require
from reports.snapshots import EvidenceItem, EvidenceKind
from reports.storage import evidence_storage


class EvidenceError(Exception):
    """The evidence can't be had as asked."""


class NoPrivateKeyError(EvidenceError):
    """EVIDENCE_PRIVATE_KEY is not set in this process."""


class NoClaimError(EvidenceError):
    """An original is shown only to who has claimed the report."""


class AlteredError(EvidenceError):
    """File, row and key don't belong together."""


class DestroyedError(EvidenceError):
    """The evidence was destroyed; its row remains as proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A rendition ready to be sent. Call `mark_served(view)` after its last byte."""

    view: int
    media_type: str
    data: bytes


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


def open_mosaic(evidence_id: UUID, *, acting_user: User, now: datetime) -> Opened:
    """The default rendition: a grey mosaic as PNG."""
    require(acting_user, Right.REVIEW)
    row = Evidence.objects.visible_to(acting_user).get(pk=evidence_id)
    view = _record_opening(row, Rendition.MOSAIC, acting_user=acting_user, now=now)
    data = renditions.mosaic(EvidenceKind(row.kind), _unseal(row))
    return Opened(view=view.pk, media_type="image/png", data=data)


def open_original(
    evidence_id: UUID, *, acting_user: User, now: datetime, purpose: str = ""
) -> Opened:
    """The original as PNG with viewer and time across it, for who holds the report's claim, or has
    to agree to its entering a bank.

    That it was opened, and what for, is committed before this returns.
    """
    require(acting_user, Right.OPEN_EVIDENCE)
    row = Evidence.objects.visible_to(acting_user).select_related("report").get(pk=evidence_id)
    report = row.report
    is_held = (
        report.state == State.CLAIMED
        and report.claimed_by_id == acting_user.pk
        and report.claimed_until is not None
        and report.claimed_until > now
    )
    if not is_held and not _waits_for(row, acting_user):
        raise NoClaimError("claim the report before opening its evidence")
    view = _record_opening(
        row, Rendition.ORIGINAL, acting_user=acting_user, now=now, purpose=purpose
    )
    data = renditions.watermarked(
        EvidenceKind(row.kind), _unseal(row), viewer=acting_user.get_username(), at=now
    )
    return Opened(view=view.pk, media_type="image/png", data=data)


def mark_served(view: int, *, now: datetime) -> None:
    """The last byte has left; only this counts as seen (`fileViewedByEsp`)."""
    with audit.trail():
        row = EvidenceView.objects.select_for_update(of=("self",)).select_related("viewer")
        shown = row.get(pk=view)
        if shown.served_at is not None:
            return
        shown.served_at = now
        shown.save(update_fields=["served_at"])
        audit.record(
            "evidence.served",
            target=f"evidence:{shown.evidence_id}",
            payload={"view": shown.pk, "rendition": shown.rendition},
            acting_user=shown.viewer,
            now=now,
        )


def record_lines_served(report: Report, *, acting_user: User, now: datetime) -> None:
    """The report's lines were put on a page; lines are on the record like pictures."""
    with audit.trail():
        audit.record(
            "report.lines_served",
            target=report,
            payload={"queue": report.queue},
            acting_user=acting_user,
            now=now,
        )


def file_name(evidence_id: UUID) -> str:
    """The name of an item's file in the evidence storage."""
    return f"{evidence_id}.sealed"


def _waits_for(row: Evidence, acting_user: User) -> bool:
    """Whether the account has to say if this frame enters a bank: it has to see what it agrees to,
    and the report is closed by then."""
    waiting = row.bank_entries.filter(state=EntryState.PROPOSED).exclude(proposed_by=acting_user)
    return has_right(acting_user, Right.APPROVE_ENTRY) and waiting.exists()


def _record_opening(
    row: Evidence, rendition: Rendition, *, acting_user: User, now: datetime, purpose: str = ""
) -> EvidenceView:
    if row.destroyed_at is not None:
        raise DestroyedError("this evidence was destroyed; only its proof is left")
    if not settings.EVIDENCE_PRIVATE_KEY:
        raise NoPrivateKeyError(
            "EVIDENCE_PRIVATE_KEY is not set here; evidence opens only in the process that has it"
        )
    # Durable: committed before the first byte can leave.
    with audit.trail(is_durable=True):
        view = EvidenceView.objects.create(
            evidence=row, viewer=acting_user, rendition=rendition, opened_at=now
        )
        audit.record(
            "evidence.opened",
            target=row,
            payload={
                "view": view.pk,
                "report": str(row.report_id),
                "rendition": rendition.value,
                "purpose": purpose,
            },
            acting_user=acting_user,
            now=now,
        )
    return view


def _unseal(row: Evidence) -> bytes:
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


def sealing_context(evidence_id: UUID, report_id: UUID, sha256: str) -> bytes:
    """What an item and its key are bound to, so that none opens in another's place."""
    return f"parley.evidence.v1|{evidence_id}|{report_id}|{sha256}".encode()
