"""Sealed evidence; the bytes themselves are in the evidence storage."""

import uuid

from django.db import models

from reports.models.report import Report
from reports.models.sealing import SealedQuerySet
from reports.snapshots import EvidenceKind


class EvidenceQuerySet(SealedQuerySet["Evidence"]):
    """Sealed with its report."""

    queue_path = "report__queue"


class Evidence(models.Model):
    """One sealed item. After destruction the row stays as proof, with digests and without key.

    `frames` is how many pictures there are to look at: 1 of a still, 0 of a segment that can't be
    read. `pdq` is the perceptual hash of a frame as hex, `pdq_quality` 0-100, `pdq_crops` the
    hashes that a bank compares (`reports.hashing.crops`). `wrapped_key` opens only with the private
    key whose public half has the fingerprint `key_id`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="evidence")
    kind = models.CharField(
        max_length=8, choices=[(kind.value, kind.value) for kind in EvidenceKind]
    )
    media_type = models.CharField(max_length=60)
    is_offending = models.BooleanField(default=False)
    captured_at = models.DateTimeField()
    sealed_at = models.DateTimeField()
    size_bytes = models.PositiveIntegerField()
    frames = models.PositiveSmallIntegerField(default=1)
    sha256 = models.CharField(max_length=64, db_index=True)
    md5 = models.CharField(max_length=32)
    pdq = models.CharField(max_length=64, blank=True)
    pdq_quality = models.PositiveSmallIntegerField(null=True, blank=True)
    pdq_crops = models.JSONField(default=list, blank=True)
    nonce = models.BinaryField()
    wrapped_key = models.BinaryField()
    key_id = models.CharField(max_length=16)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("open_evidence", "Can open originals of claimed reports"),)
        verbose_name_plural = "evidence"
        ordering = ("captured_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("report", "kind", "sha256"), name="evidence_once_per_report"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]}"
