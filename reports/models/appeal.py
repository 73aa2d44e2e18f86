"""What a sanctioned person writes, once, and what another person makes of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.public_id import PubliclyNamed
from reports.models.sanction import Statement
from reports.models.sealing import SealedQuerySet


class AppealState(models.TextChoices):
    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")


class AppealQuerySet(SealedQuerySet["Appeal"]):
    """Sealed with their sanction."""

    queue_path = "statement__sanction__queue"
    report_path = "statement__sanction__report"


class Appeal(PubliclyNamed):
    """One per statement. `disputed_by` and `disputed_second` are whose decision is appealed."""

    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="appeal")
    text = models.TextField(max_length=2000)
    written_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=AppealState, default=AppealState.OPEN)
    disputed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    disputed_second = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(max_length=2000, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("decide_appeal", "Can decide appeals"),)
        ordering = ("written_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(state=AppealState.OPEN, decided_by__isnull=True)
                | ~Q(state=AppealState.OPEN)
                & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="appeal_decided_by_a_person",
            ),
            # A null on either side makes the comparison null, which a CHECK lets pass.
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(disputed_by__isnull=True)
                | ~Q(decided_by=F("disputed_by")),
                name="appeal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(disputed_second__isnull=True)
                | ~Q(decided_by=F("disputed_second")),
                name="appeal_decided_by_a_third",
            ),
        )

    def __str__(self) -> str:
        return f"appeal {self.statement_id}"
