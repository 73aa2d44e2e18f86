"""Who entered, from which browser, and who must never meet again. Nothing about conversations."""

import uuid

from django.db import models


class Device(models.Model):
    """A browser, known by a signed cookie that outlives leaving.

    `under_age_at` is set once an under-age birth date was given here; the date itself is never
    stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    under_age_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Participant(models.Model):
    """Somebody who entered; forgotten by `left_at`. `languages` is a list of BCP 47 tags."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="participants")
    pool = models.CharField(max_length=16)
    languages = models.JSONField(default=list)
    terms_version = models.CharField(max_length=32)
    entered_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Block(models.Model):
    """Two devices that never meet again, in either direction; made by a block or a report."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="blocked_by")
    conversation = models.UUIDField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "blocked"], name="chat_block_once"),
            models.CheckConstraint(
                condition=~models.Q(device=models.F("blocked")), name="chat_block_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} never meets {self.blocked_id}"
