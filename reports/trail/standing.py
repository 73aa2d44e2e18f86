"""What holds now, on the record whenever it is another than last time: settings, and who may what.

Changes through the pages are recorded as acts, with who made them. This is for the others: a
variable changed on the server, a group changed in the database.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group, User

from reports.trail import audit
from reports.trail.chain import Json, canonical, digest


def note(now: datetime) -> None:
    """Record the settings of this process and everybody's rights, each if it changed."""
    _note("settings.loaded", "settings", settings.CHOSEN_VARIABLES, now)
    _note("rights.noted", "rights", _rights(), now)


def _note(verb: str, object_type: str, value: Mapping[str, Json], now: datetime) -> None:
    audit.record_digest(verb, object_type, digest(canonical(value)), payload=value, now=now)


def _rights() -> dict[str, Json]:
    """Roles with their permissions and members, and administrators; accounts as numbers."""
    groups = Group.objects.prefetch_related("permissions", "user_set").order_by("name")
    administrators = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    return {
        "roles": {
            group.name: sorted(right.codename for right in group.permissions.all())
            for group in groups
        },
        "members": {
            group.name: sorted(user.pk for user in group.user_set.all() if user.is_active)
            for group in groups
        },
        "administrators": list(administrators.values_list("pk", flat=True)),
    }
