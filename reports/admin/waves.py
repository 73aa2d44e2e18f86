"""Deciding many reports at once: choose, decide, look at what was done, undo."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.report_rows import row_of, with_counts
from reports.forms import LENGTHS, ConfirmForm, ReasonForm
from reports.house_rules import policies
from reports.models import Outcome, Policy, Report, Wave, WaveItem
from reports.reviewing import waves
from reports.reviewing.waves import Pick, Verdict
from reports.roles import Right
from reports.rules import Rule
from reports.sanctions.ladder import Length


class WaveForm(ConfirmForm):
    """One policy, length and reason for all that is ticked."""

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, may_keep=True, may_leave_out=True, **options)
        policy, length = self.fields["policy"], self.fields["sanction"]
        assert isinstance(policy, forms.ModelChoiceField)
        assert isinstance(length, forms.ChoiceField)
        policy.queryset = Policy.objects.filter(
            is_current=True, is_child_safety=False, needs_two_to_dismiss=False
        ).order_by("title")
        length.choices = [(one.value, LENGTHS[one]) for one in Length if one is not Length.FOR_EVER]


class WavePages(ServicePages):
    """The waves that were decided; a new one is chosen by rule, or by a report it is like."""

    right = Right.DECIDE_WAVES
    change_list_template = "reports/admin/wave_list.html"
    page_template = "reports/admin/wave.html"
    named_by = "public_id"
    list_display = ("id",)
    search_fields = ("by__username", "reason")
    search_help_text = gettext_lazy("account or reason")
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wave]:
        return Wave.objects.select_related("by", "policy").order_by("-at")

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("new/", self.new, "new"),
            self.page("<uuid:pk>/", self.object_page, "change"),
            self.page("<uuid:pk>/undo/", self.undo, "undo"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        user = acting_user(request)
        return {
            "rows": [(_summary(row, user), self.link("change", row.public_id)) for row in rows],
            "new_url": self.link("new"),
        }

    def context(self, request: HttpRequest, row: Wave) -> dict[str, Any]:
        user, now = acting_user(request), timezone.now()
        items = _items(row, user)
        left_s = (row.at + waves.UNDO_WITHIN - now).total_seconds()
        return {
            "title": _("Wave %s") % row.short_id,
            "wave": _summary(row, user),
            "items": [
                {
                    "code": str(item.report_id)[:8],
                    "url": reverse("admin:reports_report_change", args=(item.report_id,)),
                    "undone_by": item.undone_by.get_username() if item.undone_by else "",
                }
                for item in items
            ],
            "passed_over": [
                {**one, "code": one["report"][:8]} for one in _known(row.passed_over, user)
            ],
            "may_undo": left_s > 0 and any(item.undone_at is None for item in items),
            "minutes_left": max(1, int(left_s // 60)),
            "undo_url": self.link("undo", row.public_id),
            "form": ReasonForm(),
        }

    @protected
    @method_decorator(require_http_methods(["GET", "POST"]))
    def new(self, request: HttpRequest) -> HttpResponse:
        """Choose (GET), and decide what is ticked (POST)."""
        self.require(request)
        if request.method == "GET":
            return self._chooser(request, WaveForm(user=acting_user(request)))
        token, picks = _token(request), _picks(request)
        is_dismissal = request.POST.get("act") == Outcome.DISMISSED
        form = WaveForm(request.POST, user=acting_user(request))
        reason = ReasonForm(request.POST)
        if not (reason if is_dismissal else form).is_valid():
            if is_dismissal:
                for name in [name for name in form.errors if name != "reason"]:
                    del form.errors[name]
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
            wave = waves.decide(
                token, picks, verdict, acting_user=acting_user(request), now=timezone.now()
            )
        except waves.WaveError as error:
            form.add_error(None, str(error))
            return self._chooser(request, form, status=422)
        return back(request, self.link("change", wave.public_id), said=_said(wave))

    @protected
    @method_decorator(require_POST)
    def undo(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Everything as it was, for ten minutes."""
        row, form, home = self.row(request, pk), ReasonForm(request.POST), self.link("change", pk)
        if not form.is_valid():
            return back(request, home, said=_("Give a reason."), went_well=False)
        try:
            undone = waves.undo(
                row.pk,
                reason=form.cleaned_data["reason"],
                acting_user=acting_user(request),
                now=timezone.now(),
            )
        except waves.WaveError as error:
            return back(request, home, said=str(error), went_well=False)
        said = ngettext(
            "%d report is undecided again.", "%d reports are undecided again.", undone.count
        )
        known = _known(undone.left, acting_user(request))
        left = "; ".join(f"{one['report'][:8]}: {one['why']}" for one in known)
        return back(request, home, said=" ".join((said % undone.count, left)).strip())

    def _chooser(self, request: HttpRequest, form: WaveForm, *, status: int = 200) -> HttpResponse:
        user, now = acting_user(request), timezone.now()
        rule, like = request.GET.get("rule", ""), _like(request)
        found = waves.alike(like, user, now) if like else waves.fitting(user, now)
        if rule in list(Rule):
            found = found.filter(rule=rule)
        is_chosen = like is not None or rule in list(Rule)
        rows = with_counts(found).order_by("-rank")[: waves.WAVE_MAX] if is_chosen else []
        ticked = set(request.POST.getlist("report")) if request.method == "POST" else None
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Decide many at once"),
            "rows": [
                {
                    "row": row_of(report, now),
                    "value": f"{report.pk}:{report.version}",
                    "is_ticked": ticked is None or f"{report.pk}:{report.version}" in ticked,
                }
                for report in rows
            ],
            "rule": rule,
            "rules": [(one.value, policies.title(one)) for one in Rule],
            "like": str(like.pk)[:8] if like else "",
            "is_chosen": is_chosen,
            "most": waves.WAVE_MAX,
            "token": request.POST.get("token") or str(uuid4()),
            "form": form,
        }
        return TemplateResponse(request, "reports/admin/wave_new.html", context, status=status)


def _items(row: Wave, user: User) -> list[WaveItem]:
    """What was sealed since is neither listed nor counted for whoever may not know of it (I11)."""
    visible = Report.objects.visible_to(user)
    found = row.items.filter(report__in=visible).select_related("undone_by")
    return list(found.order_by("pk"))


def _known(named: Sequence[dict[str, str]], user: User) -> list[dict[str, str]]:
    """Those of the reports named that the account may know of."""
    ids = [UUID(one["report"]) for one in named]
    visible = Report.objects.visible_to(user).filter(pk__in=ids)
    known = {str(pk) for pk in visible.values_list("pk", flat=True)}
    return [one for one in named if one["report"] in known]


def _summary(row: Wave, user: User) -> dict[str, Any]:
    items = _items(row, user)
    return {
        "code": row.short_id,
        "outcome": row.get_outcome_display(),
        "policy": _title(row.policy),
        "length": row.length,
        "reason": row.reason,
        "by": row.by.get_username(),
        "at": row.at,
        "count": len(items),
        "undone": sum(item.undone_at is not None for item in items),
        "passed_over": len(_known(row.passed_over, user)),
    }


def _title(policy: Policy | None) -> str:
    return policy.shown_title if policy else ""


def _said(wave: Wave) -> str:
    count = wave.items.count()
    said = ngettext("%d report is decided.", "%d reports are decided.", count) % count
    if not wave.passed_over:
        return said
    over = len(wave.passed_over)
    return f"{said} {ngettext('%d was passed over.', '%d were passed over.', over) % over}"


def _like(request: HttpRequest) -> Report | None:
    """The report that is asked for by `like`, if this account may know of it."""
    try:
        pk = UUID(request.GET.get("like", ""))
    except ValueError:
        return None
    report = Report.objects.visible_to(request.user).filter(pk=pk).first()
    if report is None:
        raise Http404
    return report


def _token(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("token", ""))
    except ValueError:
        raise Http404 from None


def _picks(request: HttpRequest) -> list[Pick]:
    """What was ticked, as `id:version`; 404 for what no page of ours sends."""
    picks = []
    for value in dict.fromkeys(request.POST.getlist("report")):
        report, _colon, version = value.partition(":")
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Http404
        try:
            picks.append(Pick(report=UUID(report), version=int(version)))
        except ValueError:
            raise Http404 from None
    return picks
