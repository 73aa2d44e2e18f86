"""Legal holds as leads and the child-safety team see them: what is kept, why, and until when."""

from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.searching import by_id_prefix
from reports.admin.state_filters import Offered, StateFilter
from reports.evidence_room import legal_holds
from reports.forms import ReasonField, ReasonForm
from reports.house_rules import policies
from reports.models import HoldBasis, LegalHold, Report
from reports.models.sealing import Queue
from reports.roles import NotAllowedError, Right, has_right
from reports.rules import Rule

OVER = "over"


class LegalHoldForm(forms.Form):
    """Why something is kept, and until when."""

    basis = forms.ChoiceField(
        label=gettext_lazy("Basis"),
        choices=HoldBasis.choices,
        widget=forms.Select(attrs={"class": "staff-input", "data-testid": "hold-basis"}),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        help_text=gettext_lazy(
            "Of a CyberTipline submission: when it was submitted; it is kept for a year from then. "
            "Of any other: the last day; left empty, it is kept until somebody releases it."
        ),
        widget=forms.DateInput(
            attrs={"class": "staff-input", "type": "date", "data-testid": "hold-day"}
        ),
    )
    reason = ReasonField()

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        day = given.get("day")
        if given.get("basis") == HoldBasis.CYBERTIP:
            if day is None:
                self.add_error("day", _("Say when it was submitted."))
            elif day > timezone.now().date():
                self.add_error("day", _("This day is yet to come."))
        return given

    def place(self, report: UUID, user: User, now: datetime) -> LegalHold:
        """Do it. Raises what `reports.evidence_room.legal_holds` raises."""
        given = self.cleaned_data
        basis, day, reason = HoldBasis(given["basis"]), given["day"], given["reason"]
        if basis is HoldBasis.CYBERTIP:
            # The end of that day: a little longer than the law asks for, and never shorter.
            submitted_at = datetime.combine(day, time.max, UTC)
            return legal_holds.place_for_submission(
                report, submitted_at=submitted_at, reason=reason, acting_user=user, now=now
            )
        until = None if day is None else datetime.combine(day, time.max, UTC)
        return legal_holds.place(
            report, basis=basis, until=until, reason=reason, acting_user=user, now=now
        )


class HoldFilter(StateFilter):
    """What is in force is shown unless something else is asked for."""

    def offered(self) -> Offered:
        return [(OVER, gettext_lazy("Over"))]

    def fitting(self, rows: Any, choice: str) -> Any:
        in_force = LegalHold.objects.in_force(timezone.now()).values("pk")
        return rows.exclude(pk__in=in_force) if choice == OVER else rows.filter(pk__in=in_force)


class LegalHoldPages(ServicePages):
    """Only holds on reports whose queue the account may see exist for it."""

    right = Right.PLACE_HOLD
    change_list_template = "reports/admin/legal_hold_list.html"
    page_template = "reports/admin/legal_hold.html"
    named_by = "public_id"
    list_filter = (HoldFilter,)
    search_fields = ("report__id",)
    search_help_text = gettext_lazy("start of a report's number")
    list_display = ("id",)
    ordering = ("-placed_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LegalHold]:
        rows = LegalHold.objects.visible_to(request.user)
        return rows.select_related("report", "placed_by", "released_by").order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LegalHold], search_term: str
    ) -> tuple[QuerySet[LegalHold], bool]:
        term = search_term.strip()
        return (queryset.filter(by_id_prefix(term, "report__id")) if term else queryset), False

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("new/<uuid:report>/", self.new, "new"),
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/release/", self.release, "release"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {"rows": [self.summary(row) for row in rows], "default_state": _("In force")}

    def summary(self, row: LegalHold) -> dict[str, Any]:
        """One hold in words."""
        state, tone = _state(row, timezone.now())
        return {
            "id": row.short_id,
            "url": self.link("change", row.public_id),
            "report": str(row.report_id)[:8],
            "report_url": reverse("admin:reports_report_change", args=(row.report_id,)),
            "title": policies.title(Rule(row.report.rule)),
            "is_sealed": row.report.queue != Queue.STANDARD,
            "basis": row.get_basis_display(),
            "by": row.placed_by.get_username() if row.placed_by else _("nobody is named"),
            "since": row.placed_at,
            "until": _until(row),
            "state": state,
            "tone": tone,
        }

    def context(self, request: HttpRequest, row: LegalHold) -> dict[str, Any]:
        is_in_force = LegalHold.objects.in_force(timezone.now()).filter(pk=row.pk).exists()
        return {
            "title": _("Legal hold %s") % row.short_id,
            "summary": self.summary(row),
            "form": ReasonForm(),
            "may_release": is_in_force and row.basis != HoldBasis.CYBERTIP,
            "is_obliged": is_in_force and row.basis == HoldBasis.CYBERTIP,
            "release_url": self.link("release", row.public_id),
        }

    @protected
    def new(self, request: HttpRequest, report: UUID) -> HttpResponse:
        """The empty form for a report, and what comes of it."""
        self.require(request)
        user = acting_user(request)
        held = Report.objects.visible_to(user).filter(pk=report).first()
        if held is None:
            raise Http404
        form = LegalHoldForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = form.place(report, user, timezone.now())
            except legal_holds.HoldEndError:
                form.add_error("day", ValidationError(_("The hold would be over already.")))
            else:
                return back(
                    request, self.link("change", made.public_id), said=_("It is kept from now.")
                )
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Keep by legal hold"),
            "report": held,
            "report_title": policies.title(Rule(held.rule)),
            "report_url": reverse("admin:reports_report_change", args=(report,)),
            "form": form,
        }
        template = "reports/admin/legal_hold_new.html"
        return TemplateResponse(request, template, context, status=422 if form.errors else 200)

    @protected
    @method_decorator(require_POST)
    def release(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """End a hold for a reason."""
        row = self.row(request, pk)
        form, target, user = ReasonForm(request.POST), self.link("change", pk), acting_user(request)
        if not form.is_valid():
            return back(request, target, said=_("Give a reason."), went_well=False)
        try:
            legal_holds.release(
                row.pk, reason=form.cleaned_data["reason"], acting_user=user, now=timezone.now()
            )
        except (NotAllowedError, legal_holds.LegalHoldError) as error:
            return back(request, target, said=str(error), went_well=False)
        said = _("Released. What is over its time is destroyed within the hour.")
        return back(request, target, said=said)


def of_report(report: Report, user: User, now: datetime) -> dict[str, Any]:
    """For the report's page: the holds in force, and where who may can place one."""
    may_place = has_right(user, Right.PLACE_HOLD)
    holds = LegalHold.objects.in_force(now).filter(report=report)
    return {
        "legal_holds": [
            {
                "basis": hold.get_basis_display(),
                "until": _("until %s") % _until(hold) if hold.until else _until(hold),
                "url": reverse("admin:reports_legalhold_change", args=(hold.public_id,))
                if may_place
                else "",
            }
            for hold in holds
        ],
        "new_hold_url": reverse("admin:reports_legalhold_new", args=(report.pk,))
        if may_place
        else "",
    }


def _state(row: LegalHold, now: datetime) -> tuple[str, str]:
    if row.released_at is not None:
        return _("released"), ""
    if row.until is not None and row.until <= now:
        return _("over"), ""
    return _("in force"), "warning"


def _until(row: LegalHold) -> str:
    if row.until is None:
        return _("until somebody releases it")
    return date_format(row.until, "j M Y, H:i") + " UTC"
