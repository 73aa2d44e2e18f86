"""What the report page says of sealed originals: ask, wait for another person, or open them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.urls import reverse

from reports.evidence_room import access
from reports.models import AccessRequest, Evidence, Report


def opened_items(report: Report, user: User, now: datetime) -> set[UUID] | None:
    """The items that an approval opens to the account now; None where none is needed."""
    if not access.is_sealed(report):
        return None
    standing = AccessRequest.objects.standing(user, now).filter(report=report)
    return set(standing.values_list("items", flat=True))


def may_open(row: Evidence, user: User, now: datetime) -> bool:
    """Whether this item needs no approval, or has one for the account now."""
    opened = opened_items(row.report, user, now)
    return opened is None or row.pk in opened


def context(report: Report, user: User, now: datetime, opened: set[UUID] | None) -> dict[str, Any]:
    """The form to ask with, or what became of the asking; nothing where it isn't needed."""
    rows = Evidence.objects.filter(report=report, destroyed_at=None, frames__gt=0)
    if opened is None or not rows.exists():
        return {}
    requests = AccessRequest.objects.filter(report=report, asked_by=user)
    standing = requests.standing(user, now).order_by("-expires_at").first()
    waiting = requests.waiting(now).first()
    last = requests.order_by("-asked_at").first()
    return {
        "access": {
            "standing": standing,
            "waiting": waiting,
            "last": None if standing or waiting else last,
            "items": [] if waiting else rows.exclude(pk__in=opened).order_by("captured_at"),
            "ask_url": reverse("admin:reports_accessrequest_ask", args=(report.pk,)),
            "request_url": _address(standing or waiting),
        }
    }


def _address(row: AccessRequest | None) -> str:
    return reverse("admin:reports_accessrequest_change", args=(row.public_id,)) if row else ""
