"""A sanction and the statement of reasons that the person gets with it."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.policy import Policy
from reports.models.report import Report
from reports.models.sealing import Queue, SealedQuerySet

MACHINE_MAX = timedelta(days=7)
"""Longer than this needs a person (trust and safety, ladder)."""


class SanctionKind(models.TextChoices):
    WARNING = "warning", _("Warned, bars nobody")
    SUSPENSION = "suspension", _("Suspended for a time")
    HOLD = "hold", _("Held until a person decides")
    EXPULSION = "expulsion", _("Barred for ever")


class Strike(models.TextChoices):
    """What the sanction counts for when the next one is measured."""

    NONE = "none", _("None")
    UNCONFIRMED = "unconfirmed", _("Unconfirmed")
    CONFIRMED = "confirmed", _("Confirmed")
    VOID = "void", _("Void")


class SanctionQuerySet(SealedQuerySet["Sanction"]):
    """Sanctions by what they still do."""

    report_path = "report"

    def in_force(self, now: datetime) -> Self:
        """Not lifted and not over at `now`; a warning keeps nobody out."""
        standing = self.filter(lifted_at=None).exclude(kind=SanctionKind.WARNING)
        return standing.filter(Q(until=None) | Q(until__gt=now))

    def untold(self) -> Self:
        """Warnings that stand and were not shown to the person yet."""
        return self.filter(kind=SanctionKind.WARNING, lifted_at=None, told_at=None)

    def overdue(self, now: datetime) -> Self:
        """Holds that no person has decided on in time: an alarm, never an end."""
        return self.in_force(now).filter(kind=SanctionKind.HOLD, decide_by__lte=now)


class Sanction(models.Model):
    """Keeps a participant and their device out. `decided_by` null means the machine.

    `until` null: until a person decides (HOLD), or for ever (EXPULSION). A hold that waits for a
    second person to make it for ever has `is_for_ever_proposed`. A WARNING keeps nobody out: it is
    over as it begins, for whoever looks at `until` alone. `told_at` is when it was sent to a live
    page of theirs, null before.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    queue = models.CharField(max_length=16, choices=Queue, default=Queue.STANDARD)
    participant = models.UUIDField()
    device = models.UUIDField()
    report = models.ForeignKey(
        Report, null=True, blank=True, on_delete=models.PROTECT, related_name="sanctions"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=SanctionKind)
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    decide_by = models.DateTimeField(null=True, blank=True)
    is_for_ever_proposed = models.BooleanField(default=False)
    strike = models.CharField(max_length=12, choices=Strike, default=Strike.NONE)
    strike_weight = models.PositiveSmallIntegerField(default=0)
    strike_expires_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    told_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (
            ("impose_sanction", "Can sanction without a report, and lift"),
            ("sanction_for_ever", "Can propose or second a bar for ever"),
        )
        ordering = ("-starts_at",)
        indexes = (
            models.Index(
                fields=("participant",), condition=Q(lifted_at=None), name="sanction_participant"
            ),
            models.Index(fields=("device",), condition=Q(lifted_at=None), name="sanction_device"),
        )
        constraints = (
            models.CheckConstraint(
                # A null on either side makes the comparison null, which a CHECK lets pass.
                condition=Q(
                    kind=SanctionKind.SUSPENSION, until__isnull=False, until__gt=F("starts_at")
                )
                | Q(kind__in=(SanctionKind.HOLD, SanctionKind.EXPULSION), until__isnull=True)
                | Q(kind=SanctionKind.WARNING, until__isnull=False, until=F("starts_at")),
                name="sanction_end_fits_kind",
            ),
            models.CheckConstraint(
                condition=~Q(kind=SanctionKind.WARNING) | Q(decided_by__isnull=False),
                name="sanction_warning_by_a_person",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=False)
                | Q(until__isnull=True)
                | Q(until__lte=F("starts_at") + MACHINE_MAX),
                name="sanction_long_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(kind=SanctionKind.EXPULSION)
                | Q(decided_by__isnull=False, seconded_by__isnull=False)
                & ~Q(decided_by=F("seconded_by")),
                name="sanction_for_ever_by_two",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {str(self.id)[:8]}"


class StatementQuerySet(SealedQuerySet["Statement"]):
    """Sealed with their sanction."""

    queue_path = "sanction__queue"
    report_path = "sanction__report"


class Statement(models.Model):
    """The statement of reasons: what the person reads, and what an export needs.

    `code` is 128 random bits, URL-safe: whoever has it may read the statement. `facts` is plain
    text of at most 5,000 characters, `dsa` the fields of the EU Transparency Database by their
    own names (`reports.sanctions.statements.dsa_fields`), empty for a warning, which restricts
    nothing; both are rebuilt with every decision.
    """

    code = models.CharField(max_length=32, unique=True)
    sanction = models.OneToOneField(Sanction, on_delete=models.PROTECT, related_name="statement")
    is_automated = models.BooleanField()
    facts = models.TextField(max_length=5000)
    dsa = models.JSONField(default=dict)
    issued_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    appeal_until = models.DateTimeField()
    pressed_at = models.DateTimeField(null=True, blank=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (("export_statement", "Can export statements for the EU's database"),)
        ordering = ("-issued_at",)

    def __str__(self) -> str:
        return self.code
