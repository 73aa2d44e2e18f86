"""Sanctions as staff see them: what holds, why, and how to lift, second or impose one."""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.searching import by_id_prefix
from reports.forms import ReasonForm, SanctionForm
from reports.ids import DeviceId, ParticipantId
from reports.models import Sanction, SanctionKind, Strike
from reports.models.sealing import Queue
from reports.roles import NotAllowedError, Right, has_right
from reports.sanctions import enforcement, statements
from reports.sanctions.statements import StatementState
from reports.snapshots import Person


class _Act(Protocol):
    """What the services that change a sanction have in common."""

    def __call__(
        self, sanction: Sanction, /, *, reason: str, acting_user: User, now: datetime
    ) -> None: ...


class SanctionPages(ServicePages):
    """Only sanctions whose queue the account may see exist for it."""

    right = Right.REVIEW
    change_list_template = "reports/admin/sanction_list.html"
    page_template = "reports/admin/sanction.html"
    search_fields = ("id",)
    search_help_text = gettext_lazy("participant, device or statement code")
    list_display = ("id",)
    ordering = ("-starts_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sanction]:
        rows = Sanction.objects.visible_to(request.user)
        related = ("policy", "statement", "decided_by", "lifted_by", "seconded_by", "report")
        return rows.select_related(*related).order_by("-starts_at")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Sanction], search_term: str
    ) -> tuple[QuerySet[Sanction], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        ids = by_id_prefix(term, "id", "participant", "device")
        return queryset.filter(Q(statement__code=term) | ids), False

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("new/", self.new, "new"),
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/lift/", self.lift, "lift"),
            self.page("<uuid:pk>/second/", self.second, "second"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [self.summary(row) for row in rows],
            "new_url": self.link("new"),
            "may_sanction": has_right(request.user, Right.SANCTION),
        }

    def summary(self, row: Sanction) -> dict[str, Any]:
        """One sanction in words, for the list and for the report page."""
        return {
            "id": row.pk,
            "url": self.link("change", row.pk),
            "title": row.policy.shown_title,
            "kind": row.get_kind_display(),
            "state": state_label(row),
            "tone": state_tone(row),
            "since": row.starts_at,
            "until": until_label(row),
            "by": row.decided_by.get_username() if row.decided_by else _("machine"),
            "strike": Strike(row.strike).label,
            "is_sealed": row.queue != Queue.STANDARD,
            "told": _told(row),
        }

    def context(self, request: HttpRequest, row: Sanction) -> dict[str, Any]:
        user = acting_user(request)
        is_live = row.lifted_at is None
        may_second = (
            is_live
            and row.is_for_ever_proposed
            and row.decided_by_id != user.pk
            and has_right(user, Right.SANCTION_FOR_EVER)
        )
        return {
            "summary": self.summary(row),
            "statement": row.statement,
            "facts": statements.describe(row.statement),
            "statement_url": statements.path(row.statement.code),
            "report_url": self._report_url(row),
            "decisions": row.decisions.select_related("decided_by").order_by("at"),
            "form": ReasonForm(),
            "may_lift": is_live and has_right(user, Right.SANCTION),
            "may_second": may_second,
            "lift_url": self.link("lift", row.pk),
            "second_url": self.link("second", row.pk),
        }

    @protected
    @method_decorator(require_safe)
    def new_page(self, request: HttpRequest) -> HttpResponse:
        """The empty form; ids may come along in the address."""
        user = self._who_may_sanction(request)
        initial = {name: request.GET.get(name, "") for name in ("participant", "device")}
        return self._new_form(request, SanctionForm(user=user, initial=initial))

    @protected
    def new(self, request: HttpRequest) -> HttpResponse:
        """Impose a sanction without a report."""
        if request.method in {"GET", "HEAD"}:
            return self.new_page(request)
        user = self._who_may_sanction(request)
        form = SanctionForm(request.POST, user=user)
        if not form.is_valid():
            return self._new_form(request, form, status=422)
        given = form.cleaned_data
        try:
            made = enforcement.impose(
                person=_person(given["participant"], given["device"]),
                policy=given["policy"],
                length=form.length(),
                reason=given["reason"],
                acting_user=user,
                now=timezone.now(),
            )
        except (NotAllowedError, enforcement.EnforcementError) as error:
            form.add_error(None, str(error))
            return self._new_form(request, form, status=422)
        is_warning = made.kind == SanctionKind.WARNING
        said = _("The person is warned.") if is_warning else _("The sanction holds from now.")
        return back(request, self.link("change", made.pk), said=said)

    @protected
    @method_decorator(require_POST)
    def lift(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Take a sanction back, at once and live."""
        said = _("Lifted. The person can go on at once.")
        return self._act(request, pk, enforcement.lift, said)

    @protected
    @method_decorator(require_POST)
    def second(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Agree to a bar for ever that another person proposed."""
        return self._act(request, pk, enforcement.second, _("The bar holds for ever."))

    def _act(self, request: HttpRequest, pk: UUID, act: _Act, said: str) -> HttpResponse:
        row, form, target = self.row(request, pk), ReasonForm(request.POST), self.link("change", pk)
        if not form.is_valid():
            return back(request, target, said=_("Give a reason."), went_well=False)
        reason, user = form.cleaned_data["reason"], acting_user(request)
        try:
            act(row, reason=reason, acting_user=user, now=timezone.now())
        except (NotAllowedError, enforcement.EnforcementError) as error:
            return back(request, target, said=str(error), went_well=False)
        return back(request, target, said=said)

    def _who_may_sanction(self, request: HttpRequest) -> User:
        self.require(request)
        if not has_right(request.user, Right.SANCTION):
            raise Http404
        return acting_user(request)

    def _new_form(
        self, request: HttpRequest, form: SanctionForm, *, status: int = 200
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Sanction without a report"),
            "form": form,
        }
        return TemplateResponse(request, "reports/admin/sanction_new.html", context, status=status)

    def _report_url(self, row: Sanction) -> str:
        return (
            reverse("admin:reports_report_change", args=(row.report_id,)) if row.report_id else ""
        )


def state_label(sanction: Sanction) -> str:
    """What the sanction does now, in words."""
    match statements.state(sanction, timezone.now()):
        case StatementState.LIFTED:
            return _("lifted")
        case StatementState.OVER:
            return _("over")
        case StatementState.WARNED:
            return _("told") if sanction.told_at else _("not told yet")
        case StatementState.IN_FORCE:
            if sanction.is_for_ever_proposed:
                return _("waits for a second person")
            return _("in force")


def state_tone(sanction: Sanction) -> str:
    """The badge that goes with it."""
    match statements.state(sanction, timezone.now()):
        case StatementState.LIFTED:
            return "good"
        case StatementState.OVER:
            return ""
        case StatementState.WARNED:
            return "info" if sanction.told_at else "warning"
        case StatementState.IN_FORCE:
            return "bad"


def until_label(sanction: Sanction) -> str:
    """Until when, or until what."""
    match SanctionKind(sanction.kind):
        case SanctionKind.WARNING:
            return _("bars nobody")
        case SanctionKind.EXPULSION:
            return _("for ever")
        case SanctionKind.HOLD:
            return _("until a person decides")
        case SanctionKind.SUSPENSION:
            assert sanction.until is not None  # the table's constraint
            return date_format(sanction.until, "j M Y, H:i") + " UTC"


def _told(sanction: Sanction) -> str:
    """When a warning reached a live page; empty for what tells itself by barring."""
    if sanction.kind != SanctionKind.WARNING:
        return ""
    if sanction.told_at is None:
        return _("not yet: nobody with this browser was there since")
    return date_format(sanction.told_at, "j M Y, H:i:s") + " UTC"


def _person(participant: UUID, device: UUID) -> Person:
    return Person(participant=ParticipantId(participant), device=DeviceId(device))
