"""Requests to see sealed evidence: who asks for what and why, and another person's answer.

To an account without the child-safety right none of these addresses exists (I11).
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.searching import by_id_prefix
from reports.admin.state_filters import StateFilter
from reports.evidence_room import access
from reports.forms import ReasonForm
from reports.house_rules import policies
from reports.models import AccessRequest, AccessState, Report
from reports.roles import NotAllowedError, Right
from reports.rules import Rule
from reports.sanctions import enforcement

REFUSED = (access.AccessError, enforcement.TwoPeopleNeededError, NotAllowedError)
TONES = {
    AccessState.ASKED: "accent",
    AccessState.APPROVED: "warning",
    AccessState.REFUSED: "",
    AccessState.REVOKED: "",
    AccessState.LAPSED: "",
}


class AccessStateFilter(StateFilter):
    """What waits or stands is shown unless all is asked for."""

    def fitting(self, rows: Any, choice: str) -> Any:
        now = timezone.now()
        return rows.waiting(now) | rows.filter(state=AccessState.APPROVED, expires_at__gt=now)


class AccessRequestPages(ServicePages):
    """What waits for an answer first, the oldest on top."""

    right = Right.CHILD_SAFETY
    change_list_template = "reports/admin/access_list.html"
    page_template = "reports/admin/access.html"
    named_by = "public_id"
    list_display = ("id",)
    list_filter = (AccessStateFilter,)
    search_fields = ("report__id",)
    search_help_text = gettext_lazy("start of a report's id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRequest]:
        related = ("report", "asked_by", "answered_by", "revoked_by")
        rows = AccessRequest.objects.visible_to(request.user).select_related(*related)
        return rows.annotate(is_over=~Q(state=AccessState.ASKED))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("is_over", "asked_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AccessRequest], search_term: str
    ) -> tuple[QuerySet[AccessRequest], bool]:
        term = search_term.strip()
        return (queryset.filter(by_id_prefix(term, "report__id")) if term else queryset), False

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("ask/<uuid:report>/", self.ask, "ask"),
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/approve/", self.approve, "approve"),
            self.page("<uuid:pk>/refuse/", self.refuse, "refuse"),
            self.page("<uuid:pk>/revoke/", self.revoke, "revoke"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [self.summary(row) for row in rows],
            "default_state": _("Waiting or standing"),
        }

    def summary(self, row: AccessRequest) -> dict[str, Any]:
        """One request in words."""
        state = effective_state(row)
        return {
            "url": self.link("change", row.public_id),
            "title": policies.title(Rule(row.report.rule)),
            "report": str(row.report_id)[:8],
            "by": row.asked_by.get_username(),
            "asked_at": row.asked_at,
            "answered_by": row.answered_by.get_username() if row.answered_by else "",
            "expires_at": row.expires_at,
            "state": state,
            "state_label": state_label(row),
            "tone": TONES[state],
        }

    def context(self, request: HttpRequest, row: AccessRequest) -> dict[str, Any]:
        user, now = acting_user(request), timezone.now()
        is_own = row.asked_by_id == user.pk
        is_waiting = effective_state(row) is AccessState.ASKED
        stands = effective_state(row) is AccessState.APPROVED and bool(
            row.expires_at and row.expires_at > now
        )
        return {
            "title": _("Access request %s") % row.short_id,
            "summary": self.summary(row),
            "items": row.items.order_by("captured_at"),
            "report_url": reverse("admin:reports_report_change", args=(row.report_id,)),
            "may_answer": is_waiting and not is_own,
            "waits_for_another": is_waiting and is_own,
            "may_revoke": stands or (is_waiting and is_own),
            "approve_url": self.link("approve", row.public_id),
            "refuse_url": self.link("refuse", row.public_id),
            "revoke_url": self.link("revoke", row.public_id),
        }

    @protected
    @method_decorator(require_POST)
    def ask(self, request: HttpRequest, report: UUID) -> HttpResponse:
        """Ask for items of a sealed report."""
        self.require(request)
        user = acting_user(request)
        if not Report.objects.visible_to(user).filter(pk=report).exists():
            raise Http404
        page = reverse("admin:reports_report_change", args=(report,))
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return back(request, page, said=_("Say why you have to see it."), went_well=False)
        try:
            access.ask(
                report,
                _ids(request.POST.getlist("item")),
                reason=form.cleaned_data["reason"],
                acting_user=user,
                now=timezone.now(),
            )
        except REFUSED as error:
            return back(request, page, said=str(error), went_well=False)
        return back(request, page, said=_("Asked. Another person of the team has to agree."))

    @protected
    @method_decorator(require_POST)
    def approve(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Agree: the originals open to who asked, for a while."""
        return self._act(request, pk, access.approve, _("Approved, for a while."))

    @protected
    @method_decorator(require_POST)
    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Don't agree."""
        return self._act(request, pk, access.refuse, _("Refused."))

    @protected
    @method_decorator(require_POST)
    def revoke(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """End an approval, or take one's own request back."""
        return self._act(request, pk, access.revoke, _("Nothing opens on it any more."))

    def _act(
        self, request: HttpRequest, pk: UUID, act: Callable[..., object], said: str
    ) -> HttpResponse:
        row = self.row(request, pk)
        try:
            act(row.pk, acting_user=acting_user(request), now=timezone.now())
        except REFUSED as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, self.link("change", pk), said=said)


def effective_state(row: AccessRequest) -> AccessState:
    """The state with time counted: what was not answered in time has lapsed."""
    if row.state == AccessState.ASKED and row.lapses_at <= timezone.now():
        return AccessState.LAPSED
    return AccessState(row.state)


def state_label(row: AccessRequest) -> str:
    """The state in words; an approval whose time is over says so."""
    if row.state == AccessState.APPROVED and row.expires_at and row.expires_at <= timezone.now():
        return _("Expired")
    return str(effective_state(row).label)


def _ids(texts: list[str]) -> set[UUID]:
    try:
        return {UUID(text) for text in texts}
    except ValueError:
        return set()
