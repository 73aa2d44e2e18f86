"""One decision about many reports, and what it takes to undo it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from reports.models.policy import Policy
from reports.models.public_id import PubliclyNamed
from reports.models.report import Outcome, Report


class Wave(PubliclyNamed):
    """Reports that one person decided together, each with a decision of its own.

    `token` is the form's: sent twice, it counts once. `policy` and `length` are empty for a
    dismissal. `passed_over` lists what was left alone: `{"report": id, "why": words}`.
    """

    token = models.UUIDField(unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    policy = models.ForeignKey(
        Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    length = models.CharField(max_length=12, blank=True)
    reason = models.TextField(max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    passed_over = models.JSONField(default=list, blank=True)

    class Meta:
        default_permissions = ("view",)
        permissions = (("decide_wave", "Can decide many reports at once, and undo that"),)
        ordering = ("-at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome=Outcome.CONFIRMED, policy__isnull=False)
                | Q(outcome=Outcome.DISMISSED, policy__isnull=True),
                name="wave_policy_fits_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"wave {self.short_id}"


class WaveItem(models.Model):
    """One report of a wave. `before` holds its sanctions' terms as they were, and the versions that
    the decision left them at; `version` is the report's right after it: whoever touched either
    since stands in the way of undoing."""

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="items")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="wave_items")
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    version = models.PositiveIntegerField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("wave", "report"), name="wave_item_once"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="wave_item_undone_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.report_id} in {self.wave_id}"
