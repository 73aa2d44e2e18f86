"""How much the machine overlooks, by a random sample of what it found nothing in.

The estimator. Frames are drawn uniformly over time on screen (`moderation.prevalence`), so that of
n frames that people judged, the share k/n which breaks a rule estimates the share of time on
screen, among people who agreed, in which a rule was broken and the machine found nothing: its
*false omission rate*, FN / (FN + TN). The interval is Wilson's (`reports.measures.intervals`).

At a threshold t the same frames tell what the machine would have found, had it looked closer:
missed are those that break a rule and score below t, FN / (FN + TP), and alarms in vain those that
break none and score t or more, FP / (FP + TN). Both are of the sample, in which what was really
found is left out: they say what is gained and what it costs, and nothing about today's threshold.

What was not judged is left out, and so is what is sealed, for who may not know of it (I11).
"""

from django.utils.translation import gettext as _

from reports.measures.intervals import wilson
from reports.measures.scope import Scope, ask
from reports.measures.tables import Cell, Column, Kind, Table
from reports.measures.words import ALL, count, dots, policy, share, with_share
from reports.models.sealing import Queue

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)
"""Below the lowest the detector says nothing; above the highest every class is cut anyway."""

_JUDGED = """
WITH judged AS (
    SELECT policy, score, is_disputed
    FROM reports_prevalenceframe
    WHERE ending IN ('answered', 'reported') AND (%(sees_sealed)s OR NOT is_sealed)
        AND ended_at >= %(since)s AND ended_at < %(until)s
)
"""

_BY_POLICY = (
    _JUDGED
    + """
SELECT coalesce(nullif(policy, ''), ''), count(*), count(*) FILTER (WHERE is_disputed)
FROM judged GROUP BY 1
"""
)

_AT_THRESHOLD = (
    _JUDGED
    + """
SELECT count(*) FILTER (WHERE policy <> ''),
    count(*) FILTER (WHERE policy <> '' AND score < %(threshold)s),
    count(*) FILTER (WHERE policy = ''),
    count(*) FILTER (WHERE policy = '' AND score >= %(threshold)s)
FROM judged
"""
)

_UNFINISHED = """
SELECT count(*) FROM reports_prevalenceframe f
WHERE f.ending NOT IN ('', 'answered', 'reported')
    AND f.ended_at >= %(since)s AND f.ended_at < %(until)s
    AND EXISTS (SELECT FROM reports_prevalenceanswer a WHERE a.frame_id = f.id AND a.policy <> '')
"""


def overlooked(scope: Scope) -> Table:
    """The share of judged frames that breaks a rule, over all and by policy."""
    found = {str(code): n for code, n, _disputed in _ask(_BY_POLICY, scope)}
    disputed = sum(_whole(row[2]) for row in _ask(_BY_POLICY, scope))
    n = sum(_whole(each) for each in found.values())
    broken = {code: _whole(each) for code, each in found.items() if code}
    (unfinished,) = ask(_UNFINISHED, scope)[0]
    column = policy()
    rows: list[tuple[Cell, ...]] = []
    if n:
        rows.append((ALL, n, sum(broken.values()), disputed, unfinished))
    for code in sorted(broken, key=lambda code: (-broken[code], code)):
        rows.append((code, n, broken[code], None, None))
    return Table(
        name="prevalence",
        title=_("Overlooked by the machine"),
        about=_(
            "Frames in which the machine found nothing, drawn at random over time on screen from "
            "people who agreed, and judged by people in the period: the share that breaks a rule. "
            "It takes two people to say so; where they differ, it counts as none. Unfinished are "
            "frames of which one person said so and that were gone before another looked."
        ),
        columns=(
            Column(name="policy", label=column.label, words={**column.words, ALL: _("All")}),
            count("n", _("Judged")),
            count("broken", _("Break a rule")),
            count("disputed", _("Two differed")),
            count("unfinished", _("Unfinished")),
            *share(_("Prevalence")),
        ),
        rows=tuple(with_share(row, n=1, hits=2) for row in rows),
        chart=dots("policy"),
    )


def at_thresholds(scope: Scope) -> Table:
    """What lower thresholds would have found in the sample, and the alarms in vain."""
    rows = [_at(scope, threshold) for threshold in THRESHOLDS]
    return Table(
        name="prevalence-thresholds",
        title=_("Sample: had the machine looked closer"),
        about=_(
            "The same frames at another threshold of the highest score: of those that break a rule "
            "the share that would still be missed, and of those that break none the share that "
            "would have been an alarm in vain."
        ),
        columns=(
            Column(name="threshold", label=_("Threshold")),
            count("broken", _("Break a rule")),
            count("missed", _("Missed")),
            Column(name="miss_share", label=_("Share missed"), kind=Kind.SHARE),
            Column(name="miss_low", label=_("From"), kind=Kind.SHARE),
            Column(name="miss_high", label=_("To (95 %)"), kind=Kind.SHARE),
            count("n", _("Break none")),
            count("alarms", _("Alarms in vain")),
            *share(_("Share in vain")),
        ),
        rows=tuple(row for row in rows if _whole(row[1]) + _whole(row[6])),
        chart=dots("threshold"),
    )


def _at(scope: Scope, threshold: float) -> tuple[Cell, ...]:
    ((broken, missed, harmless, alarms),) = _ask(_AT_THRESHOLD, scope, threshold=threshold)
    of_broken = wilson(_whole(missed), _whole(broken))
    miss: tuple[Cell, ...] = (None, None, None)
    if of_broken is not None:
        ends = (of_broken.value, of_broken.low, of_broken.high)
        miss = tuple(round(value, 4) for value in ends)
    row = (f"{threshold:.1f}", broken, missed, *miss, harmless, alarms)
    return with_share(row, n=6, hits=7)


def _ask(query: str, scope: Scope, **more: Cell) -> list[tuple[Cell, ...]]:
    return ask(query, scope, sees_sealed=Queue.CHILD_SAFETY in scope.queues, **more)


def _whole(cell: Cell) -> int:
    assert isinstance(cell, int)  # what count(*) gives
    return cell
