"""What staff keep for their own work: notes on a report, macros for reasons, saved filters."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reports.models.note import Note
from reports.models.report import Report
from reports.models.sealing import SealedQuerySet


class StaffNoteQuerySet(SealedQuerySet["StaffNote"]):
    """Sealed with their report."""

    queue_path = "report__queue"


class StaffNote(Note):
    """What one of the staff wants the others to know about a report."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="staff_notes")

    objects = StaffNoteQuerySet.as_manager()


class MacroAct(models.TextChoices):
    """What a macro's reason is for."""

    CONFIRM = "confirm", _("Confirm")
    DISMISS = "dismiss", _("Dismiss")
    ESCALATE = "escalate", _("Escalate")


class Macro(models.Model):
    """One version of a reason that staff give often, with the decision it goes with.

    `texts` holds the reason by language, English always. `policies` are the codes it fits, none for
    all. `length` is a `reports.sanctions.ladder.Length`, empty for what the ladder suggests. A
    macro that was taken away has no current version. `edited_by` null: it came with the program.
    """

    code = models.SlugField(max_length=40)
    version = models.PositiveSmallIntegerField(default=1)
    is_current = models.BooleanField(default=True)
    act = models.CharField(max_length=10, choices=MacroAct)
    title = models.CharField(max_length=60)
    texts = models.JSONField(default=dict)
    policies = models.JSONField(default=list, blank=True)
    length = models.CharField(max_length=12, blank=True, default="")
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        permissions = (("edit_macro", "Can write and take away macros"),)
        ordering = ("act", "code", "-version")
        constraints = (
            models.UniqueConstraint(fields=("code", "version"), name="macro_version_once"),
            models.UniqueConstraint(
                fields=("code",), condition=Q(is_current=True), name="macro_one_current"
            ),
            models.CheckConstraint(condition=Q(texts__has_key="en"), name="macro_has_english"),
        )

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class SavedFilter(models.Model):
    """A way to narrow the list of reports that somebody wants again, by a name of their own.

    `query` is a query string of the list's filters; `is_shared` shows it to all who review.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300)
    is_shared = models.BooleanField(default=False)

    class Meta:
        default_permissions = ("view",)
        permissions = (("share_filter", "Can show a saved filter to all who review"),)
        ordering = ("name", "pk")
        constraints = (
            models.UniqueConstraint(fields=("owner", "name"), name="saved_filter_name_once"),
        )

    def __str__(self) -> str:
        return self.name
