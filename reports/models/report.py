"""A report, who or what raised it, and what people decided about it."""

import uuid
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.policy import Policy
from reports.models.sealing import Queue, SealedQuerySet


class State(models.TextChoices):
    OPEN = "open", _("Open")
    CLAIMED = "claimed", _("Claimed")
    ESCALATED = "escalated", _("Escalated")
    CLOSED = "closed", _("Closed")


class Outcome(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    DISMISSED = "dismissed", _("Dismissed")


class Opener(models.TextChoices):
    """Who raised the report first; what came later is in its reporters and findings."""

    MACHINE = "machine", _("Machine")
    PERSON = "person", _("Person")
    STAFF = "staff", _("Staff, from another report")


class ReportQuerySet(SealedQuerySet["Report"]):
    """Reports by who may know of them."""

    report_path = "pk"

    def without_context(self) -> Self:
        """Rows without what was frozen at intake, kilobytes each: read when asked for, and not
        written back by `save()`."""
        return self.defer("snapshot", "factors", "line_keys")


class Report(models.Model):
    """What may have broken a rule, by one subject, with its frozen context.

    `snapshot` is the context of the first intake (`reports.snapshots.Snapshot` as JSON). What was
    found in a camera check has no partner.
    `priority` is 0-100 at intake, `factors` its parts with reasons; the queue is ordered by
    `rank`, in which waiting counts. `dismissal_proposed_by` is the first of two who would close it
    without what is grave in it: dismissed, or under a lighter policy. `version` rises with every
    change (optimistic locking). `line_keys` tell reports about the same lines, `subject_prefix`
    those whose subjects came from one neighbourhood, "" if unknown (`reports.incoming.likeness`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    queue = models.CharField(max_length=16, choices=Queue, default=Queue.STANDARD)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    opened_by = models.CharField(max_length=8, choices=Opener)
    rule = models.CharField(max_length=32)
    subject_participant = models.UUIDField(db_index=True)
    subject_device = models.UUIDField(db_index=True)
    partner_participant = models.UUIDField(null=True, blank=True)
    partner_device = models.UUIDField(null=True, blank=True)
    conversation = models.UUIDField(db_index=True)
    mode = models.CharField(max_length=10)
    snapshot = models.JSONField()
    line_keys = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    subject_prefix = models.CharField(max_length=16, blank=True, default="")
    was_pressed = models.BooleanField(default=False)
    is_safety_floor = models.BooleanField(default=False)
    priority = models.FloatField(default=0.0)
    factors = models.JSONField(default=list)
    rank = models.FloatField(default=0.0)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    dismissal_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (
            ("review_report", "Can claim reports, hand them on, and propose to dismiss them"),
            ("decide_report", "Can decide reports"),
            ("handle_child_safety", "Can see and decide child-safety and age-doubt reports"),
            ("take_escalated", "Can claim escalated reports"),
        )
        ordering = ("-rank",)
        indexes = (
            # In the order in which a page of the queue, and the next claim, are read.
            models.Index(
                fields=("-rank", "-id"), condition=~Q(state=State.CLOSED), name="report_by_rank"
            ),
            # The same within a filter, where few fit, without walking past all the others.
            models.Index(
                fields=("rule", "-rank", "-id"),
                condition=~Q(state=State.CLOSED),
                name="report_by_rule",
            ),
            models.Index(
                fields=("opened_by", "-rank", "-id"),
                condition=~Q(state=State.CLOSED),
                name="report_by_source",
            ),
            models.Index(
                fields=("state", "-rank", "-id"),
                condition=Q(state__in=(State.CLAIMED, State.ESCALATED)),
                name="report_by_state",
            ),
            # All that the numbers of a queue need; the id, to leave out what is judged blind.
            models.Index(
                fields=("queue",),
                include=("due_at", "opened_at", "id"),
                condition=~Q(state=State.CLOSED),
                name="report_waiting",
            ),
            # All that measures of a period need.
            models.Index(
                fields=("opened_at",),
                include=("id", "queue", "rule", "opened_by", "due_at"),
                name="report_opened_at",
            ),
            GinIndex(
                fields=("line_keys",), condition=~Q(state=State.CLOSED), name="report_line_keys"
            ),
            models.Index(
                fields=("subject_prefix",),
                condition=~Q(state=State.CLOSED) & ~Q(subject_prefix=""),
                name="report_subject_prefix",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(priority__gte=0.0, priority__lte=100.0), name="report_priority_range"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLAIMED)
                | Q(claimed_by__isnull=False, claimed_until__isnull=False),
                name="report_claimed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED)
                | Q(closed_at__isnull=False, closed_by__isnull=False, outcome__in=Outcome.values),
                name="report_closed_by_a_person",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.CLOSED, outcome=Outcome.DISMISSED, is_safety_floor=True)
                | Q(dismissal_proposed_by__isnull=False) & ~Q(dismissal_proposed_by=F("closed_by")),
                name="report_safety_dismissed_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(queue=Queue.CHILD_SAFETY) | Q(is_safety_floor=True),
                name="report_child_safety_is_floor",
            ),
        )

    def __str__(self) -> str:
        return f"report {str(self.id)[:8]}"


class Occurrence(models.Model):
    """One intake into a report, with its own frozen context."""

    rule = models.CharField(max_length=32)
    conversation = models.UUIDField(db_index=True)
    snapshot = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        abstract = True


class ReporterQuerySet(SealedQuerySet["Reporter"]):
    """Sealed with their report."""

    queue_path = "report__queue"
    report_path = "report"


class Reporter(Occurrence):
    """A person's report: who, what for, in their words. The subject never learns of it.

    `prefix` is a keyed fingerprint of the neighbourhood it came from, good for one subject only and
    "" when unknown; `is_newcomer` says that the device was younger than an hour. `set_aside_by` is
    the measure because of which the voice doesn't count.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="reporters")
    participant = models.UUIDField()
    device = models.UUIDField(db_index=True)
    subject_participant = models.UUIDField()
    note = models.TextField(max_length=1000, blank=True)
    receipt = models.CharField(max_length=32, unique=True)
    prefix = models.CharField(max_length=16, blank=True, default="")
    is_newcomer = models.BooleanField(default=False)
    set_aside_by = models.ForeignKey(
        "ReporterMeasure",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="set_aside",
    )

    objects = ReporterQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("at",)
        constraints = (
            models.UniqueConstraint(
                fields=("participant", "conversation", "subject_participant"),
                name="reporter_once_per_conversation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} by {str(self.participant)[:8]}"


class MachineFindingQuerySet(SealedQuerySet["MachineFinding"]):
    """Sealed with their report."""

    queue_path = "report__queue"


class MachineFinding(Occurrence):
    """A machine's finding; `finding` makes recording it twice safe.

    `is_match`: a bank entry was met, and nothing was judged. `label` has the highest `score`; empty
    for what was found in lines.
    """

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="findings")
    finding = models.UUIDField(unique=True)
    was_cut = models.BooleanField()
    was_pressed = models.BooleanField()
    is_match = models.BooleanField(default=False)
    model_version = models.CharField(max_length=200, blank=True)
    thresholds_version = models.CharField(max_length=200, blank=True)
    label = models.CharField(max_length=60, blank=True, default="")
    score = models.FloatField(default=0.0)

    objects = MachineFindingQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("at",)
        indexes = (models.Index(fields=("at",), name="finding_at"),)

    def __str__(self) -> str:
        return f"{self.rule} found {self.at:%Y-%m-%d %H:%M:%S}"


class DecisionKind(models.TextChoices):
    CLAIMED = "claimed", _("Claimed")
    SKIPPED = "skipped", _("Skipped")
    ESCALATED = "escalated", _("Escalated")
    CONFIRMED = "confirmed", _("Confirmed")
    DISMISSAL_PROPOSED = "dismissal_proposed", _("Dismissal proposed")
    LIGHTER_PROPOSED = "lighter_proposed", _("Lighter policy proposed")
    DISMISSED = "dismissed", _("Dismissed")
    OTHER_SIDE = "other_side", _("The other side as well")
    REPORTER_MEASURED = "reporter_measured", _("Something done about a reporter")
    SANCTIONED = "sanctioned", _("Sanctioned")
    SECONDED = "seconded", _("Seconded for ever")
    LIFTED = "lifted", _("Lifted")
    REOPENED = "reopened", _("Reopened")
    APPEAL_GRANTED = "appeal_granted", _("Appeal granted")
    APPEAL_REFUSED = "appeal_refused", _("Appeal refused")
    UNDONE = "undone", _("Undone")


class DecisionQuerySet(SealedQuerySet["Decision"]):
    """Sealed with what was decided about."""

    report_path = "report"


class Decision(models.Model):
    """What a person did about a report or a sanction, and why. Never changed, only added."""

    report = models.ForeignKey(
        Report, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    sanction = models.ForeignKey(
        "Sanction", null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )
    queue = models.CharField(max_length=16, choices=Queue)
    kind = models.CharField(max_length=20, choices=DecisionKind)
    policy = models.ForeignKey(
        Policy, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(max_length=2000, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (
            ("see_measures", "Can see measures of what may be counted"),
            ("see_people_measures", "Can see measures by person"),
        )
        ordering = ("at",)
        indexes = (models.Index(fields=("kind", "at"), name="decision_kind_at"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(report__isnull=False) | Q(sanction__isnull=False),
                name="decision_about_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M:%S}"
