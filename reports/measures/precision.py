"""How often the machine, and people who report, are right, by what staff decided.

*Upheld* is what staff confirmed and no appeal took back. What nobody has decided yet is left out of
shares and counted beside them.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from reports.measures.scope import Scope, ask
from reports.measures.tables import Cell, Column, Table
from reports.measures.words import count, dots, rule, share, with_share

UPHELD = """
WITH judged AS (
    SELECT r.id, r.outcome <> '' AS is_decided,
        r.outcome = 'confirmed' AND NOT EXISTS (
            SELECT FROM reports_appeal a
            JOIN reports_statement s ON s.id = a.statement_id
            JOIN reports_sanction x ON x.id = s.sanction_id
            WHERE x.report_id = r.id AND a.state = 'granted'
        ) AS is_upheld
    FROM reports_report r WHERE r.queue = ANY(%(queues)s)
)
"""
"""Begins a query: each countable report, whether it is decided, and whether it is upheld."""

_BY_LABEL = (
    UPHELD
    + """
SELECT coalesce(nullif(f.label, ''), f.rule), CASE WHEN f.was_cut THEN 'cut' ELSE 'asked' END,
    f.thresholds_version, f.model_version, count(*) FILTER (WHERE NOT j.is_decided),
    count(*) FILTER (WHERE j.is_decided) AS n,
    count(*) FILTER (WHERE j.is_decided AND j.is_upheld)
FROM reports_machinefinding f JOIN judged j ON j.id = f.report_id
WHERE NOT f.is_match AND f.at >= %(since)s AND f.at < %(until)s
GROUP BY 1, 2, 3, 4 ORDER BY n DESC, 1, 2, 3, 4
"""
)

_OF_REPORTERS = (
    UPHELD
    + """
SELECT coalesce(p.rule, 'all'), count(*) AS n, count(*) FILTER (WHERE j.is_upheld)
FROM reports_reporter p JOIN judged j ON j.id = p.report_id
WHERE j.is_decided AND p.at >= %(since)s AND p.at < %(until)s
GROUP BY GROUPING SETS ((), (p.rule)) HAVING count(*) > 0
ORDER BY coalesce(p.rule, 'all') = 'all' DESC, n DESC, p.rule
"""
)


def by_label(scope: Scope) -> Table:
    """Precision for each label, thresholds version and model version."""
    rows = ask(_BY_LABEL, scope)
    return Table(
        name="precision",
        title=_("Precision of the machine"),
        about=_(
            "Findings of the period by the label with the highest score (for lines: the rule), by "
            "whether they cut or only asked a person, by thresholds and model. The share is of the "
            "decided ones that were upheld. What the machine overlooked isn't in here."
        ),
        columns=(
            Column(name="label", label=_("Label"), words=_words(rows)),
            Column(
                name="followed",
                label=_("What followed"),
                words={"cut": _("cut"), "asked": _("asked")},
            ),
            Column(name="thresholds", label=_("Thresholds")),
            Column(name="model", label=_("Model")),
            count("undecided", _("Undecided")),
            count("n", _("Decided")),
            count("upheld", _("Upheld")),
            *share(_("Precision")),
        ),
        rows=tuple(with_share(row, n=5, hits=6) for row in rows),
        chart=dots("label", "followed", "thresholds"),
    )


def _words(rows: Iterable[tuple[Cell, ...]]) -> dict[str, str]:
    labels = {str(row[0]) for row in rows}
    return {label: label.replace("_", " ").lower() for label in labels}


def of_reporters(scope: Scope) -> Table:
    """How many of people's reports were upheld, by what they reported."""
    rows = ask(_OF_REPORTERS, scope)
    return Table(
        name="reporter-precision",
        title=_("Precision of people who report"),
        about=_(
            "Reports by people made in the period and decided since, by the reason they chose, and "
            "the share that was upheld (under whichever rule)."
        ),
        columns=(
            rule(),
            count("n", _("Decided")),
            count("upheld", _("Upheld")),
            *share(_("Share")),
        ),
        rows=tuple(with_share(row, n=1, hits=2) for row in rows),
        chart=dots("rule"),
    )
