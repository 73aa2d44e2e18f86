"""Second decisions, made blind: what was drawn, what the second person said, what came of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.note import Note
from reports.models.report import Report
from reports.models.sealing import Queue, SealedQuerySet


class QualitySampleQuerySet(SealedQuerySet["QualitySample"]):
    """Samples of sealed queues are samples of their own, known to the child-safety role alone."""


class QualitySample(models.Model):
    """Reports drawn at random from what was decided from `since` to `until`.

    With `seed` anybody can draw it again (`reports.reviewing.sampling`). `day` is the day that the
    daily job drew it for, null for a lead's; `drawn_by` null means the job.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    queue = models.CharField(max_length=16, choices=Queue, default=Queue.STANDARD)
    seed = models.CharField(max_length=64)
    size = models.PositiveSmallIntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    day = models.DateField(null=True, blank=True)
    drawn_at = models.DateTimeField()
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = QualitySampleQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("-drawn_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("day", "queue"),
                condition=Q(day__isnull=False),
                name="quality_sample_once_a_day",
            ),
        )

    def __str__(self) -> str:
        return f"sample of {self.drawn_at:%Y-%m-%d %H:%M}"


class ItemKind(models.TextChoices):
    """How the report stood when it was drawn. AUTOMATIC: a machine sanctioned, nobody decided."""

    CONFIRMED = "confirmed", _("Confirmed")
    DISMISSED = "dismissed", _("Dismissed")
    AUTOMATIC = "automatic", _("Automatic")


class Answer(models.TextChoices):
    """What somebody says about a report, as seen from the policy it was drawn under."""

    THIS_POLICY = "this", _("This rule is broken")
    ANOTHER_POLICY = "another", _("Another rule is broken")
    NONE = "none", _("No rule is broken")


class Resolution(models.TextChoices):
    KEEP = "keep", _("The decision stands")
    REOPEN = "reopen", _("Decide the report again")
    CHANGE_GUIDE = "change_guide", _("The decision stands; the guide has to be clearer")


class QualityItemQuerySet(SealedQuerySet["QualityItem"]):
    """Sealed with their report, also when it was sealed after the draw."""

    queue_path = "report__queue"


class QualityItem(models.Model):
    """One report of a sample, to be decided a second time by who knows nothing of the first time.

    While `held_by` judges it, the report and all that hangs on it don't exist for them anywhere
    else (`SealedQuerySet.report_path`). `lines_count` and `evidence_count` are what there was to
    see: an item with less to see is withdrawn. Never decided by `first_by`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sample = models.ForeignKey(QualitySample, on_delete=models.PROTECT, related_name="items")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="quality_items")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=ItemKind)
    policy = models.SlugField(max_length=40)
    first_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lines_count = models.PositiveSmallIntegerField()
    evidence_count = models.PositiveSmallIntegerField()
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    held_until = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=8, choices=Answer, blank=True, default="")
    answer_policy = models.SlugField(max_length=40, blank=True, default="")
    reason = models.TextField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=12, choices=Resolution, blank=True, default="")
    resolution_reason = models.TextField(max_length=2000, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = QualityItemQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("lead_quality", "Can draw samples and resolve disagreements"),)
        verbose_name = "second decision"
        ordering = ("sample", "place")
        indexes = (
            models.Index(
                fields=("held_by",), condition=Q(held_by__isnull=False), name="quality_item_held"
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("sample", "report"), name="quality_item_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None)
                | ~Q(answer="")
                & Q(answered_by__isnull=False, answered_at__isnull=False, held_by=None),
                name="quality_item_answered_by_somebody",
            ),
            # A null on either side makes the comparison null, which a CHECK lets pass.
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True)
                | Q(first_by__isnull=True)
                | ~Q(answered_by=F("first_by")),
                name="quality_item_by_another",
            ),
            models.CheckConstraint(
                condition=Q(resolution="", resolved_by=None)
                | ~Q(resolution="") & ~Q(answer="") & Q(resolved_by__isnull=False),
                name="quality_item_resolved_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"second decision {str(self.id)[:8]}"

    @property
    def first(self) -> Answer:
        """What the first decision was, in the words of the second."""
        return Answer.NONE if self.kind == ItemKind.DISMISSED else Answer.THIS_POLICY

    @property
    def is_disputed(self) -> bool:
        """Whether there are two decisions, and they differ."""
        return bool(self.answer) and self.answer != self.first


class QualityNoteQuerySet(SealedQuerySet["QualityNote"]):
    """Sealed with the report that is discussed."""

    queue_path = "item__report__queue"


class QualityNote(Note):
    """What somebody says in the discussion of a disagreement."""

    item = models.ForeignKey(QualityItem, on_delete=models.PROTECT, related_name="notes")

    objects = QualityNoteQuerySet.as_manager()
