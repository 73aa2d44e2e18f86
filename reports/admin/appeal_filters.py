"""How the list of appeals is narrowed."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reports.models import Appeal, AppealState

ALL = "all"


class AppealStateFilter(SimpleListFilter):
    """Open appeals are shown unless others are asked for."""

    title = _("State")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> Iterable[tuple[str, Any]]:
        return [(ALL, _("All")), *AppealState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appeal]) -> QuerySet[Appeal]:
        value = self.value()
        if value == ALL:
            return queryset
        return queryset.filter(state=value if value in AppealState.values else AppealState.OPEN)
