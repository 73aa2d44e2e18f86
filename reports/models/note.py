"""What staff write for each other: never changed, only added."""

from django.conf import settings
from django.db import models


class Note(models.Model):
    """Who wrote what, and when."""

    text = models.TextField(max_length=2000)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        abstract = True
        default_permissions = ("view",)
        ordering = ("at", "pk")

    def __str__(self) -> str:
        return f"note {self.pk}"
