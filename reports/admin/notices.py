"""Notices by people without an account, as staff read and answer them."""

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.notice_filters import NoticeStateFilter
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.searching import by_id_prefix
from reports.forms import NoticeAnswerForm
from reports.house_rules import policies
from reports.incoming import notices
from reports.models import Notice, NoticeOutcome, Queue, Report
from reports.roles import NotAllowedError, Right
from reports.rules import Rule
from reports.snapshots import Speaker

SIDES = ("A", "B")


class NoticePages(ServicePages):
    """Notices that wait, the oldest on top."""

    right = Right.REVIEW
    change_list_template = "reports/admin/notice_list.html"
    page_template = "reports/admin/notice.html"
    search_fields = ("id",)
    search_help_text = gettext_lazy("id, conversation or receipt")
    list_display = ("id",)
    list_filter = (NoticeStateFilter,)
    ordering = ("received_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notice]:
        visible = Notice.objects.visible_to(request.user)
        return visible.select_related("report", "decided_by").order_by("received_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Notice], search_term: str
    ) -> tuple[QuerySet[Notice], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(by_id_prefix(term, "id", "conversation") | Q(receipt=term)), False

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/report/<int:side>/", self.report, "report"),
            self.page("<uuid:pk>/answer/", self.answer, "answer"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {"rows": [self._row(row) for row in rows], "default_state": _("Waiting")}

    def context(self, request: HttpRequest, row: Notice) -> dict[str, Any]:
        return self._page_context(request, row, NoticeAnswerForm())

    @protected
    @method_decorator(require_POST)
    def report(self, request: HttpRequest, pk: UUID, side: int) -> HttpResponse:
        """Make a report about one side; it is decided like any other."""
        row = self.row(request, pk)
        try:
            made = notices.open_report(
                row.pk, side=side, acting_user=acting_user(request), now=timezone.now()
            )
        except (NotAllowedError, notices.NoticeError) as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        said = _("The report waits in the queue; the notice is answered by its decision.")
        return back(request, reverse("admin:reports_report_change", args=(made.pk,)), said=said)

    @protected
    @method_decorator(require_POST)
    def answer(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Answer a notice that leads to no report."""
        row, form = self.row(request, pk), NoticeAnswerForm(request.POST)
        if not form.is_valid():
            return self.render(request, row, self._page_context(request, row, form), status=422)
        try:
            notices.answer(
                row.pk,
                outcome=NoticeOutcome(form.cleaned_data["outcome"]),
                reason=form.cleaned_data["reason"],
                acting_user=acting_user(request),
                now=timezone.now(),
            )
        except (NotAllowedError, notices.NoticeError) as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, self.link("changelist"), said=_("Answered."))

    def _page_context(
        self, request: HttpRequest, row: Notice, form: NoticeAnswerForm
    ) -> dict[str, Any]:
        sides = notices.sides(row)
        if sides:
            notices.record_lines_served(row, acting_user=acting_user(request), now=timezone.now())
        visible = Report.objects.visible_to(request.user)
        same = visible.filter(conversation=row.conversation) if row.conversation else visible.none()
        return {
            "title": _("Notice"),
            "notice": self._row(row),
            "form": form,
            "answer_url": self.link("answer", row.pk),
            "sides": [
                {"name": SIDES[at], "url": self.link("report", row.pk, at), "snapshot": side}
                for at, side in enumerate(sides)
            ],
            "lines": [
                {
                    "name": SIDES[0] if line.speaker is Speaker.SUBJECT else SIDES[1],
                    "is_first": line.speaker is Speaker.SUBJECT,
                    "line": line,
                }
                for line in (sides[0].lines if sides else ())
            ],
            "reports": [
                {
                    "url": reverse("admin:reports_report_change", args=(report.pk,)),
                    "title": policies.title(Rule(report.rule)),
                    "state": report.get_state_display(),
                }
                for report in same
            ],
        }

    def _row(self, row: Notice) -> dict[str, Any]:
        report = row.report
        if row.is_open:
            state, tone = _("Waiting"), "accent"
        elif report is not None:
            state, tone = _("Report: %s") % report.get_state_display(), "info"
        else:
            state, tone = row.get_outcome_display(), ""
        return {
            "id": row.pk,
            "url": self.link("change", row.pk),
            "title": policies.title(Rule(row.rule)),
            "is_sealed": row.queue != Queue.STANDARD,
            "state": state,
            "tone": tone,
            "age": timesince(row.received_at, timezone.now(), depth=1),
            "has_lines": bool(row.sides),
            "answered_by": row.decided_by.get_username() if row.decided_by else "",
        }
