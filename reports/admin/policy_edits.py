"""Drafts of policies: what each changes, and the step that makes it hold."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.policy_form import LANGUAGES, PublishForm, TermsForm
from reports.house_rules import policy_edits
from reports.house_rules.policy_terms import Change
from reports.models import Policy, PolicyEdit
from reports.roles import NotAllowedError, Right

_FAILED = (policy_edits.PolicyEditError, NotAllowedError)


class PolicyEditPages(ServicePages):
    """Open drafts first, then what became of the others."""

    right = Right.EDIT_POLICIES
    change_list_template = "reports/admin/policy_edit_list.html"
    page_template = "reports/admin/policy_edit.html"
    search_fields = ("code",)
    search_help_text = gettext_lazy("code")
    list_display = ("code",)
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PolicyEdit]:
        return PolicyEdit.objects.select_related("by", "closed_by", "based_on", "made").order_by(
            "-at"
        )

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<int:pk>/", self.object_page, "change"),
            self.page("<int:pk>/publish/", self.publish, "publish"),
            self.page("<int:pk>/discard/", self.discard, "discard"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {"rows": [(row, self.link("change", row.pk), _state(row)) for row in rows]}

    def context(self, request: HttpRequest, row: PolicyEdit) -> dict[str, Any]:
        base = row.based_on or Policy.objects.filter(code=row.parent, is_current=True).first()
        return {
            "title": _("Draft of %s") % row.code,
            "state": _state(row),
            "is_retirement": not row.terms,
            "lines": _lines(policy_edits.preview(row)) if row.terms else [],
            "is_open": row.closed_at is None,
            "base": base,
            "base_url": reverse("admin:reports_policy_change", args=(base.pk,)) if base else "",
            "form": PublishForm(),
            "publish_url": self.link("publish", row.pk),
            "discard_url": self.link("discard", row.pk),
        }

    @protected
    @method_decorator(require_POST)
    def publish(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From now on decisions are made under it."""
        row, form, home = self.row(request, pk), PublishForm(request.POST), self.link("change", pk)
        if not form.is_valid():
            return back(request, home, said=_("Say why."), went_well=False)
        try:
            made = policy_edits.publish(
                row.pk,
                reason=form.cleaned_data["reason"],
                acting_user=acting_user(request),
                now=timezone.now(),
            )
        except _FAILED as error:
            return back(request, home, said=str(error), went_well=False)
        said = _("Published. What was decided before points at its own version.")
        return back(request, reverse("admin:reports_policy_change", args=(made.pk,)), said=said)

    @protected
    @method_decorator(require_POST)
    def discard(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Drop the draft."""
        row = self.row(request, pk)
        try:
            policy_edits.discard(row.pk, acting_user=acting_user(request), now=timezone.now())
        except _FAILED as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, self.link("changelist"), said=_("Discarded."))


def _state(row: PolicyEdit) -> tuple[str, str]:
    """What became of it, and the badge that goes with it."""
    if row.closed_at is None:
        return _("draft"), "accent"
    if row.made is None:
        return _("discarded"), ""
    return (_("published"), "good") if row.terms else (_("retired"), "warning")


def _lines(found: list[Change]) -> list[dict[str, Any]]:
    """The changes in words; texts of other languages one by one."""
    lines = []
    for change in found:
        if change.name != "words":
            label = TermsForm.base_fields[change.name].label
            lines.append({"label": label, "before": change.before, "after": change.after})
            continue
        for code, name in LANGUAGES:
            for what, label in (("title", _("Title (%s)")), ("text", _("Text (%s)"))):
                before = (change.before or {}).get(code, {}).get(what, "")
                after = change.after.get(code, {}).get(what, "")
                if before != after:
                    lines.append({"label": label % name, "before": before, "after": after})
    return lines
