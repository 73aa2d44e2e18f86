"""Who entered, from which browser, what they prefer, and who must never meet again.

About conversations nothing is kept but what a device has earned by them (`Encounter`).
"""

import uuid

from django.db import models

from chat.messages import Mode


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
    """Somebody who entered; forgotten by `left_at`. `languages` is a list of BCP 47 tags.

    `prevalence_agreed_at` is when they agreed that frames of them may be kept to check the machine;
    it holds for this stay and no other.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="participants")
    pool = models.CharField(max_length=16)
    languages = models.JSONField(default=list)
    terms_version = models.CharField(max_length=32)
    entered_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)
    prevalence_agreed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.id)


class Preferences(models.Model):
    """How somebody wants to talk, as they last chose it; their languages are the participant's.

    `interests` is a list of strings as they were typed.
    """

    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    mode = models.CharField(max_length=5, choices=[(mode.value, mode.value) for mode in Mode])
    interests = models.JSONField(default=list)
    only_common = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return str(self.participant_id)


class Encounter(models.Model):
    """What `device` has earned with one partner: `minutes` talked cleanly, up to the newest day.

    `partner` and `prefix` are keyed fingerprints that differ for each device: they tell partners
    and neighbourhoods of one device apart, and join nothing else.
    """

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="encounters")
    partner = models.CharField(max_length=16)
    prefix = models.CharField(max_length=16)
    on = models.DateField(db_index=True)
    minutes = models.PositiveSmallIntegerField()
    is_goodbye = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "partner"], name="chat_encounter_once")
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min until {self.on}"


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
