"""Staff accounts as administrators see them: names, roles, second factor."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from reports import accounts
from reports.admin.pages import ServicePages, acting_user, back, protected
from reports.models import Account
from reports.roles import Right, Role

MIXED = gettext_lazy("An auditor has no other role, and neither has who manages the accounts.")


class RolesForm(forms.Form):
    """Which roles an account has; none is a valid answer."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        choices=[(role.value, role.value) for role in Role],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def chosen(self) -> list[Role]:
        return [Role(name) for name in self.cleaned_data["roles"]]


class NewAccountForm(RolesForm):
    """A name that nobody has yet, and roles."""

    username = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(
            attrs={
                "class": "staff-input",
                "autocomplete": "off",
                "data-testid": "account-name",
            }
        ),
    )
    field_order = ("username", "roles")

    def clean_username(self) -> str:
        name = User.normalize_username(str(self.cleaned_data["username"]))
        if User.objects.filter(username__iexact=name).exists():
            raise ValidationError(_("This name is taken."))
        return name


class AccountPages(ServicePages):
    """For administrators only; being one opens no report."""

    right = Right.MANAGE_ACCOUNTS
    change_list_template = "reports/admin/account_list.html"
    page_template = "reports/admin/account.html"
    search_fields = ("username",)
    search_help_text = gettext_lazy("name")
    list_display = ("username",)
    ordering = ("username",)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return accounts.is_administrator(request.user)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        devices = TOTPDevice.objects.filter(user=OuterRef("pk"), confirmed=True)
        return (
            Account.objects.filter(is_staff=True)
            .annotate(has_second_factor=Exists(devices))
            .prefetch_related("groups")
            .order_by("username")
        )

    def page_urls(self) -> list[URLPattern]:
        return [
            self.page("new/", self.new, "new"),
            self.page("<int:pk>/", self.object_page, "change"),
            self.page("<int:pk>/roles/", self.roles, "roles"),
            self.page("<int:pk>/active/", self.active, "active"),
            self.page("<int:pk>/password/", self.password, "password"),
            self.page("<int:pk>/second-factor/", self.second_factor, "second_factor"),
        ]

    def list_context(self, request: HttpRequest, rows: list[Any]) -> dict[str, Any]:
        return {
            "rows": [(user, self.link("change", user.pk)) for user in rows],
            "form": NewAccountForm(),
            "new_url": self.link("new"),
        }

    def context(self, request: HttpRequest, row: Account) -> dict[str, Any]:
        names = [group.name for group in row.groups.all()]
        return {
            "form": RolesForm(initial={"roles": names}),
            "is_self": row.pk == acting_user(request).pk,
            "roles_url": self.link("roles", row.pk),
            "active_url": self.link("active", row.pk),
            "password_url": self.link("password", row.pk),
            "second_factor_url": self.link("second_factor", row.pk),
        }

    @protected
    @method_decorator(require_POST)
    def new(self, request: HttpRequest) -> HttpResponse:
        """Create an account and show its password, once."""
        self.require(request)
        form = NewAccountForm(request.POST)
        if not form.is_valid():
            first = next(iter(form.errors.values()))[0]
            return back(request, self.link("changelist"), said=str(first), went_well=False)
        try:
            made = accounts.create(
                form.cleaned_data["username"], form.chosen(), acting_user=acting_user(request)
            )
        except accounts.MixedRolesError:
            return back(request, self.link("changelist"), said=str(MIXED), went_well=False)
        return self._show_password(request, made)

    @protected
    @method_decorator(require_POST)
    def roles(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give the account the roles that are ticked, and no others."""
        user = self._user(request, pk)
        form = RolesForm(request.POST)
        if not form.is_valid():
            said = _("Unknown role.")
            return back(request, self.link("change", pk), said=said, went_well=False)
        try:
            accounts.set_roles(user, form.chosen(), acting_user=acting_user(request))
        except accounts.OwnAccountError:
            said = _("Another administrator changes your roles.")
            return back(request, self.link("change", pk), said=said, went_well=False)
        except accounts.MixedRolesError:
            return back(request, self.link("change", pk), said=str(MIXED), went_well=False)
        return back(request, self.link("change", pk), said=_("The roles are saved."))

    @protected
    @method_decorator(require_POST)
    def active(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Switch the account on or off."""
        user = self._user(request, pk)
        try:
            accounts.set_active(
                user, is_active=not user.is_active, acting_user=acting_user(request)
            )
        except accounts.OwnAccountError:
            said = _("You can't switch off your own account.")
            return back(request, self.link("change", pk), said=said, went_well=False)
        return back(request, self.link("change", pk), said=_("Saved."))

    @protected
    @method_decorator(require_POST)
    def password(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A new password, shown once."""
        user = self._user(request, pk)
        return self._show_password(
            request, accounts.renew_password(user, acting_user=acting_user(request))
        )

    @protected
    @method_decorator(require_POST)
    def second_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let the person enrol a new authenticator at the next sign-in."""
        user = self._user(request, pk)
        accounts.forget_second_factor(user, acting_user=acting_user(request))
        said = _("The authenticator is removed; the next sign-in enrols a new one.")
        return back(request, self.link("change", pk), said=said)

    def _user(self, request: HttpRequest, pk: int) -> User:
        """Whom an act is about, as the trail names them."""
        return User.objects.get(pk=self.row(request, pk).pk)

    def _show_password(self, request: HttpRequest, made: accounts.NewPassword) -> HttpResponse:
        row = self.row(request, made.user.pk)
        context = {**self.context(request, row), "new_password": made.password}
        response = self.render(request, row, context)
        response.headers["Cache-Control"] = "no-store"
        return response
