"""A duty to keep what belongs to a report, whatever retention or the person concerned would say."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.public_id import PubliclyNamed
from reports.models.report import Report
from reports.models.sealing import SealedQuerySet


class HoldBasis(models.TextChoices):
    CYBERTIP = "cybertip", _("CyberTipline submission")
    AUTHORITY = "authority", _("Order of an authority or a court")
    INQUIRY = "inquiry", _("Dispute or inquiry of our own")


class LegalHoldQuerySet(SealedQuerySet["LegalHold"]):
    """Sealed with the report that is held."""

    queue_path = "report__queue"
    report_path = "report"

    def in_force(self, now: datetime) -> Self:
        """Neither released nor over at `now`."""
        return self.filter(released_at=None).filter(Q(until=None) | Q(until__gt=now))


class LegalHold(PubliclyNamed):
    """Why a report with its evidence and people is kept, by whom, and until when.

    `until` null: until somebody releases it. `placed_by` null: it was there before holds had names.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="legal_holds")
    basis = models.CharField(max_length=10, choices=HoldBasis)
    reason = models.TextField(max_length=2000)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    placed_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.TextField(max_length=2000, blank=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("place_legalhold", "Can place and release legal holds"),)
        ordering = ("-placed_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(basis=HoldBasis.CYBERTIP) | Q(until__isnull=False),
                name="legal_hold_cybertip_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | Q(released_at__isnull=False, released_by__isnull=False) & ~Q(release_reason=""),
                name="legal_hold_released_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"hold {self.short_id}"
