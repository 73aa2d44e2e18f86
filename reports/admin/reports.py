"""The report queue and the report page: where staff claim, look and decide."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports import enforcement, evidence, review
from reports.admin import report_decision, report_evidence, report_page
from reports.admin.dashboard import queue_counts
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.report_filters import (
    AgeFilter,
    QueueFilter,
    RuleFilter,
    SourceFilter,
    StateFilter,
)
from reports.admin.report_rows import row_of, with_counts
from reports.admin.searching import by_id_prefix
from reports.forms import ConfirmForm, ReasonForm
from reports.models import Report, Reporter, Sanction
from reports.roles import NotAllowedError, Right

LOST = (review.ReviewError, NotAllowedError, enforcement.TwoPeopleNeededError)
HEARTBEATS_PER_LEASE = 4


class ReportPages(ServicePages):
    """Reports in the queues that the account may know of, by urgency."""

    right = Right.REVIEW
    change_list_template = "reports/admin/report_list.html"
    page_template = "reports/admin/report.html"
    search_fields = ("id",)
    search_help_text = gettext_lazy("id, receipt or statement code")
    list_display = ("id",)
    list_filter = (QueueFilter, StateFilter, RuleFilter, SourceFilter, AgeFilter)
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
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/claim/", self.claim, "claim"),
            self.page("<uuid:pk>/heartbeat/", self.heartbeat, "heartbeat"),
            self.page("<uuid:pk>/skip/", self.skip, "skip"),
            self.page("<uuid:pk>/confirm/", self.confirm, "confirm"),
            self.page("<uuid:pk>/dismiss/", self.dismiss, "dismiss"),
            self.page("<uuid:pk>/escalate/", self.escalate, "escalate"),
            self.page(f"{evidence_path}/mosaic/", self.mosaic, "mosaic"),
            self.page(f"{evidence_path}/original/", self.original, "original"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        now = timezone.now()
        return {
            "rows": [row_of(report, now) for report in rows],
            "queues": queue_counts(request.user, now),
            "next_url": self.link("next"),
            "default_state": _("Waiting"),
        }

    def context(self, request: HttpRequest, row: Report) -> dict[str, Any]:
        return self._page_context(request, row, None)

    @protected
    @method_decorator(require_POST)
    def next(self, request: HttpRequest) -> HttpResponse:
        """Claim the most urgent report this account may see, and go there."""
        self.require(request)
        report = review.claim_next(acting_user=acting_user(request), now=timezone.now())
        if report is None:
            return back(request, self.link("changelist"), said=_("Nothing waits for you now."))
        return back(request, self.link("change", report.pk))

    @protected
    @method_decorator(require_POST)
    def claim(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Claim this report; whoever was faster is named."""
        version = _version(request)
        return self._act(
            request,
            pk,
            lambda user: review.claim(pk, version=version, acting_user=user, now=timezone.now()),
        )

    @protected
    @method_decorator(require_POST)
    def heartbeat(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Keep the claim; 409 when somebody else has it now."""
        self.row(request, pk)
        try:
            until = review.heartbeat(pk, acting_user=acting_user(request), now=timezone.now())
        except review.LostRaceError as error:
            return JsonResponse({"winner": error.winner}, status=409)
        return JsonResponse({"until": until.isoformat()})

    @protected
    @method_decorator(require_POST)
    def skip(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Give the report back, for another: skipping is no penalty."""
        self.row(request, pk)
        user, now = acting_user(request), timezone.now()
        try:
            review.skip(pk, reason=request.POST.get("reason", ""), acting_user=user, now=now)
        except LOST as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, self.link("changelist"), said=_("Skipped. It waits for another."))

    @protected
    @method_decorator(require_POST)
    def confirm(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The rule was broken: policy, length, reason."""
        row, user = self.row(request, pk), acting_user(request)
        form = report_decision.confirm_form(row, user, request.POST)
        if not form.is_valid():
            return self._again(request, row, form)
        return self._decide(
            request,
            row,
            form,
            lambda: review.confirm(
                pk,
                version=_version(request),
                policy=form.cleaned_data["policy"],
                length=form.length(),
                reason=form.cleaned_data["reason"],
                acting_user=user,
                now=timezone.now(),
            ),
            _("Confirmed. The person's statement says so."),
        )

    @protected
    @method_decorator(require_POST)
    def dismiss(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """No rule was broken: what it led to is lifted at once."""
        row, user = self.row(request, pk), acting_user(request)
        said = _("Dismissed. What it led to is lifted.")
        if row.is_safety_floor and row.dismissal_proposed_by_id is None:
            said = _("Proposed. It is dismissed when a second person agrees.")
        return self._decide_for_a_reason(
            request,
            row,
            lambda reason: review.dismiss(
                pk,
                version=_version(request),
                reason=reason,
                acting_user=user,
                now=timezone.now(),
            ),
            said,
        )

    @protected
    @method_decorator(require_POST)
    def escalate(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Hand it on: to a lead, or sealed to the child-safety team."""
        row, user = self.row(request, pk), acting_user(request)
        return self._decide_for_a_reason(
            request,
            row,
            lambda reason: review.escalate(
                pk,
                version=_version(request),
                reason=reason,
                acting_user=user,
                now=timezone.now(),
                to_child_safety=request.POST.get("to") == "child_safety",
            ),
            _("Escalated."),
        )

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

    def _act(
        self, request: HttpRequest, pk: UUID, act: Callable[[User], object], said: str = ""
    ) -> HttpResponse:
        self.row(request, pk)
        try:
            act(acting_user(request))
        except LOST as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, self.link("change", pk), said=said)

    def _decide_for_a_reason(
        self, request: HttpRequest, row: Report, act: Callable[[str], object], said: str
    ) -> HttpResponse:
        """`_decide` for what takes a reason, and neither policy nor length."""
        reason = ReasonForm(request.POST)
        form = report_decision.confirm_form(row, acting_user(request), request.POST)
        if not reason.is_valid():
            return self._again(request, row, report_decision.only_reason_errors(form))
        return self._decide(request, row, form, lambda: act(reason.cleaned_data["reason"]), said)

    def _decide(
        self,
        request: HttpRequest,
        row: Report,
        form: ConfirmForm,
        act: Callable[[], object],
        said: str,
    ) -> HttpResponse:
        try:
            act()
        except enforcement.LengthError as error:
            form.add_error("sanction", str(error))
            return self._again(request, row, form)
        except LOST as error:
            return back(request, self._home(request, row.pk), said=str(error), went_well=False)
        return back(request, self._home(request, row.pk), said=said)

    def _home(self, request: HttpRequest, pk: UUID) -> str:
        # What was sealed to the child-safety team is gone for who handed it on.
        if Report.objects.visible_to(request.user).filter(pk=pk).exists():
            return self.link("change", pk)
        return self.link("changelist")

    def _again(self, request: HttpRequest, row: Report, form: ConfirmForm) -> HttpResponse:
        return self.render(request, row, self._page_context(request, row, form), status=422)

    def _page_context(
        self, request: HttpRequest, row: Report, form: ConfirmForm | None
    ) -> dict[str, Any]:
        user, now = acting_user(request), timezone.now()
        panel = report_decision.panel(row, user, now)
        case = {
            **report_page.head(row, now),
            **report_page.context(row, user, now),
            **panel,
            "exhibits": report_page.exhibits(row, user, may_open=panel["is_mine"]),
            "purposes": report_evidence.PURPOSES,
            "renew_url": self.link("heartbeat", row.pk) if panel["is_mine"] else "",
            "words": json.dumps(_words()),
            "renew_s": settings.CLAIM_LEASE_S // HEARTBEATS_PER_LEASE,
        }
        for act in ("claim", "skip", "confirm", "dismiss", "escalate"):
            case[f"{act}_url"] = self.link(act, row.pk)
        if case["lines"]:
            evidence.record_lines_served(row, acting_user=user, now=now)
        return {
            "title": f"{case['title']} {case['code']}",
            "case": case,
            "form": form or report_decision.confirm_form(row, user),
        }


def _words() -> dict[str, str]:
    """What the page's script says, in the reader's language."""
    return {
        "colour": _("Show in colour"),
        "grey": _("Show in grey"),
        "hide": _("Hide it again"),
        "failed": _("It could not be opened. Reload the page: the claim may have run out."),
    }


def _version(request: HttpRequest) -> int:
    version = request.POST.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Http404
    return int(version)
