"""What was published about a month; frozen with its publication."""

from django.db import models


class TransparencyMonth(models.Model):
    """The public numbers of one complete month (UTC), which `month` is the first day of.

    `figures` holds counts of five and more; smaller ones are null (`reports.public.transparency`).
    """

    month = models.DateField(unique=True)
    figures = models.JSONField()
    published_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        ordering = ("-month",)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
