"""The audit trail's table; only `reports.trail.audit` writes it, and nobody changes it (I19)."""

from django.db import models


class AuditEntry(models.Model):
    """One act. `actor` is an account's number, null for the machine; `payload` canonical JSON.

    No foreign keys: an entry must outlive whatever it is about.
    """

    sequence = models.BigIntegerField(primary_key=True)
    actor = models.BigIntegerField(null=True, blank=True)
    actor_name = models.CharField(max_length=150, blank=True)
    verb = models.CharField(max_length=60, db_index=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    payload = models.TextField()
    payload_digest = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "audit entries"
        ordering = ("sequence",)
        indexes = (models.Index(fields=("object_type", "object_id"), name="audit_object"),)

    def __str__(self) -> str:
        return f"{self.sequence} {self.verb}"
