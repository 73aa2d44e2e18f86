"""What everybody may know of the work: the staff's own measures of each complete month.

No count below MINIMUM is published, zero included, so that nobody can tell none from one. No total
is published either: with one the missing count could be worked out. Every rule and policy has its
row in every month, whether anything happened or not. A month is published once, when it is over,
and stays as it is: from two editions of the same month a single case could be told.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Min

from reports.house_rules import policies
from reports.measures import outcomes, prevalence, times, volume
from reports.measures.scope import Scope
from reports.measures.tables import Cell, Table
from reports.models import Queue, Report, TransparencyMonth
from reports.rules import Rule
from reports.trail import audit

MINIMUM = 5
MONTHS_BACK = 12
SAMPLE_MINIMUM = 100
"""With fewer judged frames an interval spans several percent, and says nothing."""

Figures = dict[str, Any]


def publish(now: datetime) -> int:
    """Publish the complete months of the last year that are not yet; returns how many."""
    first = Report.objects.aggregate(first=Min("opened_at"))["first"]
    if first is None:
        return 0
    known = set(TransparencyMonth.objects.values_list("month", flat=True))
    due = [
        month
        for month in _months_before(now.astimezone(UTC).date())
        if month not in known and _start(_next(month)) > first
    ]
    for month in due:
        with audit.trail():
            row = TransparencyMonth.objects.create(
                month=month, figures=figures(month), published_at=now
            )
            audit.record(
                "transparency.published",
                target=row,
                payload={"month": month.isoformat()},
                acting_user=None,
                now=now,
            )
    return len(due)


def figures(month: date) -> Figures:
    """The numbers of `month`, small ones left out."""
    scope = Scope(
        since=_start(month), until=_start(_next(month)), queues=tuple(Queue), names_people=False
    )
    rules = [rule.value for rule in Rule]
    codes = sorted(policies.titles())
    appealed = outcomes.overturned_by_maker(scope)
    decided, granted = _sum(appealed, "n"), _sum(appealed, "granted")
    return {
        "reports": _published(volume.by_rule(scope), rules, ("machine", "person")),
        "sanctions": _published(
            outcomes.automation(scope), codes, ("automatic", "both", "person", "warned")
        ),
        "appeals": {"granted": shown(granted), "refused": shown(decided - granted)},
        "median_s_to_decision": _median(times.to_act(scope)),
        "prevalence": _prevalence(prevalence.overlooked(scope)),
    }


def shown(count: int) -> int | None:
    """The count, or None where it is too small to be told."""
    return count if count >= MINIMUM else None


def _published(
    table: Table, categories: Iterable[str], names: tuple[str, ...]
) -> dict[str, Mapping[str, int | None]]:
    found = {row[0]: row for row in table.rows}
    places = {name: table.column(name)[0] for name in names}
    return {
        category: {
            name: shown(_whole(found[category][place])) if category in found else None
            for name, place in places.items()
        }
        for category in categories
    }


def _median(table: Table) -> int | None:
    for row in table.rows:
        if row[0] == "all" and _whole(row[table.column("n")[0]]) >= MINIMUM:
            return _whole(row[table.column("action_p50_s")[0]])
    return None


def _prevalence(table: Table) -> Mapping[str, float | int] | None:
    """What the sample says, None while too few were judged for it to say anything. A share with its
    interval and a round number judged: the count behind it is nobody's report."""
    for row in table.rows:
        if row[0] == "all" and _whole(row[table.column("n")[0]]) >= SAMPLE_MINIMUM:
            values = {name: row[table.column(name)[0]] for name in ("share", "low", "high")}
            n = _whole(row[table.column("n")[0]])
            rounded = {name: round(float(value or 0.0), 3) for name, value in values.items()}
            return {**rounded, "judged_at_least": n - n % SAMPLE_MINIMUM}
    return None


def _sum(table: Table, name: str) -> int:
    place, _column = table.column(name)
    return sum(_whole(row[place]) for row in table.rows)


def _whole(cell: Cell) -> int:
    assert isinstance(cell, int)  # a column of counts or of whole seconds
    return cell


def _months_before(today: date) -> list[date]:
    """The complete months of the last year, the oldest first."""
    month, found = today.replace(day=1), []
    for _each in range(MONTHS_BACK):
        month = _before(month)
        found.append(month)
    return found[::-1]


def _before(month: date) -> date:
    is_january = month.month == 1
    return date(month.year - is_january, 12 if is_january else month.month - 1, 1)


def _next(month: date) -> date:
    is_december = month.month == 12
    return date(month.year + is_december, 1 if is_december else month.month + 1, 1)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
