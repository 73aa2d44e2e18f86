"""A notice: what somebody without an account tells us about a conversation (DSA Art. 16)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.report import Report
from reports.models.sealing import Queue, SealedQuerySet
from reports.rules import Rule


class NoticeOutcome(models.TextChoices):
    """How a notice ended that led to no report; one that did ends with its report."""

    NO_BREACH = "no_breach", _("No rule was broken")
    NOT_FOUND = "not_found", _("Not found any more")


class NoticeQuerySet(SealedQuerySet["Notice"]):
    """Notices by who may know of them."""

    report_path = "report"


class Notice(models.Model):
    """One notice. `locator` is the conversation's code as it was written, `conversation` the same
    where it is one.

    `sides` holds a frozen context of each of the two in it (`reports.snapshots.Snapshot` as JSON),
    empty when the conversation was no longer in memory. `name` and `email` are whose notice it is,
    emptied some time after the decision (`reports.house_rules.retention_rules`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    queue = models.CharField(max_length=16, choices=Queue)
    rule = models.CharField(max_length=32, choices=[(rule.value, rule.value) for rule in Rule])
    explanation = models.TextField(max_length=4000)
    locator = models.CharField(max_length=200)
    conversation = models.UUIDField(null=True, blank=True, db_index=True)
    sides = models.JSONField(default=list, blank=True)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    receipt = models.CharField(max_length=32, unique=True)
    received_at = models.DateTimeField()
    report = models.ForeignKey(
        Report, null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    outcome = models.CharField(max_length=12, choices=NoticeOutcome, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("received_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(report__isnull=True, outcome="", decided_by__isnull=True)
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="notice_decided_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(report__isnull=True) | Q(outcome=""),
                name="notice_ends_with_its_report",
            ),
        )

    def __str__(self) -> str:
        return f"notice {str(self.id)[:8]}"

    @property
    def is_open(self) -> bool:
        """Whether nobody has answered it, or made a report of it."""
        return self.report_id is None and not self.outcome
