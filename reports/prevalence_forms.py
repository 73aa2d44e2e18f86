"""What staff may say of a prevalence frame."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.forms import PolicyField
from reports.models import Policy


class PrevalenceForm(forms.Form):
    """Which policy it breaks; `verdict` is the button that was pressed.

    Every policy is offered, sealed ones too: whoever sees a child has to be able to say so.
    """

    policy = PolicyField(required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["policy"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Policy.objects.filter(is_current=True).order_by("title")

    def clean(self) -> dict[str, Any]:
        """*Broken* needs the policy; *nothing* leaves it out."""
        cleaned = super().clean() or {}
        is_broken = self.data.get("verdict") == "broken"
        if is_broken and not cleaned.get("policy"):
            self.add_error("policy", _("Choose the policy that is broken."))
        return cleaned if is_broken else {**cleaned, "policy": None}
