"""What a lead wants a policy to become, before and after it is published."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from reports.models.policy import Policy


class PolicyEdit(models.Model):
    """One draft. `terms` are `policy_terms.Terms` as JSON, empty to retire the policy.

    `based_on` is the version that it changes, null for a new, finer policy below `parent`. It is
    over once it was published (`made` is the version) or discarded.
    """

    code = models.SlugField(max_length=40)
    parent = models.SlugField(max_length=40, blank=True)
    based_on = models.ForeignKey(
        Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    terms = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(max_length=2000, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    made = models.ForeignKey(
        Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        default_permissions = ("view",)
        permissions = (("edit_policy", "Can change policies within their bounds"),)
        verbose_name = "draft of a policy"
        verbose_name_plural = "drafts of policies"
        ordering = ("-at",)
        constraints = (
            models.UniqueConstraint(
                fields=("code",), condition=Q(closed_at__isnull=True), name="policy_edit_one_open"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_by__isnull=True, made__isnull=True)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="policy_edit_closed_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"draft of {self.code}"
