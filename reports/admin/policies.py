"""The policies as staff read them, as a tree, and as leads draft changes to them."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from django.views.decorators.http import require_http_methods, require_POST

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.admin.policy_form import LANGUAGES, FinerForm, TermsForm, initial
from reports.forms import LENGTHS
from reports.house_rules import policy_edits
from reports.house_rules.policy_edits import terms_of
from reports.house_rules.policy_terms import Terms
from reports.models import Policy, PolicyEdit
from reports.roles import Right, has_right
from reports.sanctions import warnings

CHILD_DEPTH_MAX = 8


class PolicyPages(ServicePages):
    """Everybody on the staff who reviews or audits may read the policies."""

    right = Right.REVIEW
    change_list_template = "reports/admin/policy_list.html"
    page_template = "reports/admin/policy.html"
    search_fields = ("code", "title", "text")
    search_help_text = gettext_lazy("code or words")
    list_display = ("code",)
    list_per_page = 200
    ordering = ("-is_current", "-severity", "code")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_right(request.user, Right.REVIEW) or has_right(request.user, Right.READ_AUDIT)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return Policy.objects.order_by(*self.ordering)

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("<int:pk>/", self.object_page, "change"),
            self.page("<int:pk>/edit/", self.edit, "edit"),
            self.page("<int:pk>/finer/", self.finer, "finer"),
            self.page("<int:pk>/retire/", self.retire, "retire"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [
                (policy, self.link("change", policy.pk), depth) for policy, depth in _tree(rows)
            ],
            "drafts_url": reverse("admin:reports_policyedit_changelist")
            if has_right(request.user, Right.EDIT_POLICIES)
            else "",
        }

    def context(self, request: HttpRequest, row: Policy) -> dict[str, Any]:
        may_edit = row.is_current and may_edit_policy(request.user, row)
        draft = PolicyEdit.objects.filter(code=row.code, closed_at=None).first()
        may_retire = may_edit and not policy_edits.is_shipped(row)
        made = PolicyEdit.objects.filter(made__code=row.code).select_related("closed_by")
        edits = {edit.made_id: edit for edit in made}
        return {
            "title": row.shown_title,
            "words": _words(row),
            "first_step": LENGTHS[warnings.first_step(row)],
            "versions": [
                (one, self.link("change", one.pk), edits.get(one.pk))
                for one in Policy.objects.filter(code=row.code).order_by("-version")
            ],
            "finer": [
                (one, self.link("change", one.pk))
                for one in Policy.objects.filter(parent=row.code, is_current=True)
            ],
            "above": Policy.objects.filter(code=row.parent, is_current=True).first(),
            "edit_url": self.link("edit", row.pk) if may_edit else "",
            "finer_url": self.link("finer", row.pk) if may_edit else "",
            "retire_url": self.link("retire", row.pk) if may_retire else "",
            "draft_url": reverse("admin:reports_policyedit_change", args=(draft.pk,))
            if draft and has_right(request.user, Right.EDIT_POLICIES)
            else "",
            "may_compare": has_right(request.user, Right.EDIT_POLICIES),
        }

    @protected
    @method_decorator(require_http_methods(["GET", "POST"]))
    def edit(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write what the policy is to become."""
        row, user = self._editable(request, pk)
        if request.method == "GET":
            draft = PolicyEdit.objects.filter(code=row.code, closed_at=None).first()
            terms = Terms(**draft.terms) if draft and draft.terms else terms_of(row)
            return self._form_page(request, row, TermsForm(initial=initial(terms, row)))
        form = TermsForm(request.POST)
        if not form.is_valid():
            return self._form_page(request, row, form, status=422)
        try:
            made = policy_edits.draft(row, form.terms(), acting_user=user, now=timezone.now())
        except policy_edits.PolicyEditError as error:
            return self._refused(request, row, form, error)
        return back(request, reverse("admin:reports_policyedit_change", args=(made.pk,)))

    @protected
    @method_decorator(require_http_methods(["GET", "POST"]))
    def finer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Write a finer policy below this one."""
        row, user = self._editable(request, pk)
        if request.method == "GET":
            blank = replace(terms_of(row), title="", text="", words={})
            fields = {name: getattr(blank, name) for name in Terms.__slots__}
            return self._form_page(request, row, FinerForm(initial=fields))
        form = FinerForm(request.POST)
        if not form.is_valid():
            return self._form_page(request, row, form, status=422)
        try:
            made = policy_edits.draft_finer(
                row, form.cleaned_data["code"], form.terms(), acting_user=user, now=timezone.now()
            )
        except policy_edits.PolicyEditError as error:
            return self._refused(request, row, form, error)
        return back(request, reverse("admin:reports_policyedit_change", args=(made.pk,)))

    @protected
    @method_decorator(require_POST)
    def retire(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draft that nobody decides under this policy any more."""
        row, user = self._editable(request, pk)
        try:
            made = policy_edits.draft_retirement(row, acting_user=user, now=timezone.now())
        except policy_edits.PolicyEditError as error:
            return back(request, self.link("change", pk), said=str(error), went_well=False)
        return back(request, reverse("admin:reports_policyedit_change", args=(made.pk,)))

    def _editable(self, request: HttpRequest, pk: int) -> tuple[Policy, User]:
        """The current version and who edits it; 404 without the right."""
        row, user = self.row(request, pk), acting_user(request)
        if not row.is_current or not may_edit_policy(user, row):
            raise Http404
        return row, user

    def _refused(
        self,
        request: HttpRequest,
        row: Policy,
        form: TermsForm,
        error: policy_edits.PolicyEditError,
    ) -> HttpResponse:
        found = error.complaints if isinstance(error, policy_edits.BoundsError) else (str(error),)
        for complaint in found:
            form.add_error(None, complaint)
        return self._form_page(request, row, form, status=422)

    def _form_page(
        self, request: HttpRequest, row: Policy, form: TermsForm, *, status: int = 200
    ) -> HttpResponse:
        title = _("Finer policy below %s") if isinstance(form, FinerForm) else _("Change %s")
        keeps_title = policy_edits.is_shipped(row) and not isinstance(form, FinerForm)
        if keeps_title:
            form.fields["title"].widget.attrs["readonly"] = True
        context = {
            "title": title % row.shown_title,
            "form": form,
            "is_form": True,
            "keeps_title": keeps_title,
        }
        return self.render(request, row, context, status=status)


def may_edit_policy(user: object, policy: Policy) -> bool:
    """Leads change policies; those of child safety only with that right as well."""
    return has_right(user, Right.EDIT_POLICIES) and (
        not policy.is_child_safety or has_right(user, Right.CHILD_SAFETY)
    )


def _words(policy: Policy) -> list[tuple[str, str, str]]:
    found = [(_("English"), policy.title, policy.text)]
    for code, name in LANGUAGES:
        with override(code):
            shown = policy.shown_title, policy.shown_text
        found.append((str(name), *shown))
    return found


def _tree(rows: list[Policy]) -> list[tuple[Policy, int]]:
    """The rows with how deep each stands, finer ones after the one above; old versions last."""
    current = [row for row in rows if row.is_current]
    codes = {row.code for row in current}
    ordered: list[tuple[Policy, int]] = []

    def add(row: Policy, depth: int) -> None:
        ordered.append((row, depth))
        if depth < CHILD_DEPTH_MAX:
            for child in current:
                if child.parent == row.code:
                    add(child, depth + 1)

    for row in current:
        if row.parent not in codes:
            add(row, 0)
    return ordered + [(row, 0) for row in rows if not row.is_current]
