"""What staff write about second decisions."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from reports.forms import PolicyField, ReasonField
from reports.models import Policy, Resolution
from reports.roles import Right, has_right

DAYS_MAX = 7
SIZE_MAX = 200


class SecondDecisionForm(forms.Form):
    """Which rule is broken, if any, and why; `verdict` is the button that was pressed."""

    policy = PolicyField(required=False)
    reason = ReasonField()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        policies = Policy.objects.filter(is_current=True).order_by("title")
        if not has_right(user, Right.CHILD_SAFETY):
            policies = policies.filter(is_child_safety=False)
        field = self.fields["policy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = policies

    def clean(self) -> dict[str, Any]:
        """*Broken* needs the policy; *no rule is broken* leaves it out."""
        cleaned = super().clean() or {}
        is_broken = self.data.get("verdict") == "broken"
        if is_broken and not cleaned.get("policy"):
            self.add_error("policy", _("Choose the policy that is broken."))
        return cleaned if is_broken else {**cleaned, "policy": None}


class DiscussionForm(forms.Form):
    """A word in a discussion."""

    text = ReasonField(label=_("Your word"))


class ResolutionForm(forms.Form):
    """How a disagreement is settled."""

    resolution = forms.ChoiceField(
        label=_("Resolution"),
        choices=Resolution.choices,
        widget=forms.Select(attrs={"class": "staff-input", "data-testid": "resolution"}),
    )
    reason = ReasonField()


class DrawForm(forms.Form):
    """How far back, and how many."""

    days = forms.IntegerField(
        label=_("Decided in the last days"),
        min_value=1,
        max_value=DAYS_MAX,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "staff-input", "data-testid": "draw-days"}),
    )
    size = forms.IntegerField(
        label=_("How many"),
        min_value=1,
        max_value=SIZE_MAX,
        widget=forms.NumberInput(attrs={"class": "staff-input", "data-testid": "draw-size"}),
    )
