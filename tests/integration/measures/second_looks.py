"""Second decisions as tests make them: a sample drawn, one item judged."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User

from reports.house_rules.policies import current
from reports.models import (
    QualityItem,
    Report,
)
from reports.reviewing import quality
from reports.reviewing.quality_drawing import Span, draw_for_day
from reports.rules import Rule
from tests.report_cases import NOW

DAY = timedelta(days=1)
WEEK = Span(since=NOW - 7 * DAY, until=NOW)


def drawn(size: int = 50) -> list[QualityItem]:
    draw_for_day(NOW.date(), "seed", size=size, span=WEEK, now=NOW)
    return list(QualityItem.objects.select_related("report"))


def judge(report: Report, user: User, rule: Rule | None, now: Any = NOW) -> QualityItem:
    """`user` gives every item back but the one of `report`, and answers it."""
    QualityItem.objects.exclude(report=report).update(place=9999)
    taken = quality.take_next(acting_user=user, now=now)
    assert taken is not None
    assert taken.report_id == report.pk
    policy = None if rule is None else current(rule, is_child_safety=False)
    return quality.answer(taken.pk, policy=policy, reason="looked", acting_user=user, now=now)
