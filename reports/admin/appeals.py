"""Appeals as staff see them: what was decided, what the person writes, and the second look."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.appeal_filters import AppealStateFilter
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.sanctions import state_label, state_tone, until_label
from reports.forms import ReasonForm
from reports.models import Appeal, AppealState
from reports.models.sealing import Queue
from reports.reviewing import appeals
from reports.roles import NotAllowedError, Right, has_right
from reports.sanctions import statements


class AppealPages(ServicePages):
    """Open appeals first, the oldest on top."""

    right = Right.REVIEW
    change_list_template = "reports/admin/appeal_list.html"
    page_template = "reports/admin/appeal.html"
    search_fields = ("statement__code",)
    search_help_text = gettext_lazy("statement code")
    list_display = ("id",)
    list_filter = (AppealStateFilter,)
    ordering = ("written_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        return (
            Appeal.objects.visible_to(request.user)
            .select_related(
                "statement__sanction__policy",
                "statement__sanction__report",
                "statement__sanction__decided_by",
                "decided_by",
            )
            .order_by("written_at")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Appeal], search_term: str
    ) -> tuple[QuerySet[Appeal], bool]:
        term = search_term.strip()
        return (queryset.filter(statement__code=term) if term else queryset), False

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/grant/", self.grant, "grant"),
            self.page("<uuid:pk>/refuse/", self.refuse, "refuse"),
        ]

    def row(self, request: HttpRequest, pk: object) -> Appeal:
        """The appeal about the sanction `pk`: a number in a row would tell of the sealed ones
        between (I11)."""
        self.require(request)
        found = self.get_queryset(request).filter(statement__sanction=UUID(str(pk))).first()
        if found is None:
            raise Http404
        return found

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {"rows": [self._row(row) for row in rows], "default_state": _("Open")}

    def context(self, request: HttpRequest, row: Appeal) -> dict[str, Any]:
        user, sanction = acting_user(request), row.statement.sanction
        because = _why_not(row, user)
        return {
            "title": _("Appeal"),
            # The theme's head would name the row, and link to it, by its number.
            "original": None,
            "appeal": self._row(row),
            "sanction": sanction,
            "sanction_url": reverse("admin:reports_sanction_change", args=(sanction.pk,)),
            "sanction_state": state_label(sanction),
            "sanction_tone": state_tone(sanction),
            "sanction_until": until_label(sanction),
            "statement": statements.describe(row.statement),
            "report_url": reverse("admin:reports_report_change", args=(sanction.report_id,))
            if sanction.report_id
            else "",
            "decisions": sanction.decisions.select_related("decided_by").order_by("at"),
            "may_decide": row.state == AppealState.OPEN and not because,
            "because": because,
            "form": ReasonForm(),
            "grant_url": self.link("grant", sanction.pk),
            "refuse_url": self.link("refuse", sanction.pk),
        }

    @protected
    @method_decorator(require_POST)
    def grant(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The person is right: the sanction is lifted at once."""
        said = _("Granted. The sanction is lifted.")
        return self._decide(request, pk, is_granted=True, said=said)

    @protected
    @method_decorator(require_POST)
    def refuse(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The decision stands."""
        said = _("Refused. The decision stands.")
        return self._decide(request, pk, is_granted=False, said=said)

    def _decide(
        self, request: HttpRequest, pk: UUID, *, is_granted: bool, said: str
    ) -> HttpResponse:
        row, form = self.row(request, pk), ReasonForm(request.POST)
        if not form.is_valid():
            context = {**self.context(request, row), "form": form}
            return self.render(request, row, context, status=422)
        try:
            appeals.decide(
                row.pk,
                is_granted=is_granted,
                reason=form.cleaned_data["reason"],
                acting_user=acting_user(request),
                now=timezone.now(),
            )
        except (NotAllowedError, appeals.AppealError) as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, self.link("change", pk), said=said)

    def _row(self, row: Appeal) -> dict[str, Any]:
        sanction, now = row.statement.sanction, timezone.now()
        tones = {AppealState.OPEN: "accent", AppealState.GRANTED: "good", AppealState.REFUSED: ""}
        return {
            "id": row.pk,
            "url": self.link("change", sanction.pk),
            "title": sanction.policy.shown_title,
            "is_sealed": sanction.queue != Queue.STANDARD,
            "state": row.get_state_display(),
            "tone": tones[AppealState(row.state)],
            "age": timesince(row.written_at, now, depth=1),
            "first": sanction.decided_by.get_username() if sanction.decided_by else _("machine"),
            "decided_by": row.decided_by.get_username() if row.decided_by else "",
        }


def _why_not(row: Appeal, user: User) -> str:
    """Why this account may not decide the appeal; empty when it may."""
    sanction = row.statement.sanction
    if not has_right(user, Right.DECIDE_APPEAL):
        return _("Your role decides no appeals.")
    if sanction.report is not None and not sanction.report.outcome:
        return _("No person has decided the report yet. Decide it first; dismissing grants this.")
    if appeals.took_part(sanction, user):
        return _("You took part in the decision. Another account has to decide its appeal.")
    return ""
