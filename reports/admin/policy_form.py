"""The form in which leads write what a policy says and leads to."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import validate_slug
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from reports.forms import REASON_MAX
from reports.house_rules.policy_terms import (
    CATEGORIES,
    KEYWORDS,
    STRIKE_WEIGHT_MAX,
    TEXT_MAX,
    TITLE_MAX,
    Terms,
)
from reports.models import Ladder, Policy

LANGUAGES = [(code, name) for code, name in settings.LANGUAGES if code != "en"]


def _line(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "staff-input", "dir": "auto", **attributes})


def _box() -> forms.Textarea:
    return forms.Textarea(attrs={"class": "staff-input", "rows": 3, "dir": "auto"})


class TermsForm(forms.Form):
    """Title and text in each language, weights, and the EU's words for it."""

    title = forms.CharField(label=_("Title (English)"), max_length=TITLE_MAX, widget=_line())
    text = forms.CharField(label=_("Text (English)"), max_length=TEXT_MAX, widget=_box())
    severity = forms.FloatField(
        label=_("Severity, 0 to 1"),
        min_value=0.0,
        max_value=1.0,
        widget=forms.NumberInput(attrs={"class": "staff-input", "step": "0.05"}),
    )
    strike_weight = forms.IntegerField(
        label=_("Strike weight"),
        min_value=0,
        max_value=STRIKE_WEIGHT_MAX,
        widget=forms.NumberInput(attrs={"class": "staff-input"}),
    )
    ladder = forms.ChoiceField(
        label=_("What a machine's finding leads to"),
        choices=Ladder.choices,
        widget=forms.Select(attrs={"class": "staff-input"}),
    )
    floor = forms.IntegerField(
        label=_("Least priority, empty for none"),
        min_value=0,
        max_value=100,
        required=False,
        widget=forms.NumberInput(attrs={"class": "staff-input"}),
    )
    needs_two_to_dismiss = forms.BooleanField(
        label=_("Dismissing takes two people"), required=False
    )
    dsa_category = forms.ChoiceField(
        label=_("EU category"),
        choices=[(one, one.removeprefix("STATEMENT_CATEGORY_")) for one in CATEGORIES],
        widget=forms.Select(attrs={"class": "staff-input"}),
    )
    dsa_keywords = forms.MultipleChoiceField(
        label=_("EU keywords"),
        choices=[(one, one.removeprefix("KEYWORD_")) for one in KEYWORDS],
        widget=forms.SelectMultiple(attrs={"class": "staff-input", "size": len(KEYWORDS)}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code, name in LANGUAGES:
            self.fields[f"title_{code}"] = forms.CharField(
                label=_("Title (%s)") % name,
                max_length=TITLE_MAX,
                required=False,
                widget=_line(lang=code),
            )
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Text (%s)") % name, max_length=TEXT_MAX, required=False, widget=_box()
            )

    def words_fields(self) -> list[tuple[str, forms.BoundField, forms.BoundField]]:
        """Title and text of each other language, for the page."""
        return [
            (str(name), self[f"title_{code}"], self[f"text_{code}"]) for code, name in LANGUAGES
        ]

    def terms(self) -> Terms:
        """What was written, once it is valid. A language without words falls back to English."""
        written = self.cleaned_data
        words = {
            code: {"title": written[f"title_{code}"], "text": written[f"text_{code}"]}
            for code, _name in LANGUAGES
            if written[f"title_{code}"] or written[f"text_{code}"]
        }
        names = [name for name in Terms.__slots__ if name != "words"]
        return Terms(**{name: written[name] for name in names}, words=words)


class FinerForm(TermsForm):
    """A new policy below another."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        validators=[validate_slug],
        widget=_line(autocomplete="off"),
        help_text=_("Given once, and never changed. Lower-case letters, digits and hyphens."),
    )


class PublishForm(forms.Form):
    """Why the policy changes; part of its history."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=REASON_MAX,
        widget=forms.Textarea(
            attrs={"class": "staff-input", "rows": 3, "dir": "auto", "data-testid": "reason"}
        ),
    )


def initial(terms: Terms, policy: Policy) -> dict[str, Any]:
    """The form filled in with `terms`; words that only the program's translations have included."""
    found: dict[str, Any] = {name: getattr(terms, name) for name in Terms.__slots__}
    for code, _name in LANGUAGES:
        said = terms.words.get(code)
        if said is not None:
            found[f"title_{code}"], found[f"text_{code}"] = said["title"], said["text"]
            continue
        with override(code):
            shown = policy.shown_title, policy.shown_text
        if shown != (policy.title, policy.text):
            found[f"title_{code}"], found[f"text_{code}"] = shown
    return found
