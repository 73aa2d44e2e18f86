"""The account a developer's first start comes with."""

import secrets
from dataclasses import dataclass

from django.contrib.auth.models import Group, User

from reports.roles import ALONE
from reports.trail import audit

ADDRESS = "moderator@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstModerator:
    """What is printed once: the address to sign in with and its password."""

    address: str
    password: str


def make_first() -> FirstModerator | None:
    """A superuser in every role that reviews, unless somebody can sign in already.

    For development: in production roles are given out one by one, and the one who runs the server
    needs none. Whoever wants to try the others makes an account for each.
    """
    with audit.trail():
        if User.objects.filter(is_staff=True).exists():
            return None
        password = secrets.token_urlsafe(12)
        user = User.objects.create_superuser(username=ADDRESS, email=ADDRESS, password=password)
        user.groups.set(Group.objects.exclude(name__in=ALONE))
        roles = sorted(user.groups.values_list("name", flat=True))
        audit.record("account.administrator_created", target=user, payload={}, acting_user=None)
        audit.record(
            "account.roles_changed",
            target=user,
            payload={"before": [], "after": roles},
            acting_user=None,
        )
    return FirstModerator(address=ADDRESS, password=password)
