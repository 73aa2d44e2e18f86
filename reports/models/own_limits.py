"""Limits of exposure that a lead has set for one account, lower than everybody's."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class OwnLimitsQuerySet(models.QuerySet["OwnLimits"]):
    """By whether they hold."""

    def in_force(self, now: datetime) -> Self:
        """Those that are not over at `now`."""
        return self.filter(Q(until=None) | Q(until__gt=now))


class OwnLimits(models.Model):
    """What one person is shown in a day, at most: originals, severe ones among them, seconds.

    0 is none at all. `until` null: until a lead changes it. `note` is for the person.
    """

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    day_items = models.PositiveIntegerField()
    day_severe = models.PositiveIntegerField()
    day_s = models.PositiveIntegerField()
    note = models.TextField(max_length=500, blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    objects = OwnLimitsQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("set_ownlimits", "Can lower the exposure limits of one account"),)
        verbose_name_plural = "own limits"
        constraints = (
            models.CheckConstraint(
                condition=~Q(set_by=models.F("account")), name="own_limits_are_set_by_another"
            ),
        )

    def __str__(self) -> str:
        return f"limits of {self.account}"
