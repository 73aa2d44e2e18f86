"""How lists are narrowed by state: what waits comes first, and the rest when it is asked for."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

ALL = "all"
Offered = Iterable[tuple[str, Any]]


class StateFilter(SimpleListFilter):
    """`fitting` is what a list shows for a choice, and for none."""

    title = _("State")
    parameter_name = "state"

    def offered(self) -> Offered:
        """The choices beside all of it."""
        return ()

    def fitting(self, rows: Any, choice: str) -> Any:
        """The rows of a choice other than all; "" and what is none of them are the list's own."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> Offered:
        return [(ALL, _("All")), *self.offered()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        choice = self.value() or ""
        return queryset if choice == ALL else self.fitting(queryset, choice)
