"""What the pages of known pictures and of imports have in common: states, and acts on a row."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports import banks, enforcement
from reports.admin.pages import ServicePages, back
from reports.forms import ReasonForm
from reports.models import EntryState
from reports.models.bank import STANDING
from reports.roles import NotAllowedError, Right

ALL = "all"
REFUSED = (banks.BankError, enforcement.TwoPeopleNeededError, NotAllowedError)

TONES = {
    EntryState.PROPOSED: "warn",
    EntryState.LOG_ONLY: "warn",
    EntryState.ACTIVE: "bad",
    EntryState.REFUSED: "",
    EntryState.REVOKED: "",
}


class EntryStateFilter(SimpleListFilter):
    """What waits, is on trial or in force is shown unless something else is asked for."""

    title = gettext_lazy("State")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> Iterable[tuple[str, Any]]:
        return [(ALL, gettext_lazy("All")), *((state, state.label) for state in TONES)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value == ALL:
            return queryset
        return queryset.in_stage(*([value] if value in TONES else STANDING))


class BankPages(ServicePages):
    """Only rows of banks that the account may know of exist for it."""

    right = Right.REVIEW
    list_display = ("id",)
    ordering = ("-proposed_at", "-pk")

    def act_for_a_reason(
        self, request: HttpRequest, pk: int, act: Callable[[str], object], said: str
    ) -> HttpResponse:
        """Do it with the reason that the form gives, and say so on the row's page."""
        form = ReasonForm(request.POST)
        if not form.is_valid():
            self.row(request, pk)
            target = self.link("change", pk)
            return back(request, target, said=_("Give a reason."), went_well=False)
        return self.act(request, pk, lambda: act(form.cleaned_data["reason"]), said)

    def act(
        self, request: HttpRequest, pk: int, act: Callable[[], object], said: str
    ) -> HttpResponse:
        """Do it, and say on the row's page what came of it."""
        self.row(request, pk)
        target = self.link("change", pk)
        try:
            act()
        except REFUSED as error:
            return back(request, target, said=str(error), went_well=False)
        return back(request, target, said=said)
