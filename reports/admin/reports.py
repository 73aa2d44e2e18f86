"""The report queue and the report page: where staff claim, look and decide."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin import (
    report_also,
    report_decision,
    report_evidence,
    report_exhibits,
    report_macros,
    report_page,
    report_saved_filters,
    report_within,
)
from reports.admin.dashboard import queue_counts
from reports.admin.pages import acting_user, protected
from reports.admin.report_acts import ReportActs
from reports.admin.report_also import AlsoActs
from reports.admin.report_filters import FILTERS
from reports.admin.report_rows import row_of, with_counts
from reports.admin.report_saved_filters import SavedFilterActs
from reports.admin.searching import by_id_prefix
from reports.evidence_room import viewing
from reports.forms import ConfirmForm, NoteForm
from reports.models import Report, Reporter, Sanction
from reports.reviewing import wave_candidates
from reports.roles import Right, has_right

HEARTBEATS_PER_LEASE = 4


class ReportPages(ReportActs, AlsoActs, SavedFilterActs):
    """Reports in the queues that the account may know of, by urgency."""

    right = Right.REVIEW
    change_list_template = "reports/admin/report_list.html"
    page_template = "reports/admin/report.html"
    search_fields = ("id",)
    search_help_text = gettext_lazy("id, receipt or statement code")
    list_display = ("id",)
    list_filter = FILTERS
    show_full_result_count = False
    ordering = ("-rank",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        return with_counts(Report.objects.visible_to(request.user)).order_by("-rank")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Report], search_term: str
    ) -> tuple[QuerySet[Report], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        columns = ("id", "subject_participant", "subject_device", "conversation")
        ids = by_id_prefix(term, *columns)
        receipts = Reporter.objects.filter(receipt=term).values("report")
        statements = Sanction.objects.filter(statement__code=term).values("report")
        return queryset.filter(ids | Q(pk__in=receipts) | Q(pk__in=statements)), False

    def page_urls(self) -> list[URLPattern]:
        evidence_path = "<uuid:pk>/evidence/<uuid:item>"
        return [
            self.page("next/", self.next, "next"),
            self.page("worked-off/", self.worked_off, "worked_off"),
            self.page("filters/save/", self.save_filter, "save_filter"),
            self.page("filters/<int:pk>/remove/", self.remove_filter, "remove_filter"),
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/claim/", self.claim, "claim"),
            self.page("<uuid:pk>/heartbeat/", self.heartbeat, "heartbeat"),
            self.page("<uuid:pk>/skip/", self.skip, "skip"),
            self.page("<uuid:pk>/confirm/", self.confirm, "confirm"),
            self.page("<uuid:pk>/dismiss/", self.dismiss, "dismiss"),
            self.page("<uuid:pk>/escalate/", self.escalate, "escalate"),
            self.page("<uuid:pk>/note/", self.note, "note"),
            self.page("<uuid:pk>/other-side/", self.other_side, "other_side"),
            self.page("<uuid:pk>/reporters/<int:number>/<slug:act>/", self.reporter, "reporter"),
            self.page(f"{evidence_path}/mosaic/", self.mosaic, "mosaic"),
            self.page(f"{evidence_path}/original/", self.original, "original"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        now, choice = timezone.now(), report_within.listed(request)
        user = acting_user(request)
        return {
            **self._picking(rows, user, now),
            "rows": [row_of(report, now, within=choice) for report in rows],
            "queues": queue_counts(request.user, now),
            "next_url": report_within.address(self.link("next"), choice),
            "is_narrowed": bool(choice),
            "default_state": _("Waiting"),
            **report_saved_filters.context(choice, user, now),
        }

    def _picking(self, rows: list[Any], user: User, now: datetime) -> dict[str, Any]:
        """Which rows can be ticked for a wave, for who decides waves."""
        if not has_right(user, Right.DECIDE_WAVES):
            return {}
        shown = wave_candidates.fitting(user, now).filter(pk__in=[row.pk for row in rows])
        return {
            "wave_url": reverse("admin:reports_wave_new"),
            "pickable": set(shown.values_list("pk", flat=True)),
        }

    def context(self, request: HttpRequest, row: Report) -> dict[str, Any]:
        return self._page_context(request, row, None)

    @protected
    def mosaic(self, request: HttpRequest, pk: UUID, item: UUID) -> HttpResponseBase:
        """The default rendition of one item."""
        self.row(request, pk)
        return report_evidence.mosaic(request, pk, item, acting_user(request))

    @protected
    @method_decorator(require_POST)
    def original(self, request: HttpRequest, pk: UUID, item: UUID) -> HttpResponseBase:
        """The original of one item, for who holds the claim and says what for."""
        self.row(request, pk)
        return report_evidence.original(request, pk, item, acting_user(request))

    def again(self, request: HttpRequest, row: Report, form: ConfirmForm) -> HttpResponse:
        return self.render(request, row, self._page_context(request, row, form), status=422)

    def _page_context(
        self, request: HttpRequest, row: Report, form: ConfirmForm | None
    ) -> dict[str, Any]:
        user, now = acting_user(request), timezone.now()
        choice = report_within.chosen(request)
        panel = report_decision.panel(row, user, now)
        proposal = report_decision.propose(row, now)
        macros = (
            report_macros.choices(
                proposal.policy, user, length=proposal.length, may_warn=proposal.may_warn
            )
            if panel["is_mine"]
            else []
        )
        macro = report_macros.find(macros, request.GET.get("macro", ""))
        case = {
            **report_page.head(row, now),
            **report_page.context(row, user, now),
            **panel,
            "macros": macros,
            **report_exhibits.context(row, request, may_open=panel["is_mine"]),
            **report_also.context(row, user, choice),
            "purposes": report_evidence.PURPOSES,
            "renew_url": self.link("heartbeat", row.pk) if panel["is_mine"] else "",
            "renew_s": settings.CLAIM_LEASE_S // HEARTBEATS_PER_LEASE,
            "next_url": self.within(request, "next"),
            "everything_url": self.link("change", row.pk),
            "within_query": urlencode(report_within.carried(choice)),
            **report_within.context(choice, user, now),
        }
        for act in ("claim", "skip", "confirm", "dismiss", "escalate", "note"):
            case[f"{act}_url"] = self.within(request, act, row.pk)
        if case["lines"]:
            viewing.record_lines_served(row, acting_user=user, now=now)
        return {
            "title": f"{case['title']} {case['code']}",
            "case": case,
            "note_form": NoteForm(),
            "form": form or report_decision.confirm_form(row, user, proposal, macro=macro),
        }
