"""People who report, as leads see them: their record, what was done about it, and what can be."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.searching import by_id_prefix
from reports.forms import ReasonForm
from reports.house_rules import policies
from reports.house_rules.priority import Band, Record, band
from reports.incoming import reliability, reporters
from reports.models import MeasureKind, Reporter, ReporterMeasure
from reports.roles import Right, has_right
from reports.rules import Rule

REPORTS_SHOWN = 30
BANDS = {
    Band.UNKNOWN: (gettext_lazy("no record yet"), ""),
    Band.RELIABLE: (gettext_lazy("mostly right"), "good"),
    Band.MIXED: (gettext_lazy("sometimes right"), "warning"),
    Band.UNRELIABLE: (gettext_lazy("mostly wrong"), "bad"),
}
DISCREET = gettext_lazy("A reason of the child-safety team, kept there.")
MUTES = [
    (1, gettext_lazy("1 day")),
    (7, gettext_lazy("7 days")),
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
]


class MuteForm(ReasonForm):
    """For how long, and why."""

    days = forms.TypedChoiceField(
        label=gettext_lazy("For"),
        coerce=int,
        choices=MUTES,
        widget=forms.Select(attrs={"class": "staff-input", "data-testid": "mute-days"}),
    )
    field_order = ("days", "reason")


class ReporterPages(ServicePages):
    """The list shows measures; a reporter's page is named by their device."""

    right = Right.MANAGE_REPORTERS
    change_list_template = "reports/admin/reporter_list.html"
    page_template = "reports/admin/reporter.html"
    named_by = "public_id"
    search_fields = ("device",)
    search_help_text = gettext_lazy("device")
    list_display = ("id",)
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReporterMeasure]:
        found = reporters.measures(acting_user(request))
        return found.select_related("by", "lifted_by").order_by("-at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ReporterMeasure], search_term: str
    ) -> tuple[QuerySet[ReporterMeasure], bool]:
        term = search_term.strip()
        return (queryset.filter(by_id_prefix(term, "device")) if term else queryset), False

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<uuid:pk>/lift/", self.lift, "lift"),
            self.page("<uuid:device>/", self.device_page, "change"),
            self.page("<uuid:device>/warn/", self.warn, "warn"),
            self.page("<uuid:device>/mute/", self.mute, "mute"),
            self.page("<uuid:device>/invalidate/", self.invalidate, "invalidate"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        now, user = timezone.now(), acting_user(request)
        wrong = reporters.often_wrong(user, now)
        found = reliability.records(wrong, user)
        return {
            "rows": self._described(rows, user),
            "wrong": [
                {
                    "device": str(device)[:8],
                    "url": self.link("change", device),
                    "record": record_words(found[device]),
                    "is_warned": reliability.warning(device, now) is not None,
                }
                for device in wrong
            ],
        }

    @protected
    @method_decorator(require_safe)
    def device_page(self, request: HttpRequest, device: UUID) -> HttpResponse:
        """The record of who reports from `device`."""
        return self._page(request, device, self._measures(request, device))

    @protected
    @method_decorator(require_POST)
    def warn(self, request: HttpRequest, device: UUID) -> HttpResponse:
        """Say where they report that false reports have an end."""
        said = _("Warned. They read it where they report and on their own page.")
        return self._do_for_a_reason(request, device, "warn", reporters.warn, said=said)

    @protected
    @method_decorator(require_POST)
    def mute(self, request: HttpRequest, device: UUID) -> HttpResponse:
        """What they report from now on counts for nothing, for a while."""
        return self._do(
            request,
            device,
            "mute",
            lambda form, user: reporters.mute(
                device,
                time=timedelta(days=form.cleaned_data["days"]),
                reason=form.cleaned_data["reason"],
                acting_user=user,
                now=timezone.now(),
            ),
            said=_("Muted. Their reports are still kept and read."),
        )

    @protected
    @method_decorator(require_POST)
    def invalidate(self, request: HttpRequest, device: UUID) -> HttpResponse:
        """Their undecided reports count for nothing."""
        said = _("Set aside. The priorities are computed again.")
        return self._do_for_a_reason(request, device, "invalidate", reporters.invalidate, said=said)

    @protected
    @method_decorator(require_POST)
    def lift(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take a measure back."""
        row: ReporterMeasure = self.row(request, pk)
        return self._do(
            request,
            row.device,
            "lift",
            lambda form, user: reporters.lift(
                row.pk, reason=form.cleaned_data["reason"], acting_user=user, now=timezone.now()
            ),
            said=_("Taken back. What is undecided counts again."),
        )

    def _do_for_a_reason(
        self,
        request: HttpRequest,
        device: UUID,
        name: str,
        act: Callable[..., object],
        *,
        said: str,
    ) -> HttpResponse:
        """`_do` for what is about the device itself, and takes nothing but a reason."""
        return self._do(
            request,
            device,
            name,
            lambda form, user: act(
                device, reason=form.cleaned_data["reason"], acting_user=user, now=timezone.now()
            ),
            said=said,
        )

    def _do(
        self,
        request: HttpRequest,
        device: UUID,
        name: str,
        act: Callable[[ReasonForm, User], object],
        *,
        said: str,
    ) -> HttpResponse:
        measures, form = self._measures(request, device), _form(name, request.POST)
        if not form.is_valid():
            return self._page(request, device, measures, {name: form}, status=422)
        try:
            act(form, acting_user(request))
        except reporters.ReporterError as error:
            return back(request, self.link("change", device), said=str(error), went_well=False)
        return back(request, self.link("change", device), said=said)

    def _measures(self, request: HttpRequest, device: UUID) -> list[ReporterMeasure]:
        """The measures about `device`; 404 for one that the account knows no report of."""
        self.require(request)
        measures = list(self.get_queryset(request).filter(device=device))
        is_known = Reporter.objects.visible_to(request.user).filter(device=device).exists()
        if not measures and not is_known:
            raise Http404
        return measures

    def _page(
        self,
        request: HttpRequest,
        device: UUID,
        measures: list[ReporterMeasure],
        refused: dict[str, ReasonForm] | None = None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        user, now = acting_user(request), timezone.now()
        made = (
            Reporter.objects.visible_to(user)
            .filter(device=device)
            .select_related("report", "set_aside_by")
            .order_by("-at")[:REPORTS_SHOWN]
        )
        mute = reliability.mute_at(device, now)
        context = {
            "title": _("Reporter %s") % str(device)[:8],
            "device": device,
            "record": record_words(reliability.records([device], user)[device]),
            "measures": self._described(measures, user),
            "reports": [_report(row) for row in made],
            "forms": {
                **{name: _form(name) for name in ("warn", "mute", "invalidate")},
                **(refused or {}),
            },
            "muted_until": mute.until if mute else None,
            "may_mute_long": reporters.has_gone_on(device, user),
            "warn_url": self.link("warn", device),
            "mute_url": self.link("mute", device),
            "invalidate_url": self.link("invalidate", device),
        }
        return self.render(request, str(device), context, status=status)

    def _described(self, rows: Sequence[ReporterMeasure], user: User) -> list[dict[str, Any]]:
        """The measures in words. What the child-safety team gives as a reason may speak of a sealed
        report, so that it is kept from everybody else, whatever it says (I11)."""
        discreet = set() if has_right(user, Right.CHILD_SAFETY) else reporters.discreet_accounts()
        return [self._measure(row, discreet) for row in rows]

    def _measure(self, row: ReporterMeasure, discreet: set[int]) -> dict[str, Any]:
        is_over = row.until is not None and row.until <= timezone.now()
        return {
            "device": str(row.device)[:8],
            "url": self.link("change", row.device),
            "kind": MeasureKind(row.kind).label,
            "reason": DISCREET if row.by_id in discreet else row.reason,
            "by": row.by.get_username(),
            "at": row.at,
            "until": row.until,
            "lifted_by": row.lifted_by.get_username() if row.lifted_by else "",
            "lift_reason": DISCREET if row.lifted_by_id in discreet else row.lift_reason,
            "is_over": is_over,
            "lift_url": "" if row.lifted_at or is_over else self.link("lift", row.public_id),
        }


def _form(name: str, data: Mapping[str, Any] | None = None) -> ReasonForm:
    """The form of one act; several stand on a page, so each has ids of its own."""
    kind = MuteForm if name == "mute" else ReasonForm
    return kind(data, auto_id=f"{name}_%s")


def record_words(record: Record) -> dict[str, Any]:
    """A reporter's record as staff read it."""
    found = band(record)
    label, tone = BANDS[found]
    return {
        "band": found.value,
        "label": label,
        "tone": tone,
        "judged": record.judged,
        "upheld": record.upheld,
    }


def _report(row: Reporter) -> dict[str, Any]:
    return {
        "at": row.at,
        "title": policies.title(Rule(row.rule)),
        "code": str(row.report_id)[:8],
        "url": reverse("admin:reports_report_change", args=(row.report_id,)),
        "outcome": row.report.get_outcome_display() if row.report.outcome else _("undecided"),
        "is_set_aside": row.set_aside_by_id is not None,
        "is_newcomer": row.is_newcomer,
    }
