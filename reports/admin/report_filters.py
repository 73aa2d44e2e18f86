"""How the report list is narrowed: by queue, state, holder, rule, source and age.

`narrow` is the one meaning of the filters: the list uses it, and so do the counts of saved ones.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.house_rules import policies
from reports.models import Opener, Report, State
from reports.models.sealing import Queue, visible_queues
from reports.rules import Rule

Choices = Iterable[tuple[str, Any]]
Reports = QuerySet[Report]
Viewer = User | AnonymousUser
ALL = "all"


def narrow(reports: Reports, chosen: Mapping[str, str], user: Viewer, now: datetime) -> Reports:
    """The reports that fit every choice; without a state, those that wait."""
    for name, fitting in _FITTING.items():
        reports = fitting(reports, chosen.get(name, ""), user, now)
    return reports


class ReportFilter(SimpleListFilter):
    """One choice of the list's."""

    def queryset(self, request: HttpRequest, queryset: Reports) -> Reports:
        fitting = _FITTING[str(self.parameter_name)]
        return fitting(queryset, self.value() or "", request.user, timezone.now())


class QueueFilter(ReportFilter):
    """Only the queues this account may know of are offered."""

    title = _("Queue")
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(queue.value, Queue(queue).label) for queue in visible_queues(request.user)]


class StateFilter(ReportFilter):
    """What waits is what the list shows unless asked for something else."""

    title = _("State")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(ALL, _("All")), *State.choices]


class HolderFilter(ReportFilter):
    """In whose hands it is."""

    title = _("Held by")
    parameter_name = "holder"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [("me", _("Me")), ("somebody", _("Somebody")), ("nobody", _("Nobody"))]


class RuleFilter(ReportFilter):
    """The rule that the report was opened for."""

    title = _("Rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return [(rule.value, policies.title(rule)) for rule in Rule]


class SourceFilter(ReportFilter):
    """Whether a machine or a person raised it first."""

    title = _("Source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Choices:
        return Opener.choices


class AgeFilter(ReportFilter):
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


def _by_column(column: str) -> "Fitting":
    def by(reports: Reports, value: str, _user: Viewer, _now: datetime) -> Reports:
        return reports.filter(**{column: value}) if value else reports

    return by


def _by_state(reports: Reports, state: str, _user: Viewer, _now: datetime) -> Reports:
    if state == ALL:
        return reports
    if state in State.values:
        return reports.filter(state=state)
    return reports.exclude(state=State.CLOSED)


def _by_holder(reports: Reports, holder: str, user: Viewer, now: datetime) -> Reports:
    held = Q(state=State.CLAIMED, claimed_until__gt=now)
    if holder == "me":
        return reports.filter(held, claimed_by=user.pk)
    if holder == "somebody":
        return reports.filter(held)
    if holder == "nobody":
        return reports.exclude(held)
    return reports


def _by_age(reports: Reports, age: str, _user: Viewer, now: datetime) -> Reports:
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


Fitting = Callable[[Reports, str, Viewer, datetime], Reports]
_FITTING: dict[str, Fitting] = {
    "queue": _by_column("queue"),
    "state": _by_state,
    "holder": _by_holder,
    "rule": _by_column("rule"),
    "source": _by_column("opened_by"),
    "age": _by_age,
}
