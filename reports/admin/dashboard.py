"""The first page after signing in: what waits, what one holds, what one decided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports import accounts
from reports.admin.report_rows import row_of, with_counts
from reports.house_rules import policies
from reports.measures.catalogue import Page
from reports.models import Appeal, AppealState, Decision, DecisionKind, Report, State
from reports.models.sealing import Queue, visible_queues
from reports.roles import Right, has_right
from reports.rules import Rule

LAST_DECISIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    """A queue's numbers; only queues that the account may know of get one."""

    value: str
    label: str
    waiting: int
    overdue: int
    oldest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A page that somebody who reviews nothing may open, and what it is for."""

    title: str
    about: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """One of the account's own decisions; `url` is empty where there is no report."""

    kind: str
    title: str
    url: str
    at: datetime


def queue_counts(user: object, now: datetime) -> list[QueueCount]:
    """What waits in each visible queue, in one query."""
    waiting = Report.objects.visible_to(user).exclude(state=State.CLOSED)
    found = (
        waiting.order_by()
        .values("queue")
        .annotate(
            # Not of ids: the index alone answers this.
            waiting=Count("queue"),
            overdue=Count("queue", filter=Q(due_at__lt=now)),
            oldest=Min("opened_at"),
        )
    )
    numbers = {row["queue"]: row for row in found}
    counts = []
    for queue in visible_queues(user):
        row = numbers.get(queue.value)
        counts.append(
            QueueCount(
                value=queue.value,
                label=str(Queue(queue).label),
                waiting=row["waiting"] if row else 0,
                overdue=row["overdue"] if row else 0,
                oldest=timesince(row["oldest"], now, depth=1) if row else "",
            )
        )
    return counts


def overview(user: Any) -> dict[str, Any]:
    """What the overview shows; numbers of visible queues only."""
    greeting = _("Good to have you here, %s.") % user.get_username()
    if not has_right(user, Right.REVIEW):
        doors = _doors(user)
        said = _("This is what your role opens.")
        if not doors:
            said = _(
                "Your account has no role yet, and opens nothing. Ask an administrator for one."
            )
        shown = {"reviews": False, "greeting": greeting, "summary": said, "doors": doors}
        return {"overview": shown}
    now = timezone.now()
    queues = queue_counts(user, now)
    waiting = sum(queue.waiting for queue in queues)
    open_appeals = Appeal.objects.visible_to(user).filter(state=AppealState.OPEN)
    mine = Report.objects.visible_to(user).filter(state=State.CLAIMED, claimed_by=user)
    return {
        "overview": {
            "reviews": True,
            "greeting": greeting,
            "summary": _summary(waiting),
            "queues": queues,
            "appeals": open_appeals.count(),
            "mine": [row_of(report, now) for report in with_counts(mine).order_by("-rank")],
            "decisions": _last_decisions(user),
        }
    }


def _summary(waiting: int) -> str:
    if not waiting:
        return _("Nothing waits. Rest your eyes.")
    text = ngettext("%d report waits for a person.", "%d reports wait for a person.", waiting)
    return text % waiting


def _doors(user: Any) -> list[Door]:
    """What stands beside the page for whoever reviews nothing, in the words of their work."""
    doors = []
    if has_right(user, Right.READ_AUDIT):
        about = _("Every act in order. Verify that none was changed, export them, search.")
        doors.append(_door(_("Audit entries"), about, "admin:reports_auditentry_changelist"))
        about = _("What the rules say to people, and what a breach leads to.")
        doors.append(_door(_("Policies"), about, "admin:reports_policy_changelist"))
    if has_right(user, Right.SEE_MEASURES):
        about = _("How much comes in, how soon it is decided, and how often rightly.")
        doors.append(_door(_("Measures"), about, "admin:measures", Page.VOLUME.value))
    if accounts.is_administrator(user):
        about = _("Who works here, in which roles, and how they sign in.")
        doors.append(_door(_("Accounts"), about, "admin:reports_account_changelist"))
    return doors


def _door(title: str, about: str, view: str, *args: object) -> Door:
    return Door(title=title, about=about, url=reverse(view, args=args))


def _last_decisions(user: Any) -> list[DecisionLine]:
    decisions = (
        Decision.objects.visible_to(user)
        .filter(decided_by=user)
        .exclude(kind=DecisionKind.CLAIMED)
        .select_related("report", "policy", "sanction__policy")
        .order_by("-at")[:LAST_DECISIONS]
    )
    return [
        DecisionLine(
            kind=decision.get_kind_display(),
            title=_title(decision),
            url=reverse("admin:reports_report_change", args=(decision.report_id,))
            if decision.report_id
            else "",
            at=decision.at,
        )
        for decision in decisions
    ]


def _title(decision: Decision) -> str:
    if decision.policy is not None:
        return decision.policy.shown_title
    if decision.report is not None:
        return policies.title(Rule(decision.report.rule))
    assert decision.sanction is not None  # the table's constraint
    return decision.sanction.policy.shown_title
