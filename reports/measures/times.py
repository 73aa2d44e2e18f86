"""How long people wait for staff: to the first act, to the decision, and whether that was in time.

What still waits counts with the time it has waited so far: leaving hard reports undone makes no
figure better.
"""

from django.utils.translation import gettext as _

from reports.measures.scope import Scope, ask
from reports.measures.tables import Chart, Shape, Table
from reports.measures.words import count, dots, rule, seconds, share, with_share

# Nobody acts on a report before it is opened: older acts are of older reports.
_TAKEN = """
WITH acts AS (
    SELECT report_id, min(at) AS viewed_at,
        min(at) FILTER (WHERE kind IN ('confirmed', 'dismissed')) AS decided_at
    FROM reports_decision WHERE report_id IS NOT NULL AND at >= %(since)s GROUP BY report_id
),
taken AS (
    SELECT r.rule, r.opened_at, r.due_at, a.viewed_at, a.decided_at
    FROM reports_report r LEFT JOIN acts a ON a.report_id = r.id
    WHERE r.queue = ANY(%(queues)s) AND r.opened_at >= %(since)s AND r.opened_at < %(until)s
)
"""

# Not `extract`: it computes in exact decimals, which takes several times as long.
_SPANS = """,
spans AS (
    SELECT rule, decided_at IS NULL AS waits,
        date_part('epoch', coalesce(viewed_at, %(until)s) - opened_at) AS view_s,
        date_part('epoch', coalesce(decided_at, %(until)s) - opened_at) AS action_s
    FROM taken
),
found AS (
    SELECT coalesce(rule, 'all') AS rule, count(*) AS n, count(*) FILTER (WHERE waits) AS waiting,
        percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY view_s) AS view_s,
        percentile_cont(ARRAY[0.5, 0.9, 0.95]) WITHIN GROUP (ORDER BY action_s) AS action_s
    FROM spans GROUP BY GROUPING SETS ((), (rule)) HAVING count(*) > 0
)
SELECT rule, n, waiting,
    round(view_s[1])::bigint, round(view_s[2])::bigint, round(view_s[3])::bigint,
    round(action_s[1])::bigint, round(action_s[2])::bigint, round(action_s[3])::bigint
FROM found ORDER BY rule = 'all' DESC, n DESC, rule
"""

_IN_TIME = """
SELECT coalesce(rule, 'all') AS rule, count(*) AS n, count(*) FILTER (WHERE decided_at <= due_at)
FROM taken WHERE decided_at IS NOT NULL OR due_at <= %(until)s
GROUP BY GROUPING SETS ((), (rule)) HAVING count(*) > 0
ORDER BY coalesce(rule, 'all') = 'all' DESC, n DESC, rule
"""


def to_act(scope: Scope) -> Table:
    """Quantiles of the time to the first act and to the decision."""
    return Table(
        name="times",
        title=_("Time to view and to action"),
        about=_(
            "Of reports opened in the period: from opening to the first act of staff (usually a "
            "claim), and to the first decision. What still waits counts with its time so far, so "
            "that these can only be too low. The chart shows the medians."
        ),
        columns=(
            rule(),
            count("n", _("Reports")),
            count("waiting", _("Undecided")),
            seconds("view_p50_s", _("View p50")),
            seconds("view_p90_s", _("p90")),
            seconds("view_p95_s", _("p95")),
            seconds("action_p50_s", _("Action p50")),
            seconds("action_p90_s", _("p90")),
            seconds("action_p95_s", _("p95")),
        ),
        rows=tuple(ask(_TAKEN + _SPANS, scope)),
        chart=Chart(shape=Shape.BARS, category=("rule",), series=("action_p50_s",)),
    )


def in_time(scope: Scope) -> Table:
    """The share that was decided within the service level."""
    rows = ask(_TAKEN + _IN_TIME, scope)
    return Table(
        name="service-level",
        title=_("Decided in time"),
        about=_(
            "Of reports opened in the period that are decided or past due: the share decided "
            "before they were due."
        ),
        columns=(
            rule(),
            count("n", _("Reports")),
            count("in_time", _("In time")),
            *share(_("Share")),
        ),
        rows=tuple(with_share(row, n=1, hits=2) for row in rows),
        chart=dots("rule"),
    )
