"""Who asks to be shown sealed evidence, and who agreed: never the same person."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.evidence import Evidence
from reports.models.public_id import PubliclyNamed
from reports.models.report import Report
from reports.models.sealing import SealedQuerySet


class AccessState(models.TextChoices):
    ASKED = "asked", _("Waits for another person")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    REVOKED = "revoked", _("Revoked")
    LAPSED = "lapsed", _("Not answered in time")


class AccessRequestQuerySet(SealedQuerySet["AccessRequest"]):
    """Sealed with their report."""

    queue_path = "report__queue"
    report_path = "report"

    def waiting(self, now: datetime) -> Self:
        """Those that can still be answered."""
        return self.filter(state=AccessState.ASKED, lapses_at__gt=now)

    def standing(self, user: User, now: datetime) -> Self:
        """The account's own that open something now."""
        return self.filter(asked_by=user, state=AccessState.APPROVED, expires_at__gt=now)


class AccessRequest(PubliclyNamed):
    """Somebody asks for the originals of some items of a sealed report, and says why.

    It can be answered until `lapses_at`, and opens them from the answer until `expires_at`.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="access_requests")
    items = models.ManyToManyField(Evidence, related_name="access_requests")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(max_length=2000)
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=AccessState, default=AccessState.ASKED)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = AccessRequestQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("asked_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(answered_by=None) | ~Q(answered_by=F("asked_by")),
                name="access_is_answered_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "refused"))
                | Q(answered_by__isnull=False, answered_at__isnull=False),
                name="access_is_answered_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(expires_at__isnull=False, expires_at__gt=F("answered_at")),
                name="access_expires",
            ),
            models.CheckConstraint(
                condition=~Q(state="revoked")
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="access_is_revoked_by_somebody",
            ),
            models.UniqueConstraint(
                fields=("report", "asked_by"),
                condition=Q(state="asked"),
                name="access_is_asked_for_once",
            ),
        )

    def __str__(self) -> str:
        return f"access request {self.short_id}"
