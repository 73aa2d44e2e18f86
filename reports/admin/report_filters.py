"""The choices above the report list: by queue, state, holder, rule, source and age.

What they mean is in `reports.reviewing.narrowing`.
"""

from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.house_rules import policies
from reports.models import Opener, State
from reports.models.sealing import Queue, visible_queues
from reports.reviewing.narrowing import ALL, Reports, narrow_by
from reports.rules import Rule

Choices = list[tuple[str, Any]]


class ReportFilter(SimpleListFilter):
    """One choice of the list's."""

    parameter_name: str

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        """Its values with their words, as far as this account may know of them."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return self.choices_for(request.user)

    def queryset(self, request: HttpRequest, queryset: Reports) -> Reports:
        value = self.value() or ""
        return narrow_by(self.parameter_name, queryset, value, request.user, timezone.now())


class QueueFilter(ReportFilter):
    """Only the queues this account may know of are offered."""

    title = _("Queue")
    parameter_name = "queue"

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        return [(queue.value, Queue(queue).label) for queue in visible_queues(user)]


class StateFilter(ReportFilter):
    """What waits is what the list shows unless asked for something else."""

    title = _("State")
    parameter_name = "state"

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        return [(ALL, _("All")), *State.choices]


class HolderFilter(ReportFilter):
    """In whose hands it is."""

    title = _("Held by")
    parameter_name = "holder"

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        return [("me", _("Me")), ("somebody", _("Somebody")), ("nobody", _("Nobody"))]


class RuleFilter(ReportFilter):
    """The rule that the report was opened for."""

    title = _("Rule")
    parameter_name = "rule"

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        return [(rule.value, policies.title(rule)) for rule in Rule]


class SourceFilter(ReportFilter):
    """Whether a machine or a person raised it first."""

    title = _("Source")
    parameter_name = "source"

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        return list(Opener.choices)


class AgeFilter(ReportFilter):
    """How long it has waited, and what is past its service level."""

    title = _("Age")
    parameter_name = "age"

    @classmethod
    def choices_for(cls, user: object) -> Choices:
        return [
            ("overdue", _("Overdue")),
            ("hour", _("Under an hour")),
            ("day", _("Under a day")),
            ("older", _("A day or more")),
        ]


FILTERS: tuple[type[ReportFilter], ...] = (
    QueueFilter,
    StateFilter,
    HolderFilter,
    RuleFilter,
    SourceFilter,
    AgeFilter,
)
