"""How much comes in, from whom, and under which rule."""

from django.utils.translation import gettext as _

from reports.measures.scope import Scope, ask
from reports.measures.tables import Chart, Column, Shape, Table
from reports.measures.words import count, rule

_BY_DAY = """
WITH opened AS (
    SELECT (opened_at AT TIME ZONE 'UTC')::date AS day, opened_by, count(*) AS n
    FROM reports_report
    WHERE queue = ANY(%(queues)s) AND opened_at >= %(since)s AND opened_at < %(until)s
    GROUP BY 1, 2
)
SELECT day::date::text,
    coalesce(sum(n) FILTER (WHERE opened_by = 'machine'), 0)::int,
    coalesce(sum(n) FILTER (WHERE opened_by = 'person'), 0)::int
FROM generate_series(
    (%(since)s AT TIME ZONE 'UTC')::date, (%(until)s AT TIME ZONE 'UTC')::date, '1 day'
) AS days (day)
LEFT JOIN opened USING (day)
GROUP BY day ORDER BY day
"""

_BY_RULE = """
SELECT rule,
    count(*) FILTER (WHERE opened_by = 'machine'),
    count(*) FILTER (WHERE opened_by = 'person')
FROM reports_report
WHERE queue = ANY(%(queues)s) AND opened_at >= %(since)s AND opened_at < %(until)s
GROUP BY rule ORDER BY count(*) DESC, rule
"""


def by_day(scope: Scope) -> Table:
    """Reports opened each day, by machine and by people."""
    return Table(
        name="volume-by-day",
        title=_("Reports by day"),
        about=_("Reports opened each day (UTC), by who or what raised them first."),
        columns=(Column(name="day", label=_("Day")), *_sources()),
        rows=tuple(ask(_BY_DAY, scope)),
        chart=Chart(shape=Shape.COLUMNS, category=("day",), series=("machine", "person")),
    )


def by_rule(scope: Scope) -> Table:
    """Reports opened, by rule and source."""
    return Table(
        name="volume-by-rule",
        title=_("Reports by rule"),
        about=_("Reports opened in the period, by the gravest rule they are about."),
        columns=(rule(), *_sources()),
        rows=tuple(ask(_BY_RULE, scope)),
        chart=Chart(shape=Shape.BARS, category=("rule",), series=("machine", "person")),
    )


def _sources() -> tuple[Column, Column]:
    return count("machine", _("Machine")), count("person", _("People"))
