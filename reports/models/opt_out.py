"""What an account does not want to be offered: its own choice, and nobody else's business."""

from django.conf import settings
from django.db import models


class OptOut(models.Model):
    """A rule whose reports are not offered to the account. No role may list these rows."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    rule = models.CharField(max_length=32)
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("account", "rule"), name="opted_out_of_a_rule_once"),
        )

    def __str__(self) -> str:
        return f"opt-out {self.pk}"
