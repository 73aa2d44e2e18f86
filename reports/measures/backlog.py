"""What waits, for how long, and whether it still can be decided in time."""

from django.utils.translation import gettext as _

from reports.measures.scope import Scope, ask
from reports.measures.tables import Chart, Column, Shape, Table
from reports.measures.words import count, seconds
from reports.models.sealing import Queue

# A report that came back waits since it was opened: when it came back is nowhere kept.
_BY_DAY = """
WITH moved AS (
    SELECT greatest((opened_at AT TIME ZONE 'UTC')::date, (%(since)s AT TIME ZONE 'UTC')::date)
        AS day, opened_at >= %(since)s AS is_new, 1 AS n
    FROM reports_report WHERE queue = ANY(%(queues)s) AND opened_at < %(until)s
    UNION ALL
    SELECT greatest((closed_at AT TIME ZONE 'UTC')::date, (%(since)s AT TIME ZONE 'UTC')::date),
        closed_at >= %(since)s, -1
    FROM reports_report
    WHERE queue = ANY(%(queues)s) AND state = 'closed' AND closed_at < %(until)s
),
summed AS (
    SELECT day,
        count(*) FILTER (WHERE n = 1 AND is_new) AS opened,
        count(*) FILTER (WHERE n = -1 AND is_new) AS closed,
        sum(n) AS change
    FROM moved GROUP BY day
)
SELECT day::date::text, coalesce(opened, 0), coalesce(closed, 0),
    coalesce(sum(change) OVER (ORDER BY day), 0)::int
FROM generate_series(
    (%(since)s AT TIME ZONE 'UTC')::date, (%(until)s AT TIME ZONE 'UTC')::date, '1 day'
) AS days (day)
LEFT JOIN summed USING (day)
ORDER BY day
"""

_BY_AGE = """
SELECT age.code, count(r.id) FILTER (WHERE r.due_at >= %(until)s),
    count(r.id) FILTER (WHERE r.due_at < %(until)s)
FROM (VALUES (1, '0-1h', 0, 3600), (2, '1-4h', 3600, 14400), (3, '4-24h', 14400, 86400),
    (4, '1-3d', 86400, 259200), (5, '3d', 259200, NULL)) AS age (place, code, from_s, to_s)
LEFT JOIN reports_report r
    ON r.state <> 'closed' AND r.queue = ANY(%(queues)s)
    AND extract(epoch FROM %(until)s - r.opened_at) >= age.from_s
    AND (age.to_s IS NULL OR extract(epoch FROM %(until)s - r.opened_at) < age.to_s)
GROUP BY age.place, age.code ORDER BY age.place
"""

_BY_QUEUE = """
SELECT queue.code, count(r.id), count(r.id) FILTER (WHERE r.due_at < %(until)s),
    round(extract(epoch FROM %(until)s - min(r.opened_at)))::bigint
FROM unnest(%(queues)s::text[]) WITH ORDINALITY AS queue (code, place)
LEFT JOIN reports_report r ON r.queue = queue.code AND r.state <> 'closed'
GROUP BY queue.code, queue.place ORDER BY queue.place
"""


def by_day(scope: Scope) -> Table:
    """How many waited when each day ended; today, how many do now."""
    return Table(
        name="backlog-by-day",
        title=_("Backlog by day"),
        about=_(
            "Reports that waited for a decision at the end of each day (UTC), and what came in and "
            "was closed. One that came back with an appeal counts as waiting since it was opened."
        ),
        columns=(
            Column(name="day", label=_("Day")),
            count("opened", _("Opened")),
            count("closed", _("Closed")),
            count("waiting", _("Waiting")),
        ),
        rows=tuple(ask(_BY_DAY, scope)),
        chart=Chart(shape=Shape.COLUMNS, category=("day",), series=("waiting",)),
    )


def by_age(scope: Scope) -> Table:
    """What waits now, by how long it has waited."""
    words = {
        "0-1h": _("under 1 h"),
        "1-4h": _("1 to 4 h"),
        "4-24h": _("4 to 24 h"),
        "1-3d": _("1 to 3 d"),
        "3d": _("3 d and more"),
    }
    return Table(
        name="backlog-by-age",
        title=_("Age of what waits"),
        about=_("Reports without a decision now, by age, and whether they are past due."),
        columns=(
            Column(name="age", label=_("Age"), words=words),
            count("in_time", _("Still in time")),
            count("overdue", _("Overdue")),
        ),
        rows=tuple(ask(_BY_AGE, scope)),
        chart=Chart(shape=Shape.BARS, category=("age",), series=("in_time", "overdue")),
    )


def by_queue(scope: Scope) -> Table:
    """What waits now in each queue that may be counted."""
    words = {queue.value: str(queue.label) for queue in Queue}
    return Table(
        name="backlog-by-queue",
        title=_("Queues"),
        about=_("Reports without a decision now, in the queues that you may know of."),
        columns=(
            Column(name="queue", label=_("Queue"), words=words),
            count("waiting", _("Waiting")),
            count("overdue", _("Overdue")),
            seconds("oldest_s", _("Oldest")),
        ),
        rows=tuple(ask(_BY_QUEUE, scope)),
    )
