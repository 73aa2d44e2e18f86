"""What the work is like: what is passed on, and what people had to look at."""

from django.utils.translation import gettext as _

from reports.measures.scope import Scope, ask
from reports.measures.tables import Chart, Column, Shape, Table
from reports.measures.words import count, dots, rule, share, with_share

# A claim from before the period may be skipped in it: more skips than claims are as many claims.
# Never by person: whoever counts what somebody skips makes skipping cost something.
_SKIPPED = """
SELECT coalesce(rule, 'all'),
    greatest(count(*) FILTER (WHERE NOT is_skip), count(*) FILTER (WHERE is_skip)) AS n,
    count(*) FILTER (WHERE is_skip)
FROM (
    SELECT r.rule, d.kind = 'skipped' AS is_skip
    FROM reports_decision d
    JOIN reports_report r ON r.id = d.report_id
    WHERE r.queue = ANY(%(queues)s) AND d.kind IN ('claimed', 'skipped')
        AND d.at >= %(since)s AND d.at < %(until)s
) held
GROUP BY GROUPING SETS ((), (rule)) HAVING count(*) > 0
ORDER BY coalesce(rule, 'all') = 'all' DESC, n DESC, rule
"""

_SHOWN = """
WITH shown AS (
    SELECT (v.served_at AT TIME ZONE 'UTC')::date AS day, u.username, v.rendition,
        r.is_safety_floor
    FROM reports_evidenceview v
    JOIN reports_evidence e ON e.id = v.evidence_id
    JOIN reports_report r ON r.id = e.report_id
    JOIN auth_user u ON u.id = v.viewer_id
    WHERE r.queue = ANY(%(queues)s) AND v.served_at >= %(since)s AND v.served_at < %(until)s
    UNION ALL
    SELECT (v.served_at AT TIME ZONE 'UTC')::date, u.username, v.rendition, false
    FROM reports_prevalenceview v
    JOIN auth_user u ON u.id = v.viewer_id
    WHERE v.served_at >= %(since)s AND v.served_at < %(until)s
)
"""

_COUNTED = """
    count(*) FILTER (WHERE rendition = 'original' AND is_safety_floor),
    count(*) FILTER (WHERE rendition = 'original' AND NOT is_safety_floor),
    count(*) FILTER (WHERE rendition = 'mosaic')
"""

_SHOWN_BY_DAY = (
    _SHOWN
    + "SELECT day::date::text,"
    + _COUNTED
    + """
FROM generate_series(
    (%(since)s AT TIME ZONE 'UTC')::date, (%(until)s AT TIME ZONE 'UTC')::date, '1 day'
) AS days (day)
LEFT JOIN shown USING (day)
GROUP BY day ORDER BY day
"""
)

_SHOWN_BY_PERSON = (
    _SHOWN
    + "SELECT username,"
    + _COUNTED
    + "FROM shown WHERE %(names_people)s GROUP BY username ORDER BY count(*) DESC, username"
)


def skipped(scope: Scope) -> Table:
    """Skips for each claim, by rule: they show what is hard to judge."""
    rows = ask(_SKIPPED, scope)
    return Table(
        name="skips",
        title=_("Skip rate"),
        about=_("Claims of the period and the share given back: what is hard to judge, or to see."),
        columns=(rule(), *_claims()),
        rows=tuple(with_share(row, n=1, hits=2) for row in rows),
        chart=dots("rule"),
    )


def shown(scope: Scope) -> Table:
    """What staff were shown each day."""
    return Table(
        name="exposure",
        title=_("Exposure"),
        about=_(
            "Items of evidence and frames of the prevalence sample served to staff each day (UTC). "
            "Severe are originals of reports on "
            "the safety floor: children, threats to life."
        ),
        columns=(Column(name="day", label=_("Day")), *_items()),
        rows=tuple(ask(_SHOWN_BY_DAY, scope)),
        chart=Chart(
            shape=Shape.COLUMNS, category=("day",), series=("severe", "originals", "mosaics")
        ),
    )


def shown_by_person(scope: Scope) -> Table:
    """The same by account; empty for who may not see people."""
    return Table(
        name="exposure-by-person",
        title=_("Exposure, by person"),
        about=_("Items of evidence served to each account in the period."),
        columns=(Column(name="person", label=_("Account")), *_items()),
        rows=tuple(ask(_SHOWN_BY_PERSON, scope)),
        chart=Chart(
            shape=Shape.BARS, category=("person",), series=("severe", "originals", "mosaics")
        ),
    )


def _claims() -> tuple[Column, ...]:
    return count("n", _("Claims")), count("skipped", _("Skipped")), *share(_("Share"))


def _items() -> tuple[Column, ...]:
    return (
        count("severe", _("Severe originals")),
        count("originals", _("Other originals")),
        count("mosaics", _("Mosaics")),
    )
