"""One decision about many reports, and what it takes to carry it out and to undo it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.policy import Policy
from reports.models.public_id import PubliclyNamed
from reports.models.report import Outcome, Report


class Wave(PubliclyNamed):
    """Reports that one person decided together, each with a decision of its own.

    `token` is the form's: sent twice, it counts once. `policy` and `length` are empty for a
    dismissal. `undo_by` asked for all of it to be undone, at `undo_at` and for `undo_reason`.
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
    undo_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undo_at = models.DateTimeField(null=True, blank=True)
    undo_reason = models.TextField(max_length=2000, blank=True, default="")

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
            models.CheckConstraint(
                condition=Q(undo_at__isnull=True, undo_by__isnull=True)
                | Q(undo_at__isnull=False, undo_by__isnull=False),
                name="wave_undone_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"wave {self.short_id}"


class ItemState(models.TextChoices):
    """How far one report of a wave is. Each step is taken once, with what it does to the report in
    one transaction: a process that dies leaves the rest WAITING or UNDOING, for the next one."""

    WAITING = "waiting", _("Waiting")
    DECIDED = "decided", _("Decided")
    PASSED_OVER = "passed_over", _("Passed over")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Stays decided")


UNSETTLED = (ItemState.WAITING, ItemState.UNDOING)
"""What a worker has still to do."""


class WaveItem(models.Model):
    """One report of a wave.

    `version` is the report's as it was picked, and once decided, right after that. `before` holds
    its sanctions' terms as they were, and the versions that the decision left them at: whoever
    touched either since stands in the way of undoing. `why` says why it was passed over or stays
    decided; `settled_at` when the state was reached.
    """

    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="items")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="wave_items")
    state = models.CharField(max_length=12, choices=ItemState, default=ItemState.WAITING)
    why = models.CharField(max_length=200, blank=True, default="")
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    version = models.PositiveIntegerField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=("wave",),
                condition=Q(state__in=UNSETTLED),
                name="wave_item_unsettled",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("wave", "report"), name="wave_item_once"),
            models.CheckConstraint(
                condition=Q(state=ItemState.WAITING, settled_at__isnull=True)
                | ~Q(state=ItemState.WAITING) & Q(settled_at__isnull=False),
                name="wave_item_settled_at_some_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.report_id} in {self.wave_id}"
