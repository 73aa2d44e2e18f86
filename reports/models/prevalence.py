"""Prevalence frames: what stays of them on a disk is numbers, answers and a digest, no picture."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.evidence_view import Rendition
from reports.models.report import Report


class Ending(models.TextChoices):
    """Why a frame was destroyed. LOST: the memory was emptied, as it is by a restart."""

    ANSWERED = "answered", _("Answered")
    REPORTED = "reported", _("Reported")
    UNANSWERED = "unanswered", _("Not answered in time")
    WITHDRAWN = "withdrawn", _("Taken back by the person")
    LOST = "lost", _("Lost with the memory")


class PrevalenceFrame(models.Model):
    """A frame drawn at random from what the machine found nothing in, kept with consent.

    Names nobody. `label` and `score` are the highest of what the machine said, "" and 0.0 for
    nothing at all. `policy` is the code of what people say it breaks, "" for nothing, once it has
    ended with an answer; `is_sealed` says that the policy or the report is the child-safety
    role's, `is_disputed` that two people differed. `sha256` is the proof that is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    captured_at = models.DateTimeField()
    label = models.CharField(max_length=64, blank=True, default="")
    score = models.FloatField(default=0.0)
    scores = models.JSONField(default=list)
    model_version = models.CharField(max_length=200)
    thresholds_version = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    held_until = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=10, choices=Ending, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)
    policy = models.SlugField(max_length=40, blank=True, default="")
    is_sealed = models.BooleanField(default=False)
    is_disputed = models.BooleanField(default=False)
    report = models.ForeignKey(
        Report, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        default_permissions = ("view",)
        ordering = ("captured_at",)
        indexes = (
            models.Index(
                fields=("captured_at",), condition=Q(ending=""), name="prevalence_frame_open"
            ),
            models.Index(fields=("ended_at",), name="prevalence_frame_ended"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ending="", ended_at=None, policy="", report=None)
                | ~Q(ending="") & Q(ended_at__isnull=False, held_by=None),
                name="prevalence_frame_ends_once",
            ),
            models.CheckConstraint(
                condition=Q(report__isnull=True) | Q(ending=Ending.REPORTED),
                name="prevalence_frame_reported",
            ),
        )

    def __str__(self) -> str:
        return f"prevalence frame {str(self.id)[:8]}"


class PrevalenceAnswer(models.Model):
    """What one person says of a frame: the code of the policy that it breaks, "" for none."""

    frame = models.ForeignKey(PrevalenceFrame, on_delete=models.PROTECT, related_name="answers")
    policy = models.SlugField(max_length=40, blank=True, default="")
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        ordering = ("at",)
        constraints = (
            models.UniqueConstraint(
                fields=("frame", "answered_by"), name="prevalence_answer_of_two_people"
            ),
        )

    def __str__(self) -> str:
        return f"answer of {self.at:%Y-%m-%d %H:%M:%S}"


class PrevalenceView(models.Model):
    """One showing of a prevalence frame, counted like one of evidence (`EvidenceView`)."""

    frame = models.ForeignKey(PrevalenceFrame, on_delete=models.PROTECT, related_name="views")
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rendition = models.CharField(max_length=8, choices=Rendition)
    in_colour = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    served_at = models.DateTimeField(null=True, blank=True)
    covered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        ordering = ("opened_at",)
        indexes = (
            models.Index(
                fields=("viewer", "opened_at"),
                condition=Q(rendition="original"),
                name="prevalence_originals_of_viewer",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rendition} {self.opened_at:%Y-%m-%d %H:%M:%S}"

    @property
    def item(self) -> uuid.UUID:
        """What counts as one thing that was shown."""
        return self.frame_id

    @property
    def is_severe(self) -> bool:
        """Nobody knows what is in a frame before it is looked at."""
        return False
