"""How far second decisions agree with first ones, by policy."""

from collections import defaultdict

from django.utils.translation import gettext as _

from reports.measures.kappa import kappa
from reports.measures.scope import Scope, ask
from reports.measures.tables import Cell, Column, Kind, Table
from reports.measures.words import ALL, count, dots, policy, share, with_share

_ANSWERED = """
SELECT i.policy, CASE WHEN i.kind = 'dismissed' THEN 'none' ELSE 'this' END, i.answer, count(*)
FROM reports_qualityitem i JOIN reports_report r ON r.id = i.report_id
WHERE r.queue = ANY(%(queues)s) AND i.answer <> ''
    AND i.answered_at >= %(since)s AND i.answered_at < %(until)s
GROUP BY 1, 2, 3
"""


def by_policy(scope: Scope) -> Table:
    """Cohen's kappa of second decisions for each policy, and over all."""
    counts: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for code, first, second, n in ask(_ANSWERED, scope):
        assert isinstance(n, int)  # what count(*) gives
        for stratum in (ALL, str(code)):
            counts[stratum][str(first), str(second)] += n
    ordered = sorted(counts, key=lambda code: (code != ALL, -sum(counts[code].values()), code))
    column = policy()
    return Table(
        name="agreement",
        title=_("Second decisions: agreement"),
        about=_(
            "Reports decided a second time in the period by somebody who didn't know the first "
            "decision: the share that agrees, and Cohen's kappa, which is 0 for chance and 1 for "
            "full agreement. Samples are stratified: the shares are of the sample, not of all "
            "decisions."
        ),
        columns=(
            Column(name="policy", label=column.label, words={**column.words, ALL: _("All")}),
            count("n", _("Twice decided")),
            count("agreed", _("Agree")),
            Column(name="kappa", label="\N{GREEK SMALL LETTER KAPPA}", kind=Kind.NUMBER),
            Column(
                name="kappa_low", label=_("\N{GREEK SMALL LETTER KAPPA} from"), kind=Kind.NUMBER
            ),
            Column(
                name="kappa_high",
                label=_("\N{GREEK SMALL LETTER KAPPA} to (95 %)"),
                kind=Kind.NUMBER,
            ),
            *share(_("Agreement")),
        ),
        rows=tuple(_row(code, counts[code]) for code in ordered),
        chart=dots("policy"),
    )


def _row(code: str, counts: dict[tuple[str, str], int]) -> tuple[Cell, ...]:
    found = kappa(counts)
    assert found is not None  # only what was answered is counted
    values = (found.value, found.low, found.high)
    rounded = (None if value is None else round(value, 4) for value in values)
    return with_share((code, found.n, found.agreed, *rounded), n=1, hits=2)
