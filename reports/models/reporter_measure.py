"""What was done about somebody who reports: a warning, a mute, reports set aside."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.public_id import PubliclyNamed


class MeasureKind(models.TextChoices):
    WARNED = "warned", _("Warned")
    MUTED = "muted", _("Muted")
    INVALIDATED = "invalidated", _("Reports set aside")


class ReporterMeasureQuerySet(models.QuerySet["ReporterMeasure"]):
    """Measures by whom they are about and what they still do."""

    def mutes_at(self, device: object, at: datetime) -> Self:
        """The mutes of `device` that hold at `at`."""
        return self.filter(
            device=device, kind=MeasureKind.MUTED, at__lte=at, until__gt=at, lifted_at=None
        )


class ReporterMeasure(PubliclyNamed):
    """One measure about a reporter's device. `until` is a mute's end and null otherwise.

    A mute sets aside what is reported while it holds, an invalidation what was undecided then:
    those reports are kept and read, and their voice counts for nothing.
    """

    device = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=12, choices=MeasureKind)
    reason = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_reason = models.TextField(max_length=2000, blank=True)

    objects = ReporterMeasureQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("manage_reporters", "Can warn and mute reporters, and set reports aside"),)
        # What its pages are about.
        verbose_name = "reporter"
        verbose_name_plural = "reporters"
        ordering = ("-at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=MeasureKind.MUTED, until__isnull=False, until__gt=models.F("at"))
                | ~Q(kind=MeasureKind.MUTED) & Q(until__isnull=True),
                name="reporter_measure_mute_ends",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="reporter_measure_lifted_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {str(self.device)[:8]}"
