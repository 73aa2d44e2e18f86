"""What another cut threshold would have done, by what is stored and nothing else.

Stored are findings: what was cut, and what was bad enough for long enough to ask a person. So a
higher threshold can be judged by what is here, a lower one only down to the lowest score that was
stored; below it nothing is known. A cut also takes two frames that agree, and one score is kept of
each finding: the numbers for a lower threshold are the most there could have been.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports.measures.precision import UPHELD
from reports.measures.scope import Scope, ask
from reports.measures.tables import Cell, Chart, Column, Kind, Shape, Table
from reports.measures.words import count, dots, share, with_share

LOWEST, HIGHEST = 0.25, 1.0
"""The detector reports nothing below the one, and nothing can score over the other."""

_LABELS = """
SELECT f.label, count(*) FROM reports_machinefinding f JOIN reports_report r ON r.id = f.report_id
WHERE r.queue = ANY(%(queues)s) AND NOT f.is_match AND f.label <> ''
    AND f.at >= %(since)s AND f.at < %(until)s
GROUP BY f.label ORDER BY count(*) DESC, f.label
"""

_FOUND = """,
found AS (
    SELECT f.score, f.was_cut, j.is_decided, j.is_upheld
    FROM reports_machinefinding f JOIN judged j ON j.id = f.report_id
    WHERE NOT f.is_match AND f.label = %(label)s AND f.at >= %(since)s AND f.at < %(until)s
)
"""

_COUNTS = """
    count(f.score) FILTER (WHERE NOT is_decided), count(f.score) FILTER (WHERE is_decided),
    count(f.score) FILTER (WHERE is_decided AND is_upheld)
"""

_CHANGES = (
    """
SELECT change.code, count(f.score),"""
    + _COUNTS
    + """
FROM (VALUES (1, 'more', false, true), (2, 'fewer', true, false), (3, 'still', true, true),
    (4, 'asked', false, false)) AS change (place, code, was_cut, would_cut)
LEFT JOIN found f ON f.was_cut = change.was_cut AND (f.score >= %(cut)s) = change.would_cut
GROUP BY change.code, change.place ORDER BY change.place
"""
)

_BY_THRESHOLD = """
SELECT step::float8,
    count(f.score) FILTER (WHERE is_decided AND is_upheld),
    count(f.score) FILTER (WHERE is_decided AND NOT is_upheld),
    count(f.score) FILTER (WHERE NOT is_decided)
FROM generate_series(0.25, 0.95, 0.05) AS step LEFT JOIN found f ON f.score >= step
GROUP BY step ORDER BY step
"""

_LOWEST = "SELECT min(score) FROM found"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """The answer for one label and threshold. `lowest` is the lowest score stored of that label,
    None without findings; at or above it the answer is whole."""

    more: int
    more_upheld: int
    more_undecided: int
    fewer: int
    fewer_upheld: int
    lowest: float | None
    changes: Table
    by_threshold: Table


def labels(scope: Scope) -> list[str]:
    """Labels that findings of the period have, the most frequent first."""
    return [str(label) for label, _count in ask(_LABELS, scope)]


def what_if(scope: Scope, *, label: str, cut: float) -> WhatIf:
    """What cutting from the score `cut` on would have changed for findings led by `label`."""
    rows = ask(UPHELD + _FOUND + _CHANGES, scope, label=label, cut=cut)
    counted = {str(row[0]): [_whole(cell) for cell in row[1:]] for row in rows}
    more, fewer = counted["more"], counted["fewer"]
    ((lowest,),) = ask(UPHELD + _FOUND + _LOWEST, scope, label=label)
    return WhatIf(
        more=more[0],
        more_undecided=more[1],
        more_upheld=more[3],
        fewer=fewer[0],
        fewer_upheld=fewer[3],
        lowest=lowest if isinstance(lowest, float) else None,
        changes=_changes(rows),
        by_threshold=_by_threshold(ask(UPHELD + _FOUND + _BY_THRESHOLD, scope, label=label)),
    )


def _changes(rows: list[tuple[Cell, ...]]) -> Table:
    words = {
        "more": _("cut in addition"),
        "fewer": _("cut no longer"),
        "still": _("cut as before"),
        "asked": _("asked as before"),
    }
    return Table(
        name="changes",
        title=_("What would have changed"),
        about=_(
            "Findings led by this label, by what followed and what would have followed. The share "
            "is of the decided ones that were upheld: a low one speaks for not cutting them."
        ),
        columns=(
            Column(name="change", label=_("Would be"), words=words),
            count("findings", _("Findings")),
            count("undecided", _("Undecided")),
            count("n", _("Decided")),
            count("upheld", _("Upheld")),
            *share(_("Share")),
        ),
        rows=tuple(with_share(row, n=3, hits=4) for row in rows),
        chart=dots("change"),
    )


def _by_threshold(rows: list[tuple[Cell, ...]]) -> Table:
    return Table(
        name="by-threshold",
        title=_("Cut at each threshold"),
        about=_("Stored findings led by this label that score as much or more."),
        columns=(
            Column(name="threshold", label=_("Threshold"), kind=Kind.NUMBER),
            count("upheld", _("Upheld")),
            count("not_upheld", _("Not upheld")),
            count("undecided", _("Undecided")),
        ),
        rows=tuple(rows),
        chart=Chart(
            shape=Shape.COLUMNS,
            category=("threshold",),
            series=("upheld", "not_upheld", "undecided"),
        ),
    )


def _whole(cell: Cell) -> int:
    assert isinstance(cell, int)  # what count() gives
    return cell
