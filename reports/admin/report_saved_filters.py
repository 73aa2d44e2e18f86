"""Saved filters above the list of reports: with what fits each, to choose, to keep, to remove."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.report_within import count_words
from reports.forms import SavedFilterForm
from reports.models import SavedFilter
from reports.reviewing import saved_filters
from reports.reviewing.narrowing import PARAMETERS, Chosen
from reports.roles import NotAllowedError


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChip:
    """A saved filter as the list shows it; `remove_url` is empty for what somebody else keeps."""

    name: str
    url: str
    count: str
    owner: str
    key: str
    is_chosen: bool
    remove_url: str


class SavedFilterActs(ServicePages):
    """Keeping and removing a filter."""

    @protected
    @method_decorator(require_POST)
    def save_filter(self, request: HttpRequest) -> HttpResponse:
        """Keep what the list is narrowed by, under a name."""
        self.require(request)
        user, form = acting_user(request), SavedFilterForm(request.POST, user=acting_user(request))
        chosen = {name: request.POST.get(name, "") for name in PARAMETERS}
        if not form.is_valid():
            said = str(next(iter(form.errors.values()))[0])
            return back(request, self.link("changelist"), said=said, went_well=False)
        try:
            kept = saved_filters.save(
                form.cleaned_data["name"],
                chosen,
                is_shared=form.cleaned_data.get("is_shared", False),
                acting_user=user,
                now=timezone.now(),
            )
        except (saved_filters.SavedFilterError, NotAllowedError) as error:
            return back(request, self.link("changelist"), said=str(error), went_well=False)
        return back(request, f"{self.link('changelist')}?{kept.query}", said=_("Kept."))

    @protected
    @method_decorator(require_POST)
    def remove_filter(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take one of one's own away."""
        self.require(request)
        try:
            saved_filters.remove(pk, acting_user=acting_user(request), now=timezone.now())
        except SavedFilter.DoesNotExist:
            raise Http404 from None
        return back(request, self.link("changelist"), said=_("Removed."))


def chips(chosen: Chosen, user: User, now: datetime) -> dict[str, Any]:
    """The saved filters with their counts."""
    return {
        "saved_filters": [
            _chip(row, user, chosen, now, key=str(place) if place < 10 else "")
            for place, row in enumerate(saved_filters.visible_to(user), start=1)
        ]
    }


def context(chosen: Chosen, user: User, now: datetime) -> dict[str, Any]:
    """The saved filters, and what could be kept now."""
    shown = chips(chosen, user, now)
    is_kept = any(chip.is_chosen for chip in shown["saved_filters"])
    return {
        **shown,
        "keepable": {} if is_kept else chosen,
        "filter_form": SavedFilterForm(user=user),
        "save_filter_url": reverse("admin:reports_report_save_filter"),
    }


def _chip(row: SavedFilter, user: User, chosen: Chosen, now: datetime, *, key: str) -> FilterChip:
    is_mine, wanted = row.owner_id == user.pk, dict(parse_qsl(row.query))
    return FilterChip(
        name=row.name,
        url=f"{reverse('admin:reports_report_changelist')}?{row.query}",
        count=count_words(wanted, user, now),
        owner="" if is_mine else row.owner.get_username(),
        key=key,
        is_chosen=wanted == chosen,
        remove_url=reverse("admin:reports_report_remove_filter", args=(row.pk,)) if is_mine else "",
    )
