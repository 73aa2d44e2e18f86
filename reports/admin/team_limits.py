"""Lower limits of exposure for one person, on the team's page and on the person's own."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reports.admin.exposure_words import minutes
from reports.admin.pages import acting_user, back, protected
from reports.evidence_room import exposure, own_limits
from reports.models import OwnLimits
from reports.roles import NotAllowedError, Right, has_right

REFUSED = (own_limits.OwnLimitsError, NotAllowedError)
_INPUT = {"class": "staff-input"}


class AccountForm(forms.Form):
    """Whose limits."""

    account = forms.ModelChoiceField(
        label=gettext_lazy("Person"),
        queryset=User.objects.none(),
        to_field_name="username",
        widget=forms.Select(attrs={**_INPUT, "data-testid": "limits-account"}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        account = self.fields["account"]
        assert isinstance(account, forms.ModelChoiceField)
        account.queryset = own_limits.accounts(user)


class LimitsForm(AccountForm):
    """A day's limits, none above everybody's, and until when."""

    items = forms.IntegerField(label=gettext_lazy("Originals a day"), min_value=0)
    severe = forms.IntegerField(label=gettext_lazy("Severe ones among them"), min_value=0)
    minutes = forms.IntegerField(label=gettext_lazy("Minutes a day"), min_value=0)
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Left empty: until a lead changes it."),
        widget=forms.DateInput(attrs={**_INPUT, "type": "date"}),
    )
    note = forms.CharField(
        label=gettext_lazy("A word to the person"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={**_INPUT, "rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        usual = exposure.limits()
        most = {
            "items": usual.day_items,
            "severe": usual.day_severe,
            "minutes": minutes(usual.day_s),
        }
        for name, limit in most.items():
            field = self.fields[name]
            field.initial = limit
            field.widget.attrs |= {**_INPUT, "max": limit, "data-testid": f"limits-{name}"}

    def day(self) -> own_limits.Day:
        given = self.cleaned_data
        usual_s = exposure.limits().day_s
        # Minutes are shown as begun ones: everybody's may be a little less.
        day_s = usual_s if given["minutes"] == minutes(usual_s) else given["minutes"] * 60
        return own_limits.Day(day_items=given["items"], day_severe=given["severe"], day_s=day_s)

    def until(self) -> datetime | None:
        last = self.cleaned_data["last_day"]
        return None if last is None else datetime.combine(last, time.max, UTC)


class LimitsPages:
    """Two acts of leads; what holds stands on the team's page."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """The addresses below the team's."""
        view = self.site.admin_view
        return [
            path("team/limits/", view(self.lower), name="team_limits"),
            path("team/limits/restore/", view(self.restore), name="team_limits_restore"),
        ]

    @protected
    @method_decorator(require_POST)
    def lower(self, request: HttpRequest) -> HttpResponse:
        """Set somebody's limits."""
        user, page = _lead(request), reverse("admin:team")
        form = LimitsForm(request.POST, user=user)
        if not form.is_valid():
            said = _("Choose a person, and numbers that are not above everybody's.")
            return back(request, page, said=said, went_well=False)
        try:
            own_limits.lower(
                form.cleaned_data["account"],
                form.day(),
                until=form.until(),
                note=form.cleaned_data["note"],
                acting_user=user,
                now=timezone.now(),
            )
        except REFUSED as error:
            return back(request, page, said=str(error), went_well=False)
        return back(request, page, said=_("It holds from now, and they see it on their own page."))

    @protected
    @method_decorator(require_POST)
    def restore(self, request: HttpRequest) -> HttpResponse:
        """Let everybody's limits hold for somebody again."""
        user, page = _lead(request), reverse("admin:team")
        form = AccountForm(request.POST, user=user)
        if not form.is_valid():
            raise Http404
        account = form.cleaned_data["account"]
        own_limits.restore(account, acting_user=user, now=timezone.now())
        return back(request, page, said=_("Everybody's limits hold for them again."))


def context(user: User, now: datetime) -> dict[str, Any]:
    """For the team's page: whose limits are lower, and the form."""
    if not has_right(user, Right.SET_LIMITS):
        return {}
    held = OwnLimits.objects.in_force(now).select_related("account", "set_by")
    return {
        "own_limits": [describe(row) for row in held.order_by("account__username")],
        "limits_form": LimitsForm(user=user),
        "limits_url": reverse("admin:team_limits"),
        "restore_url": reverse("admin:team_limits_restore"),
    }


def describe(row: OwnLimits) -> dict[str, Any]:
    """Somebody's own limits in words."""
    return {
        "account": row.account.get_username(),
        "items": row.day_items,
        "severe": row.day_severe,
        "minutes": minutes(row.day_s),
        "until": row.until,
        "by": row.set_by.get_username(),
        "note": row.note,
    }


def _lead(request: HttpRequest) -> User:
    user = acting_user(request)
    if not has_right(user, Right.SET_LIMITS):
        raise Http404
    return user
