"""What staff may write to `reports`.

Forms check shape and offer only what the account may choose; the services check again.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.models import NoticeOutcome, Policy
from reports.reviewing import notes, saved_filters
from reports.roles import Right, has_right
from reports.sanctions import warnings
from reports.sanctions.ladder import Length

REASON_MAX = 2000

if TYPE_CHECKING:
    _PolicyChoice = forms.ModelChoiceField[Policy]
else:
    _PolicyChoice = forms.ModelChoiceField

LENGTHS = {
    Length.AS_IS: _("As the machine gave it"),
    Length.NONE: _("No sanction"),
    Length.WARNING: _("Warning (bars nobody)"),
    Length.MINUTES_10: _("10 minutes"),
    Length.HOURS_24: _("24 hours"),
    Length.DAYS_7: _("7 days"),
    Length.DAYS_30: _("30 days"),
    Length.FOR_EVER: _("For ever (a second person has to agree)"),
}


class ReasonField(forms.CharField):
    """Why, in a sentence or two; kept with the decision."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Reason"))
        options.setdefault("max_length", REASON_MAX)
        options.setdefault(
            "widget",
            forms.Textarea(
                attrs={
                    "class": "staff-input",
                    "rows": 3,
                    "dir": "auto",
                    "data-testid": "reason",
                    "data-key": "r",
                }
            ),
        )
        super().__init__(**options)


class PolicyField(_PolicyChoice):
    """A current policy, by its code; sealed ones only for who may see them."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Policy"))
        options.setdefault("empty_label", _("Choose the policy"))
        options.setdefault("to_field_name", "code")
        options.setdefault("queryset", Policy.objects.none())
        options.setdefault(
            "widget",
            forms.Select(attrs={"class": "staff-input", "data-testid": "policy", "data-key": "p"}),
        )
        super().__init__(**options)

    def label_from_instance(self, obj: Policy) -> str:
        return f"{obj.shown_title} ({obj.code})"


class LengthField(forms.ChoiceField):
    """How long the sanction lasts."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Sanction"))
        options.setdefault(
            "widget",
            forms.Select(
                attrs={"class": "staff-input", "data-testid": "sanction", "data-key": "l"}
            ),
        )
        super().__init__(**options)


class ReasonForm(forms.Form):
    """A decision that needs nothing but its reason, on the version that was seen."""

    reason = ReasonField()
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)


class SkipForm(forms.Form):
    """Why a report is given back, for who wants to say."""

    reason = ReasonField(required=False)


class ConfirmForm(ReasonForm):
    """A report is right: under which policy, and what follows."""

    policy = PolicyField()
    sanction = LengthField()
    field_order = ("policy", "sanction", "reason", "version")

    def __init__(
        self,
        *args: Any,
        user: User,
        may_keep: bool,
        may_leave_out: bool,
        may_warn: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        left_out = {
            length
            for length, is_offered in (
                (Length.AS_IS, may_keep),
                (Length.NONE, may_leave_out),
                (Length.WARNING, may_warn),
            )
            if not is_offered
        }
        _offer(self, user, without=left_out)

    def length(self) -> Length:
        return Length(self.cleaned_data["sanction"])


class NoteForm(forms.Form):
    """A note for the others."""

    text = ReasonField(
        label=_("Note for the others"),
        max_length=notes.TEXT_MAX,
        widget=forms.Textarea(
            attrs={
                "class": "staff-input",
                "rows": 2,
                "dir": "auto",
                "data-testid": "note-text",
                "data-key": "m",
            }
        ),
    )


class SavedFilterForm(forms.Form):
    """A name for what the list is narrowed by now; leads may show it to all."""

    name = forms.CharField(
        label=_("Name"),
        max_length=saved_filters.NAME_MAX,
        widget=forms.TextInput(
            attrs={"class": "staff-input", "autocomplete": "off", "data-testid": "filter-name"}
        ),
    )
    is_shared = forms.BooleanField(
        label=_("For everybody"),
        required=False,
        widget=forms.CheckboxInput(attrs={"data-testid": "filter-shared"}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        if not has_right(user, Right.SHARE_FILTERS):
            del self.fields["is_shared"]


class SanctionForm(forms.Form):
    """A sanction without a report: whom, under which policy, how long, and why."""

    participant = forms.UUIDField(
        label=_("Participant"),
        widget=forms.TextInput(attrs={"class": "staff-input", "autocomplete": "off"}),
    )
    device = forms.UUIDField(
        label=_("Device"),
        widget=forms.TextInput(attrs={"class": "staff-input", "autocomplete": "off"}),
    )
    policy = PolicyField()
    sanction = LengthField()
    reason = ReasonField()

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, user, without={Length.AS_IS, Length.NONE})

    def length(self) -> Length:
        return Length(self.cleaned_data["sanction"])


class NoticeAnswerForm(ReasonForm):
    """A notice that leads to no report, and why not."""

    outcome = forms.ChoiceField(
        label=_("Answer"),
        choices=NoticeOutcome.choices,
        widget=forms.Select(attrs={"class": "staff-input", "data-testid": "notice-outcome"}),
    )
    field_order = ("outcome", "reason")


def _offer(form: forms.Form, user: User, *, without: Collection[Length]) -> None:
    choices: QuerySet[Policy] = Policy.objects.filter(is_current=True).order_by("title")
    if not has_right(user, Right.CHILD_SAFETY):
        choices = choices.filter(is_child_safety=False)
    lengths = [length for length in LENGTHS if length not in without]
    if not has_right(user, Right.SANCTION_FOR_EVER):
        lengths.remove(Length.FOR_EVER)
    policy_field, length_field = form.fields["policy"], form.fields["sanction"]
    assert isinstance(policy_field, forms.ModelChoiceField)
    assert isinstance(length_field, forms.ChoiceField)
    policy_field.queryset = choices
    # The page's script offers a warning with these alone; the service refuses it with others.
    fitting = (policy.code for policy in choices if warnings.may_warn(policy))
    length_field.widget.attrs["data-warning-fits"] = " ".join(fitting)
    length_field.choices = [
        ("", _("Choose the length")),
        *((x.value, LENGTHS[x]) for x in lengths),
    ]
