"""How the list of notices is narrowed."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reports.models import Notice

WAITING = Q(report__isnull=True, outcome="")


class NoticeStateFilter(SimpleListFilter):
    """Notices that wait are shown unless others are asked for."""

    title = _("State")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> Iterable[tuple[str, Any]]:
        return [("all", _("All")), ("answered", _("Answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        match self.value():
            case "all":
                return queryset
            case "answered":
                return queryset.exclude(WAITING)
            case _:
                return queryset.filter(WAITING)
