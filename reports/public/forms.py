"""What anybody may write to `reports`: a sanctioned person's appeal, and a notice.

Forms check shape; the services check again.
"""

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.house_rules import policies
from reports.ids import ConversationId
from reports.incoming.notices import Letter
from reports.rules import CHILD_SAFETY_RULES, Rule

APPEAL_MAX = 2000
NOTICE_MAX = 4000


class AppealForm(forms.Form):
    """What a sanctioned person wants to say, once."""

    text = forms.CharField(
        label=_("Your appeal"),
        max_length=APPEAL_MAX,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "maxlength": APPEAL_MAX,
                "dir": "auto",
                "data-testid": "appeal-text",
            }
        ),
    )


class NoticeForm(forms.Form):
    """What somebody without an account tells us about a conversation; name and e-mail may be left
    out where a child is concerned (DSA Art. 16)."""

    sheet = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    rule = forms.ChoiceField(
        label=_("What is wrong?"), widget=forms.Select(attrs={"data-testid": "notice-rule"})
    )
    locator = forms.CharField(
        label=_("The conversation's code"),
        max_length=200,
        widget=forms.TextInput(
            attrs={"data-testid": "notice-locator", "autocomplete": "off", "dir": "ltr"}
        ),
    )
    explanation = forms.CharField(
        label=_("What happened, and why is it against the rules or the law?"),
        max_length=NOTICE_MAX,
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "maxlength": NOTICE_MAX,
                "dir": "auto",
                "data-testid": "notice-explanation",
            }
        ),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name", "data-testid": "notice-name"}),
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "data-testid": "notice-email"}),
    )
    in_good_faith = forms.BooleanField(
        label=_("I believe in good faith that what I write is accurate and complete."),
        widget=forms.CheckboxInput(attrs={"data-testid": "notice-good-faith"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        rules = self.fields["rule"]
        assert isinstance(rules, forms.ChoiceField)
        titles = [(rule.value, policies.title(rule)) for rule in Rule]
        rules.choices = [("", _("Choose what is closest")), *titles]

    def clean(self) -> dict[str, Any]:
        """Who reports something else than an offence against a child says who they are."""
        cleaned = super().clean() or {}
        if cleaned.get("rule") and Rule(cleaned["rule"]) not in CHILD_SAFETY_RULES:
            for name in ("name", "email"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("We need this, unless a child is concerned."))
        return cleaned

    def letter(self) -> Letter:
        """What was written, once it is valid."""
        written = self.cleaned_data
        return Letter(
            rule=Rule(written["rule"]),
            explanation=written["explanation"],
            locator=written["locator"],
            conversation=_conversation(written["locator"]),
            name=written["name"],
            email=written["email"],
            sheet=written["sheet"],
        )


def _conversation(locator: str) -> ConversationId | None:
    try:
        return ConversationId(UUID(locator.strip()))
    except ValueError:
        return None
