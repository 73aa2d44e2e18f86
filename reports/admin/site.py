"""The staff site: the theme's admin site, open only to staff who gave their second factor."""

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import RedirectView
from django_otp import login as remember_device

from reports.admin import dashboard, sign_in
from reports.admin.exposure_words import meter
from reports.admin.measures import MeasurePages
from reports.admin.own_pages import OwnPages
from reports.admin.statement_exports import StatementExportPages
from reports.admin.team import TeamPages
from reports.admin.team_limits import LimitsPages
from reports.admin.what_if import WhatIfPages
from reports.trail import audit

if TYPE_CHECKING:
    _ThemedSite = AdminSite
else:
    from unfold.sites import UnfoldAdminSite as _ThemedSite


class StaffSite(_ThemedSite):
    """Signing in takes a password and a code; every page asks for both again."""

    index_title = "Overview"
    index_template = "reports/admin/dashboard.html"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.measures = MeasurePages(self)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and (
            settings.STAFF_SECOND_FACTOR == "off" or sign_in.is_second_factor_given(request.user)
        )

    def extra_urls(self) -> list[URLPattern]:
        """Addresses beside the model pages; the theme calls this."""
        return [
            # In place of the theme's index of tables: the sidebar has every list already.
            path("reports/", self.admin_view(RedirectView.as_view(pattern_name="admin:index"))),
            path("second-factor/", self.second_factor, name="second_factor"),
            path("recovery-codes/", self.admin_view(self.recovery_codes), name="recovery_codes"),
            # Before the pages of measures, whose names are free.
            *WhatIfPages(self.measures).urls(),
            *StatementExportPages(self.measures).urls(),
            *self.measures.urls(),
            *OwnPages(self).urls(),
            *TeamPages(self).urls(),
            *LimitsPages(self).urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every staff page has; who reviews has their own exposure in view."""
        context = super().each_context(request)
        if self.has_permission(request):
            context["exposure"] = meter(request.user)
        return context

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        context = {**dashboard.overview(request.user), **(extra_context or {})}
        return super().index(request, context)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The password; whoever gave it and owes the code is sent on to the code."""
        if super().has_permission(request) and not self.has_permission(request):
            query = urlencode({REDIRECT_FIELD_NAME: self._next(request)})
            return HttpResponseRedirect(f"{reverse('admin:second_factor')}?{query}")
        return super().login(request, extra_context)

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """A new password for oneself, on the record."""
        with audit.trail():
            response = super().password_change(request, extra_context)
            if isinstance(request.user, User) and response.status_code == HTTPStatus.FOUND:
                audit.record(
                    "account.password_changed",
                    target=request.user,
                    payload={},
                    acting_user=request.user,
                )
        return response

    @method_decorator(never_cache)
    @method_decorator(csrf_protect)
    @method_decorator(sensitive_post_parameters("code"))
    def second_factor(self, request: HttpRequest) -> HttpResponse:
        """Ask for the code, or enrol an authenticator when there is none yet."""
        user = request.user
        if not (isinstance(user, User) and super().has_permission(request)):
            return HttpResponseRedirect(reverse("admin:login"))
        if self.has_permission(request):
            return HttpResponseRedirect(self._next(request))
        if request.method == "POST" and "leave" in request.POST:
            logout(request)
            return HttpResponseRedirect(reverse("admin:login"))
        form = sign_in.CodeForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            is_enrolling = sign_in.enrolled_device(user) is None
            device = sign_in.verify(user, form.cleaned_data["code"])
            if device is not None:
                request.session.cycle_key()
                remember_device(request, device)
                home = reverse("admin:recovery_codes") if is_enrolling else self._next(request)
                return HttpResponseRedirect(home)
            form.add_error("code", _("This code was not accepted. Wait for the next one."))
        return self._second_factor_page(request, user, form)

    @method_decorator(never_cache)
    @method_decorator(csrf_protect)
    def recovery_codes(self, request: HttpRequest) -> HttpResponse:
        """How many codes are left (GET); new ones, shown once (POST)."""
        user = request.user
        assert isinstance(user, User)  # the site lets nobody else in
        codes = sign_in.issue_recovery_codes(user) if request.method == "POST" else []
        context: dict[str, Any] = {
            **self.each_context(request),
            "title": _("Recovery codes"),
            "codes": codes,
            "left": sign_in.recovery_codes_left(user),
        }
        return TemplateResponse(request, "reports/admin/recovery_codes.html", context)

    def _second_factor_page(
        self, request: HttpRequest, user: User, form: sign_in.CodeForm
    ) -> HttpResponse:
        context: dict[str, Any] = {
            **self.each_context(request),
            "title": _("Second factor"),
            "form": form,
            "next": self._next(request),
            "next_field": REDIRECT_FIELD_NAME,
        }
        if sign_in.enrolled_device(user) is None:
            device = sign_in.device_to_enrol(user)
            context["drawing"] = sign_in.qr_drawing(device)
            context["key"] = sign_in.readable_key(device)
        return TemplateResponse(request, "reports/admin/second_factor.html", context)

    def _next(self, request: HttpRequest) -> str:
        target = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, "")
        is_ours = url_has_allowed_host_and_scheme(
            target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )
        return target if is_ours else reverse("admin:index")
