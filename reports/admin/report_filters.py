"""How the report list is narrowed: by queue, state, rule, source and age."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports import policies
from reports.models import Opener, Report, State
from reports.models.sealing import Queue, visible_queues
from reports.rules import Rule

Choices = Iterable[tuple[str, Any]]
ALL = "all"


class ColumnFilter(SimpleListFilter):
    """The reports with the chosen value in `column`; every report while none is chosen."""

    column: str

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        value = self.value()
        return queryset.filter(**{self.column: value}) if value else queryset


class QueueFilter(ColumnFilter):
    """Only the queues this account may know of are offered."""

    title = _("Queue")
    parameter_name = column = "queue"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(queue.value, Queue(queue).label) for queue in visible_queues(request.user)]


class StateFilter(SimpleListFilter):
    """What waits is what the list shows unless asked for something else."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(ALL, _("All")), *State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        value = self.value()
        if value == ALL:
            return queryset
        if value in State.values:
            return queryset.filter(state=value)
        return queryset.exclude(state=State.CLOSED)


class RuleFilter(ColumnFilter):
    """The rule that the report was opened for."""

    title = _("Rule")
    parameter_name = column = "rule"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(rule.value, policies.title(rule)) for rule in Rule]


class SourceFilter(ColumnFilter):
    """Whether a machine or a person raised it first."""

    title = _("Source")
    parameter_name = "source"
    column = "opened_by"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return Opener.choices


class AgeFilter(SimpleListFilter):
    """How long it has waited, and what is past its service level."""

    title = _("Age")
    parameter_name = "age"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [
            ("overdue", _("Overdue")),
            ("hour", _("Under an hour")),
            ("day", _("Under a day")),
            ("older", _("A day or more")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> QuerySet[Report]:
        return _by_age(queryset, self.value(), timezone.now())


def _by_age(reports: QuerySet[Report], age: str | None, now: datetime) -> QuerySet[Report]:
    day_ago = now - timedelta(days=1)
    if age == "overdue":
        return reports.exclude(state=State.CLOSED).filter(due_at__lt=now)
    if age == "hour":
        return reports.filter(opened_at__gte=now - timedelta(hours=1))
    if age == "day":
        return reports.filter(opened_at__gte=day_ago)
    if age == "older":
        return reports.filter(opened_at__lt=day_ago)
    return reports
