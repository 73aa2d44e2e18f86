"""The waves: what was decided together, how far each is, and undoing it."""

import logging
from collections import Counter
from typing import Any
from uuid import UUID

from celery.exceptions import CeleryError
from django.contrib.auth.models import User
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST
from kombu.exceptions import OperationalError

from reports import tasks
from reports.admin import wave_choosing
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.report_decision import only_reason_errors
from reports.admin.wave_choosing import WaveForm
from reports.forms import ReasonForm
from reports.models import ItemState, Outcome, Report, Wave, WaveItem
from reports.models.wave import UNSETTLED
from reports.reviewing import waves
from reports.reviewing.waves import Verdict
from reports.roles import Right

log = logging.getLogger(__name__)


class WavePages(ServicePages):
    """The waves that were decided; a new one is chosen by rule, network, or a report it is like."""

    right = Right.DECIDE_WAVES
    change_list_template = "reports/admin/wave_list.html"
    page_template = "reports/admin/wave.html"
    named_by = "public_id"
    list_display = ("id",)
    search_fields = ("by__username", "reason")
    search_help_text = gettext_lazy("account or reason")
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        return Wave.objects.select_related("by", "undo_by", "policy").order_by("-at")

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("new/", self.new, "new"),
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/undo/", self.undo, "undo"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        found = _counts(rows, acting_user(request))
        return {
            "rows": [
                (_summary(row, found[row.pk]), self.link("change", row.public_id)) for row in rows
            ],
            "new_url": self.link("new"),
        }

    def context(self, request: HttpRequest, row: Wave) -> dict[str, Any]:
        user = acting_user(request)
        items, counts = _items(row, user), _counts([row], user)[row.pk]
        left_s = (waves.undo_until(row) - timezone.now()).total_seconds()
        waits, is_decided = counts[ItemState.WAITING] > 0, counts[ItemState.DECIDED] > 0
        return {
            "title": _("Wave %s") % row.short_id,
            "wave": _summary(row, counts),
            "items": [_item(item) for item in items],
            "may_undo": waits or (left_s > 0 and is_decided),
            "minutes_left": 0 if waits else max(1, int(left_s // 60)),
            "undo_url": self.link("undo", row.public_id),
            "form": ReasonForm(),
        }

    @protected
    @method_decorator(require_http_methods(["GET", "POST"]))
    def new(self, request: HttpRequest) -> HttpResponse:
        """Choose (GET), and have decided what is ticked (POST)."""
        self.require(request)
        user = acting_user(request)
        if request.method == "GET":
            rule = wave_choosing.asked_for(request).rule
            return self._chooser(request, WaveForm(user=user, initial={"policy": rule}))
        token, picks = wave_choosing.token(request), wave_choosing.picks(request)
        is_dismissal = request.POST.get("act") == Outcome.DISMISSED
        form, reason = WaveForm(request.POST, user=user), ReasonForm(request.POST)
        if not (reason if is_dismissal else form).is_valid():
            if is_dismissal:
                only_reason_errors(form)
            return self._chooser(request, form, status=422)
        verdict = (
            Verdict(reason=reason.cleaned_data["reason"])
            if is_dismissal
            else Verdict(
                reason=form.cleaned_data["reason"],
                policy=form.cleaned_data["policy"],
                length=form.length(),
            )
        )
        try:
            wave = waves.begin(token, picks, verdict, acting_user=user, now=timezone.now())
        except waves.WaveError as error:
            form.add_error(None, str(error))
            return self._chooser(request, form, status=422)
        _hand_on(wave)
        return back(request, self.link("change", wave.public_id))

    @protected
    @method_decorator(require_POST)
    def undo(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Everything as it was, for ten minutes."""
        row, form, home = self.row(request, pk), ReasonForm(request.POST), self.link("change", pk)
        if not form.is_valid():
            return back(request, home, said=_("Give a reason."), went_well=False)
        reason = form.cleaned_data["reason"]
        try:
            wave = waves.ask_undo(
                row.pk, reason=reason, acting_user=acting_user(request), now=timezone.now()
            )
        except waves.WaveError as error:
            return back(request, home, said=str(error), went_well=False)
        _hand_on(wave)
        return back(request, home)

    def _chooser(self, request: HttpRequest, form: WaveForm, *, status: int = 200) -> HttpResponse:
        user, now = acting_user(request), timezone.now()
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("New wave"),
            **wave_choosing.context(request, wave_choosing.asked_for(request), user, now),
            "form": form,
        }
        return TemplateResponse(request, "reports/admin/wave_new.html", context, status=status)


def _hand_on(wave: Wave) -> None:
    """Have a worker begin at once; what is written down is found within a minute in any case."""
    try:
        tasks.carry_out_wave.apply_async(kwargs={"wave_id": wave.pk}, retry=False)
    except (OperationalError, CeleryError) as error:
        log.warning("%s waits for the next round: %s", wave, type(error).__name__)


def _visible_items(user: User) -> QuerySet[WaveItem]:
    """What was sealed since is neither listed nor counted for whoever may not know of it (I11)."""
    return WaveItem.objects.filter(report__in=Report.objects.visible_to(user))


def _items(row: Wave, user: User) -> list[WaveItem]:
    return list(_visible_items(user).filter(wave=row).order_by("pk"))


def _counts(rows: list[Wave], user: User) -> dict[int, Counter[str]]:
    """How many reports of each wave are in which state, in one query."""
    found: dict[int, Counter[str]] = {row.pk: Counter() for row in rows}
    states = _visible_items(user).filter(wave__in=rows).order_by().values("wave", "state")
    for each in states.annotate(number=Count("pk")):
        found[each["wave"]][each["state"]] = each["number"]
    return found


def _item(item: WaveItem) -> dict[str, Any]:
    return {
        "code": str(item.report_id)[:8],
        "url": reverse("admin:reports_report_change", args=(item.report_id,)),
        "state": item.get_state_display(),
        "tone": _TONES[ItemState(item.state)],
        "why": item.why,
    }


def _summary(row: Wave, counts: Counter[str]) -> dict[str, Any]:
    picked = counts.total()
    left = sum(counts[state] for state in UNSETTLED)
    # What is being undone was decided, and so was what stays as it is.
    decided = sum(counts[state] for state in (ItemState.DECIDED, ItemState.KEPT))
    return {
        "code": row.short_id,
        "outcome": row.get_outcome_display(),
        "policy": row.policy.shown_title if row.policy else "",
        "length": row.length,
        "reason": row.reason,
        "by": row.by.get_username(),
        "at": row.at,
        "picked": picked,
        "settled": picked - left,
        "left": left,
        "said": _said(row, left, picked),
        "count": decided + counts[ItemState.UNDOING],
        "undone": counts[ItemState.UNDONE],
        "passed_over": counts[ItemState.PASSED_OVER],
        "kept": counts[ItemState.KEPT],
        "undo_by": row.undo_by.get_username() if row.undo_by else "",
        "undo_at": row.undo_at,
        "undo_reason": row.undo_reason,
    }


def _said(row: Wave, left: int, picked: int) -> str:
    if not left:
        return ngettext("%d report, done.", "All of %d reports, done.", picked) % picked
    if row.undo_by is not None:
        return ngettext("%d report to undo.", "%d reports to undo.", left) % left
    return ngettext("%d report to come.", "%d reports to come.", left) % left


_TONES = {
    ItemState.WAITING: "",
    ItemState.DECIDED: "good",
    ItemState.PASSED_OVER: "warning",
    ItemState.UNDOING: "",
    ItemState.UNDONE: "info",
    ItemState.KEPT: "warning",
}
