"""Who was shown which frame of evidence, and on what basis."""

from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.access import AccessRequest
from reports.models.evidence import Evidence
from reports.models.sealing import SealedQuerySet


class Rendition(models.TextChoices):
    MOSAIC = "mosaic", _("Mosaic")
    ORIGINAL = "original", _("Original")


class Basis(models.TextChoices):
    """Why somebody may be shown it."""

    REPORT = "report", _("A report that they may review")
    CLAIM = "claim", _("Their claim on the report")
    ENTRY = "entry", _("A bank entry that they have to agree to")
    QUALITY = "quality", _("A second decision that they make")


class EvidenceViewQuerySet(SealedQuerySet["EvidenceView"]):
    """Sealed with its report."""

    queue_path = "evidence__report__queue"


class EvidenceView(models.Model):
    """One showing of one frame: opened before the first byte, served after the last, covered when
    it was no longer looked at.

    `frame` counts from 0. An original is grey unless it is `in_colour`. `access` is
    the approval that a sealed one was opened on.
    """

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="views")
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rendition = models.CharField(max_length=8, choices=Rendition)
    frame = models.PositiveSmallIntegerField(default=0)
    in_colour = models.BooleanField(default=False)
    basis = models.CharField(max_length=8, choices=Basis)
    access = models.ForeignKey(
        AccessRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="views"
    )
    opened_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True, blank=True)
    covered_at = models.DateTimeField(null=True, blank=True)
    is_severe = models.BooleanField(default=False)

    objects = EvidenceViewQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("opened_at",)
        indexes = (
            models.Index(
                fields=("viewer", "opened_at"),
                condition=Q(rendition="original"),
                name="evidence_originals_of_viewer",
            ),
            models.Index(
                fields=("served_at",),
                condition=Q(rendition="original"),
                name="evidence_originals_served",
            ),
            models.Index(
                fields=("viewer",),
                condition=Q(rendition="original", covered_at=None),
                name="evidence_originals_uncovered",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(rendition=Rendition.MOSAIC, in_colour=False)
                | Q(rendition=Rendition.ORIGINAL) & ~Q(basis=Basis.REPORT),
                name="evidence_view_has_a_basis",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rendition} {self.opened_at:%Y-%m-%d %H:%M:%S}"

    @property
    def item(self) -> UUID:
        """What counts as one thing that was shown."""
        return self.evidence_id
