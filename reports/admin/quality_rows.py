"""What the pages of second decisions show of samples and of disagreements."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.models import Answer, ItemKind, QualityItem, QualitySample
from reports.models.sealing import visible_queues
from reports.roles import Right, has_right

SHOWN = 50


def disputed(user: User) -> QuerySet[QualityItem]:
    """Items whose two decisions differ, the newest first."""
    is_dismissed = Q(kind=ItemKind.DISMISSED)
    differs = is_dismissed & ~Q(answer=Answer.NONE) | ~is_dismissed & ~Q(answer=Answer.THIS_POLICY)
    return (
        QualityItem.objects.visible_to(user)
        .exclude(answer="")
        .filter(differs)
        .select_related("report", "first_by", "answered_by", "resolved_by")
        .order_by("-answered_at")
    )


def disputed_row(item: QualityItem, user: User, titles: Mapping[str, str]) -> dict[str, Any]:
    """One disagreement in words; `titles` are those of policies by code. Who decided is told to
    leads, and to each about themselves."""
    return {
        "url": reverse("admin:reports_qualityitem_change", args=(item.pk,)),
        "code": str(item.report_id)[:8],
        "policy": titles.get(item.policy, item.policy),
        "first": _("Machine alone")
        if item.kind == ItemKind.AUTOMATIC
        else str(ItemKind(item.kind).label),
        "first_by": _("machine") if item.first_by is None else _name(item.first_by, user),
        "second": str(Answer(item.answer).label),
        "second_policy": titles.get(item.answer_policy, item.answer_policy),
        "second_by": _name(item.answered_by, user),
        "reason": item.reason,
        "at": item.answered_at,
        "resolution": item.get_resolution_display() if item.resolution else "",
        "resolution_reason": item.resolution_reason,
        "resolved_by": item.resolved_by.get_username() if item.resolved_by else "",
        "resolved_at": item.resolved_at,
    }


def samples(user: User) -> list[QualitySample]:
    """Samples with how far they are. How what was drawn had ended is told nowhere: few items of a
    policy would tell about each."""
    known = Q(items__report__queue__in=visible_queues(user))
    counted = QualitySample.objects.visible_to(user).annotate(
        drawn=Count("items", filter=known),
        answered=Count("items", filter=known & ~Q(items__answer="")),
        withdrawn=Count("items", filter=known & Q(items__withdrawn_at__isnull=False)),
    )
    return list(counted.select_related("drawn_by").order_by("-drawn_at")[:SHOWN])


def _name(account: User | None, user: User) -> str:
    if account is None:
        return ""
    if account == user:
        return _("you")
    return account.get_username() if has_right(user, Right.LEAD_QUALITY) else _("a colleague")
