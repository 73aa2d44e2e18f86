"""The page that asks: what if pictures had been cut from another score on?"""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from reports.admin.measures import PERIOD_DEFAULT_DAYS, MeasurePages, as_file, card
from reports.admin.pages import acting_user, protected
from reports.measures.scope import PERIODS_DAYS, Scope, scope_of
from reports.measures.what_if import HIGHEST, LOWEST, WhatIf, labels, what_if
from reports.roles import NotAllowedError

CUT_DEFAULT = 0.6
WHAT_IF = "what-if"


class WhatIfForm(forms.Form):
    """A label, a threshold and a period."""

    label = forms.ChoiceField(
        label=gettext_lazy("Label"), widget=forms.Select(attrs={"class": "staff-input"})
    )
    cut = forms.FloatField(
        label=gettext_lazy("Cut from score"),
        min_value=LOWEST,
        max_value=HIGHEST,
        error_messages=dict.fromkeys(
            ("min_value", "max_value", "invalid", "required"),
            gettext_lazy("A score from %(low)s to %(high)s.") % {"low": LOWEST, "high": HIGHEST},
        ),
        widget=forms.NumberInput(
            attrs={"class": "staff-input", "step": "0.01", "data-testid": "what-if-cut"}
        ),
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("Of the last"),
        coerce=int,
        choices=[(days, gettext_lazy("%d days") % days) for days in PERIODS_DAYS],
        widget=forms.Select(attrs={"class": "staff-input"}),
    )

    def __init__(self, *args: Any, found: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.has_labels = bool(found)
        field = self.fields["label"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(label, label.replace("_", " ").lower()) for label in found]


class WhatIfPages:
    """The form with its answer, and the answer's tables as files."""

    def __init__(self, measures: MeasurePages) -> None:
        self.measures = measures

    def urls(self) -> list[URLPattern]:
        """The addresses below `measures/what-if/`."""
        view = self.measures.site.admin_view
        base = f"measures/{WHAT_IF}/"
        return [
            path(base, view(self.page), name="what_if"),
            path(f"{base}<slug:name>.<slug:form>", view(self.file), name="what_if_file"),
        ]

    @protected
    @method_decorator(require_safe)
    def page(self, request: HttpRequest) -> HttpResponse:
        """The form, and what would have changed."""
        scope, form = self._asked(request)
        answer = self._answer(scope, form)
        asked = urlencode(form.cleaned_data) if form.is_valid() else ""
        context = {
            **self.measures.frame(request, WHAT_IF, PERIOD_DEFAULT_DAYS),
            "form": form,
            "answer": answer,
            "cut": form.cleaned_data.get("cut") if form.is_valid() else None,
            "has_labels": form.has_labels,
            "is_below_known": answer is not None
            and answer.lowest is not None
            and form.cleaned_data["cut"] < answer.lowest,
            "cards": [
                card(table, f"{_file(table.name)}?{asked}")
                for table in (answer.changes, answer.by_threshold)
            ]
            if answer
            else [],
        }
        status = 200 if form.is_valid() or not form.is_bound else 422
        return TemplateResponse(request, "reports/admin/what_if.html", context, status=status)

    @protected
    @method_decorator(require_safe)
    def file(self, request: HttpRequest, name: str, form: str) -> HttpResponse:
        """One of the two tables as `json` or `csv`."""
        scope, asked = self._asked(request)
        answer = self._answer(scope, asked)
        if answer is not None:
            for table in (answer.changes, answer.by_threshold):
                if table.name == name:
                    return as_file(table, form)
        raise Http404

    def _asked(self, request: HttpRequest) -> tuple[Scope, WhatIfForm]:
        user, now = acting_user(request), timezone.now()
        try:
            widest = scope_of(user, days=max(PERIODS_DAYS), now=now)
        except NotAllowedError:
            raise Http404 from None
        found = labels(widest)
        first = {
            "label": found[0] if found else "",
            "cut": CUT_DEFAULT,
            "days": PERIOD_DEFAULT_DAYS,
        }
        form = WhatIfForm({**first, **request.GET.dict()} if found else None, found=found)
        days = form.cleaned_data["days"] if form.is_valid() else PERIOD_DEFAULT_DAYS
        return scope_of(user, days=days, now=now), form

    def _answer(self, scope: Scope, form: WhatIfForm) -> WhatIf | None:
        if not form.is_valid():
            return None
        return what_if(scope, label=form.cleaned_data["label"], cut=form.cleaned_data["cut"])


def _file(name: str) -> str:
    return reverse("admin:what_if_file", args=(name, "json")).removesuffix("json")
