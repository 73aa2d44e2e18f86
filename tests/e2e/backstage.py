"""What happens before a story begins, in the platform's own process and by its own services."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.e2e.office import Account, another_account
from tests.e2e.platform import Platform, PlatformError

VIEWER = "everybody"
ROLES = ("moderator", "child-safety", "lead")
AUDITOR = "the-auditor"
A_DAY = """
from django.contrib.auth.models import User
from tests import office_day
User.objects.filter(username={name!r}).update(is_superuser=True)
told = office_day.live(User.objects.get(username={name!r}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A platform's day: addresses by name (see `office_day.Day`), and who may see all of it: one
    who reviews and keeps the accounts, and an auditor, who stands by themselves."""

    viewer: Account
    auditor: Account
    day: Mapping[str, str]


@cache
def live_a_day(platform: Platform) -> Lived:
    """Once on each platform: something stands on every staff page from then on."""
    viewer = another_account(platform, VIEWER, *ROLES)
    auditor = another_account(platform, AUDITOR, "auditor")
    day = prepare(platform, A_DAY.format(name=VIEWER))
    return Lived(viewer=viewer, auditor=auditor, day=day)


def prepare(platform: Platform, code: str) -> dict[str, Any]:
    """Run `code`, which leaves a dictionary in `told`; returns that."""
    done = platform.manage("shell", "-c", f"{code}\nimport json\nprint(json.dumps(told))")
    if done.returncode != 0:
        raise PlatformError(f"not prepared: {done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout.strip().rpartition("\n")[2])
    return told
