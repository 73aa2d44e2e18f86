"""Macros as staff read them and leads write them: every change is a new version."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.forms import LENGTHS
from reports.house_rules import macros
from reports.models import Macro, MacroAct, Policy
from reports.roles import NotAllowedError, Right, has_right
from reports.sanctions.ladder import Length

_INPUT = {"class": "staff-input"}


class MacroForm(forms.Form):
    """What a macro fills in; one text for each language of the console."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=macros.TITLE_MAX,
        widget=forms.TextInput(attrs={**_INPUT, "data-testid": "macro-title"}),
    )
    act = forms.ChoiceField(
        label=gettext_lazy("For"),
        choices=MacroAct.choices,
        widget=forms.Select(attrs={**_INPUT, "data-testid": "macro-act"}),
    )
    length = forms.ChoiceField(
        label=gettext_lazy("Sanction"),
        required=False,
        choices=[("", gettext_lazy("What the ladder suggests")), *LENGTHS.items()],
        widget=forms.Select(attrs=_INPUT),
    )
    policies = forms.MultipleChoiceField(
        label=gettext_lazy("Fits"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        current = Policy.objects.filter(is_current=True).order_by("title")
        fitting = self.fields["policies"]
        assert isinstance(fitting, forms.MultipleChoiceField)
        fitting.choices = [(policy.code, policy.shown_title) for policy in current]
        for code, name in settings.LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=name,
                required=code == macros.FALLBACK,
                max_length=macros.TEXT_MAX,
                widget=forms.Textarea(
                    attrs={
                        **_INPUT,
                        "rows": 2,
                        "dir": "auto",
                        "lang": code,
                        "data-testid": f"macro-text-{code}",
                    }
                ),
            )

    def texts(self) -> dict[str, str]:
        """The text of each language that has one."""
        found = {code: self.cleaned_data[f"text_{code}"] for code, _name in settings.LANGUAGES}
        return {code: text for code, text in found.items() if text}

    def length_or_none(self) -> Length | None:
        return Length(self.cleaned_data["length"]) if self.cleaned_data["length"] else None


class MacroPages(ServicePages):
    """Whoever reviews may read them; a macro's page is named by its code."""

    right = Right.REVIEW
    change_list_template = "reports/admin/macro_list.html"
    page_template = "reports/admin/macro.html"
    search_fields = ("code", "title")
    search_help_text = gettext_lazy("title")
    list_display = ("code",)
    ordering = ("act", "code")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Macro]:
        return Macro.objects.filter(is_current=True).order_by(*self.ordering)

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("new/", self.new, "new"),
            self.page("<slug:code>/", self.macro_page, "change"),
            self.page("<slug:code>/save/", self.save, "save"),
            self.page("<slug:code>/retire/", self.retire, "retire"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [(macro, self.link("change", macro.code)) for macro in rows],
            "new_url": self.link("new") if has_right(request.user, Right.EDIT_MACROS) else "",
        }

    @protected
    def new(self, request: HttpRequest) -> HttpResponse:
        """An empty form, and what was written into it."""
        self._require_editor(request)
        form = MacroForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            return self._kept(request, "", form)
        return self._page(request, None, form)

    @protected
    @method_decorator(require_safe)
    def macro_page(self, request: HttpRequest, code: str) -> HttpResponse:
        """One macro, with its form for who may change it, and its versions."""
        self.require(request)
        macro = self._macro(code)
        initial = {
            "title": macro.title,
            "act": macro.act,
            "length": macro.length,
            "policies": macro.policies,
            **{f"text_{code}": text for code, text in macro.texts.items()},
        }
        return self._page(request, macro, MacroForm(initial=initial))

    @protected
    @method_decorator(require_POST)
    def save(self, request: HttpRequest, code: str) -> HttpResponse:
        """Keep a new version."""
        self._require_editor(request)
        macro, form = self._macro(code), MacroForm(request.POST)
        if not form.is_valid():
            return self._page(request, macro, form)
        return self._kept(request, code, form)

    @protected
    @method_decorator(require_POST)
    def retire(self, request: HttpRequest, code: str) -> HttpResponse:
        """Take it away; decisions keep the words that they were made with."""
        self._require_editor(request)
        user, now = acting_user(request), timezone.now()
        return self._saying(
            request,
            lambda: macros.retire(code, acting_user=user, now=now),
            _("Taken away."),
        )

    def _kept(self, request: HttpRequest, code: str, form: MacroForm) -> HttpResponse:
        user, now = acting_user(request), timezone.now()
        return self._saying(request, lambda: _save(code, form, user, now), _("Saved."))

    def _saying(self, request: HttpRequest, act: Any, said: str) -> HttpResponse:
        try:
            act()
        except (macros.MacroError, NotAllowedError) as error:
            return back(request, self.link("changelist"), said=str(error), went_well=False)
        return back(request, self.link("changelist"), said=said)

    def _page(self, request: HttpRequest, macro: Macro | None, form: MacroForm) -> HttpResponse:
        may_edit = has_right(request.user, Right.EDIT_MACROS)
        code = macro.code if macro else ""
        versions = Macro.objects.filter(code=code).select_related("edited_by")
        context = {
            "title": macro.title if macro else _("New macro"),
            "form": form,
            "may_edit": may_edit,
            "texts": [form[f"text_{code}"] for code, _name in settings.LANGUAGES],
            "save_url": self.link("save", code) if macro else self.link("new"),
            "retire_url": self.link("retire", code) if macro and may_edit else "",
            "versions": versions.order_by("-version") if macro else [],
        }
        return self.render(request, macro, context, status=422 if form.errors else 200)

    def _macro(self, code: str) -> Macro:
        macro = Macro.objects.filter(code=code, is_current=True).first()
        if macro is None:
            raise Http404
        return macro

    def _require_editor(self, request: HttpRequest) -> None:
        self.require(request)
        if not has_right(request.user, Right.EDIT_MACROS):
            raise Http404


def _save(code: str, form: MacroForm, user: User, now: datetime) -> Macro:
    return macros.save(
        code,
        act=MacroAct(form.cleaned_data["act"]),
        title=form.cleaned_data["title"],
        texts=form.texts(),
        policies=form.cleaned_data["policies"],
        length=form.length_or_none(),
        acting_user=user,
        now=now,
    )
