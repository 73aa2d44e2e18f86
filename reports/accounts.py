"""Staff accounts: who may sign in, in which roles. Every change is audited, with who made it.

    AccountError
    ├── OwnAccountError   nobody takes their own access away, or gives themselves more
    └── MixedRolesError   an auditor, and who manages the accounts, has no other role

Superusers and administrators change accounts; being one opens no report (see `reports.roles`).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from reports.roles import NotAllowedError, Right, Role, fit_together, has_right
from reports.trail import audit

PASSWORD_BYTES = 15


class AccountError(Exception):
    """The account can't be changed as asked."""


class OwnAccountError(AccountError):
    """An administrator tried to switch off their own account, or to change its roles."""


class MixedRolesError(AccountError):
    """An account that audits, or that gives roles, would be one that has others, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPassword:
    """Shown once, to the administrator who made it; only its hash is kept."""

    user: User
    password: str


def create(username: str, roles: Iterable[Role], *, acting_user: User) -> NewPassword:
    """A new staff account with a random password. The name must be free."""
    _require_administrator(acting_user)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with audit.trail():
        user = User.objects.create_user(username, password=password, is_staff=True)
        audit.record("account.created", target=user, payload={}, acting_user=acting_user)
        _set_roles(user, roles, acting_user)
    return NewPassword(user=user, password=password)


def set_roles(user: User, roles: Iterable[Role], *, acting_user: User) -> None:
    """Give `user` exactly these roles."""
    _require_administrator(acting_user)
    if user.pk == acting_user.pk:
        raise OwnAccountError("another administrator changes your roles")
    with audit.trail():
        _set_roles(User.objects.select_for_update().get(pk=user.pk), roles, acting_user)


def set_active(user: User, *, is_active: bool, acting_user: User) -> None:
    """Let `user` sign in, or keep them out at once, also where they are signed in."""
    _require_administrator(acting_user)
    if user.pk == acting_user.pk and not is_active:
        raise OwnAccountError("nobody switches off their own account")
    with audit.trail():
        changed = User.objects.filter(pk=user.pk).exclude(is_active=is_active)
        if changed.update(is_active=is_active):
            verb = "account.activated" if is_active else "account.deactivated"
            audit.record(verb, target=user, payload={}, acting_user=acting_user)


def renew_password(user: User, *, acting_user: User) -> NewPassword:
    """A new random password; every session with the old one ends."""
    _require_administrator(acting_user)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    with audit.trail():
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.set_password(password)
        locked.save(update_fields=["password"])
        audit.record("account.password_renewed", target=user, payload={}, acting_user=acting_user)
    return NewPassword(user=locked, password=password)


def forget_second_factor(user: User, *, acting_user: User) -> int:
    """Remove the authenticators and the recovery codes, so that the next sign-in enrols one;
    returns how many authenticators."""
    _require_administrator(acting_user)
    with audit.trail():
        removed, _per_model = TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        audit.record(
            "account.second_factor_removed",
            target=user,
            payload={"removed": removed},
            acting_user=acting_user,
        )
    return int(removed)


def is_administrator(user: object) -> bool:
    """Whether the account may make others and give them roles."""
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        return False
    return user.is_superuser or has_right(user, Right.MANAGE_ACCOUNTS)


def _set_roles(user: User, roles: Iterable[Role], acting_user: User) -> None:
    chosen = set(roles)
    if not fit_together(chosen) or (user.is_superuser and chosen - {Role.ADMIN}):
        raise MixedRolesError("an auditor, and who manages the accounts, has no other role")
    wanted = sorted(role.value for role in chosen)
    before = sorted(user.groups.filter(name__in=list(Role)).values_list("name", flat=True))
    if wanted == before:
        return
    kept = user.groups.exclude(name__in=list(Role))
    user.groups.set([*kept, *Group.objects.filter(name__in=wanted)])
    audit.record(
        "account.roles_changed",
        target=user,
        payload={"before": before, "after": wanted},
        acting_user=acting_user,
    )


def _require_administrator(user: User) -> None:
    if not is_administrator(user):
        raise NotAllowedError(f"{user.get_username()} is no administrator")
