"""The password step of signing in: paced before anything is hashed, and refusals on the record.

Nothing here locks an account (`config.lockout` does): whoever knows the password waits a minute at
most, unless many networks guess at the same name at once.
"""

import hmac
import logging
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from redis.exceptions import RedisError

from chat import clock
from chat.stores import limits
from chat.visitors import neighbourhood
from moderation.stores.client import connect_async
from reports.trail import audit

_log = logging.getLogger(__name__)
_UNREAD = "parley_sign_in_unread"


class PacedBackend(ModelBackend):
    """Django's own backend behind token buckets per address prefix and per account."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The account, or None; raises `PermissionDenied` when too many were tried.

        Calls without a request come from our own code and not from a form.
        """
        if request is not None and not _is_in_pace(request, username or ""):
            setattr(request, _UNREAD, True)
            raise PermissionDenied
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None and request is not None:
            _record_refusal(username or "")
        return user


def was_refused_unread(request: HttpRequest) -> bool:
    """Whether this attempt was refused before anybody looked at its password."""
    return getattr(request, _UNREAD, False) is True


def _is_in_pace(request: HttpRequest, username: str) -> bool:
    """Whether this attempt may be made; without Redis none may."""
    try:
        retry_after_s = async_to_sync(_retry_after_s)(neighbourhood(request), keyed(username))
    except RedisError as error:
        _log.warning("nobody can sign in: %s", type(error).__name__)
        return False
    if retry_after_s:
        _log.warning("too many sign-ins: refused unread, the next in %d s", retry_after_s + 1)
    return not retry_after_s


async def _retry_after_s(prefix: str, account: str) -> float:
    """0.0, or the seconds until the next attempt. What is refused takes nothing from anybody, so
    one network can't use up an account's attempts."""
    claims = [
        (limits.allowance("sign_in", "prefix"), prefix),
        (limits.allowance("sign_in", "here"), f"{account}.{prefix}"),
        (limits.allowance("sign_in", "account"), account),
    ]
    async with connect_async() as client:
        return await limits.take_all(client, claims, clock.now_ms())


def keyed(username: str) -> str:
    """The name as it may be held; people type passwords where names belong."""
    name = User.normalize_username(username).casefold()
    key = f"parley.sign_in.{settings.SECRET_KEY}".encode()
    return hmac.digest(key, name.encode(), "sha256").hex()


def _record_refusal(username: str) -> None:
    """A wrong password is on the record: with the account, and never with what was typed."""
    found = User.objects.filter(username=User.normalize_username(username)).first()
    with audit.trail():
        audit.record(
            "staff.password_refused", target=found or "user:unknown", payload={}, acting_user=None
        )
