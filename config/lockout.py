"""Locking out whoever keeps guessing at a staff account, from where they guess and for a while.

django-axes counts and locks, in PostgreSQL, so that a restart forgives nobody. It is kept from
what it would note besides: it sees a keyed name and a keyed address prefix, and keeps the count.
What `config.sign_in` refuses unread is no guess. Locked is an account *from a prefix*: nobody can
keep its owner out from elsewhere.
"""

from ipaddress import IPv6Address
from typing import Any

from axes.backends import AxesStandaloneBackend
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chat.visitors import neighbourhood
from config import sign_in
from reports.trail import audit

_LOCAL = bytes([0xFD])
"""Addresses that begin like this are nobody's: axes wants one, and gets a fingerprint."""


class LockoutBackend(AxesStandaloneBackend):  # type: ignore[misc]  # axes has no types
    """Stands before the backend that knows passwords, and refuses while locked."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> None:
        """None, to let the next backend try; raises `PermissionDenied` while locked.

        Calls without a request come from our own code and not from a form.
        """
        if request is not None:
            super().authenticate(request, username=username, password=password, **kwargs)


class KeyedHandler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Counts guesses and keeps nothing else of them; a lock is on the record, once."""

    def user_login_failed(
        self,
        sender: object,
        credentials: dict[str, Any],
        request: HttpRequest | None = None,
        **kwargs: Any,
    ) -> None:
        if request is None or sign_in.was_refused_unread(request):
            return
        seen: Any = request
        seen.axes_user_agent = seen.axes_http_accept = seen.axes_path_info = ""
        with transaction.atomic():
            super().user_login_failed(sender, credentials, request, **kwargs)
            rows = AccessAttempt.objects.filter(ip_address=seen.axes_ip_address)
            rows.update(get_data="", post_data="")
        if seen.axes_failures_since_start == settings.AXES_FAILURE_LIMIT:
            _record_lock(str(credentials.get("username") or ""))


def keyed_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """What axes knows an account by; people type passwords where names belong."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return sign_in.keyed(str(typed))


def keyed_address(request: HttpRequest) -> str:
    """What axes knows a prefix by: an address that is nobody's."""
    return str(IPv6Address(_LOCAL + bytes.fromhex(neighbourhood(request))[:15]))


def answer(request: HttpRequest, _response: object, _credentials: object) -> HttpResponse:
    """The page that says so; the same whether there is such an account or not."""
    minutes = settings.SIGN_IN_LOCK_S // 60
    answered = render(request, "reports/admin/locked_out.html", {"minutes": minutes}, status=429)
    answered.headers["Retry-After"] = str(settings.SIGN_IN_LOCK_S)
    return answered


def _record_lock(username: str) -> None:
    found = User.objects.filter(username=User.normalize_username(username)).first()
    with audit.trail():
        audit.record(
            "staff.locked_out", target=found or "user:unknown", payload={}, acting_user=None
        )
