"""The page of one's own account: what one was shown, and what one does not want to be offered."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from reports.admin import team_limits
from reports.admin.exposure_words import full_words, meter, minutes
from reports.admin.pages import acting_user, back, protected
from reports.evidence_room import exposure, opt_outs, own_limits
from reports.house_rules import policies
from reports.roles import Right, has_right
from reports.rules import Rule

DAYS_SHOWN = 7


class OptOutForm(forms.Form):
    """The rules that are not to be offered; none is a valid answer."""

    rules = forms.MultipleChoiceField(
        label=gettext_lazy("Don't offer me reports about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, offered: list[Rule], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["rules"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(rule.value, policies.title(rule)) for rule in offered]

    def chosen(self) -> list[Rule]:
        return [Rule(name) for name in self.cleaned_data["rules"]]


class OwnPages:
    """For who reviews; nobody else ever sees another's opt-outs."""

    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[URLPattern]:
        """The addresses below `me/`."""
        view = self.site.admin_view
        return [
            path("me/", view(self.page), name="own"),
            path("me/exposure/", view(self.meter), name="own_exposure"),
            path("me/cover/", view(self.cover), name="own_cover"),
            path("me/opt-outs/", view(self.opt_out), name="own_opt_outs"),
        ]

    @protected
    @method_decorator(require_safe)
    def page(self, request: HttpRequest) -> HttpResponse:
        """What one was shown today and in the last days, the limits, and the opt-outs."""
        user, now = _reviewer(request), timezone.now()
        found = exposure.standing(user, now)
        offered, own = opt_outs.choices(user), own_limits.in_force(user, now)
        context = {
            **self.site.each_context(request),
            "title": _("Your exposure"),
            "today": found.today,
            "minutes": minutes(found.today.seconds),
            "limits": found.limits,
            "limit_minutes": minutes(found.limits.day_s),
            "stretch_minutes": minutes(found.limits.stretch_s),
            "break_minutes": minutes(found.limits.break_s),
            "full": full_words(found.full) if found.full else "",
            "own_limits": team_limits.describe(own) if own else None,
            "days": [
                (day.day, day.exposure, minutes(day.exposure.seconds))
                for day in exposure.days(user, now, DAYS_SHOWN)
            ],
            "form": OptOutForm(offered=offered, initial={"rules": list(opt_outs.chosen(user))}),
            "opt_outs_url": reverse("admin:own_opt_outs"),
        }
        return TemplateResponse(request, "reports/admin/own.html", context)

    @protected
    @method_decorator(require_safe)
    def meter(self, request: HttpRequest) -> HttpResponse:
        """The counter alone, to be put in place of the one in the head."""
        context = {"exposure": meter(_reviewer(request))}
        return TemplateResponse(request, "reports/admin/exposure_meter.html", context)

    @protected
    @method_decorator(require_POST)
    def cover(self, request: HttpRequest) -> HttpResponse:
        """One looks at the originals of `item` no more; says the same of whatever it names."""
        user = _reviewer(request)
        with suppress(ValueError):
            exposure.cover(user, timezone.now(), item=UUID(request.POST.get("item", "")))
        return HttpResponse(status=204)

    @protected
    @method_decorator(require_POST)
    def opt_out(self, request: HttpRequest) -> HttpResponse:
        """Save what one does not want to be offered."""
        user = _reviewer(request)
        form = OptOutForm(request.POST, offered=opt_outs.choices(user))
        page = reverse("admin:own")
        if not form.is_valid():
            return back(request, page, said=_("Unknown rule."), went_well=False)
        opt_outs.choose(form.chosen(), acting_user=user, now=timezone.now())
        return back(request, page, said=_("Saved. Nobody else sees what you chose."))


def _reviewer(request: HttpRequest) -> Any:
    user = acting_user(request)
    if not has_right(user, Right.REVIEW):
        raise Http404
    return user
