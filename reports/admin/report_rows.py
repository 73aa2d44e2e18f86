"""A report in one line: what a list shows of it, and what the report page repeats at its top."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.admin.report_within import address
from reports.house_rules import policies
from reports.house_rules.priority import waiting_points
from reports.models import MachineFinding, Opener, Outcome, Report, Reporter, State, Statement
from reports.models.sealing import Queue
from reports.reviewing import appeals
from reports.reviewing.narrowing import EVERYTHING, Chosen
from reports.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """`priority` is 0-100 with waiting counted; texts are ready to be shown. `level` is the share
    of the service level that is used up, 0.0-1.0."""

    id: UUID
    url: str
    code: str
    title: str
    mode: str
    priority: float
    queue: str
    is_sealed: bool
    source: str
    state: str
    state_tone: str
    holder: str
    age: str
    due: str
    is_overdue: bool
    level: float
    was_pressed: bool


def with_counts(reports: QuerySet[Report]) -> QuerySet[Report]:
    """The reports with what a row needs, in one query."""
    pressed = Statement.objects.filter(sanction__report=OuterRef("pk"), pressed_at__isnull=False)
    # Subqueries, not joins: joined rows would be grouped for the whole queue before a page is cut.
    appealed = appeals.open_against(OuterRef("pk"))
    return reports.select_related("claimed_by", "closed_by").annotate(
        reporter_count=_count_of(Reporter.objects.all()),
        finding_count=_count_of(MachineFinding.objects.all()),
        says_pressed=Exists(pressed),
        is_appealed=Exists(appealed),
    )


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    of_report = rows.filter(report=OuterRef("pk")).order_by().values("report")
    return Coalesce(Subquery(of_report.annotate(number=Count("pk")).values("number")), 0)


def row_of(
    report: Report, now: datetime | None = None, *, within: Chosen = EVERYTHING
) -> ReportRow:
    """`report` (from `with_counts`) in one line; its address is within the filter."""
    at = now or timezone.now()
    is_waiting = report.state != State.CLOSED
    return ReportRow(
        id=report.pk,
        url=address(reverse("admin:reports_report_change", args=(report.pk,)), within),
        code=str(report.pk)[:8],
        title=policies.title(Rule(report.rule)),
        mode=report.mode,
        priority=current_priority(report, at),
        queue=report.get_queue_display(),
        is_sealed=report.queue != Queue.STANDARD,
        source=source(report),
        state=state_label(report),
        state_tone=state_tone(report),
        holder=holder(report, at),
        age=timesince(report.opened_at, at, depth=1),
        due=due(report, at) if is_waiting else "",
        is_overdue=is_waiting and report.due_at < at,
        level=_level(report, at),
        was_pressed=report.was_pressed or getattr(report, "says_pressed", False),
    )


def current_priority(report: Report, now: datetime) -> float:
    """Priority with waiting counted, at most 100; what it was when the report was closed."""
    if report.state == State.CLOSED:
        return report.priority
    return min(100.0, report.priority + waiting_points(report.opened_at, now))


def source(report: Report) -> str:
    """Who raised it, machine and people told apart."""
    findings: int = getattr(report, "finding_count", 0)
    reporters: int = getattr(report, "reporter_count", 0)
    parts = [_("staff")] if report.opened_by == Opener.STAFF else []
    if findings or report.opened_by == Opener.MACHINE:
        parts.append(_("machine") if findings <= 1 else _("machine, %d times") % findings)
    if reporters or report.opened_by == Opener.PERSON:
        parts.append(ngettext("%d person", "%d people", reporters or 1) % (reporters or 1))
    return ", ".join(parts)


def state_label(report: Report) -> str:
    """The state, or how it ended."""
    if report.state == State.CLOSED:
        return str(Outcome(report.outcome).label)
    if report.dismissal_proposed_by_id:
        return _("Waits for a second person")
    if report.outcome and getattr(report, "is_appealed", False):
        return _("Waits for its appeal")
    return str(State(report.state).label)


def state_tone(report: Report) -> str:
    """The badge that goes with it."""
    if report.state == State.CLOSED:
        return "good"
    if report.state == State.ESCALATED or report.dismissal_proposed_by_id:
        return "warning"
    return "info" if report.state == State.CLAIMED else "accent"


def holder(report: Report, now: datetime) -> str:
    """Who holds the claim and for how long, or who closed it."""
    if report.state == State.CLOSED and report.closed_by is not None:
        return report.closed_by.get_username()
    if report.state != State.CLAIMED or report.claimed_by is None or report.claimed_until is None:
        return ""
    name = report.claimed_by.get_username()
    if report.claimed_until <= now:
        return _("%(name)s, claim ran out") % {"name": name}
    left = timeuntil(report.claimed_until, now, depth=1)
    return _("%(name)s, claimed for %(left)s more") % {"name": name, "left": left}


def due(report: Report, now: datetime) -> str:
    """The service level, in words."""
    if report.due_at < now:
        return _("overdue by %s") % timesince(report.due_at, now, depth=1)
    return _("due in %s") % timeuntil(report.due_at, now, depth=1)


def _level(report: Report, now: datetime) -> float:
    allowed = (report.due_at - report.opened_at).total_seconds()
    used = (now - report.opened_at).total_seconds()
    return min(1.0, max(0.0, used / allowed)) if allowed > 0 else 1.0
