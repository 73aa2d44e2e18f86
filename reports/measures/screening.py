"""How screening does now, in tables; whoever knows of screening hands its figures in.

`reports` knows nothing of the rooms above it: `config` reads what /metrics reads and says it in
these words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from reports.measures.tables import Cell, Chart, Column, Kind, Shape, Table
from reports.measures.words import count


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningHealth:
    """Screening at an instant. Ages are seconds from capture to verdict of the last five seconds,
    None without a verdict. `turns` counts since the counters began, by outcome.
    `video_open` says for each level of trust whether video may be begun."""

    workers: int
    capacity_per_s: float | None
    waiting: int
    oldest_waiting_s: float
    verdict_age_p50_s: float | None
    verdict_age_p95_s: float | None
    video_open: Mapping[str, bool]
    turns: Mapping[str, int]


Source = Callable[[], ScreeningHealth | None]
"""Asks for the figures; None while they can't be had."""


def tables(health: ScreeningHealth) -> tuple[Table, ...]:
    """What the page shows of screening."""
    return (_now(health), _valve(health), _turns(health))


def _now(health: ScreeningHealth) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = (
        ("workers", health.workers),
        ("capacity_per_s", health.capacity_per_s),
        ("waiting", health.waiting),
        ("oldest_waiting_s", health.oldest_waiting_s),
        ("verdict_age_p50_s", health.verdict_age_p50_s),
        ("verdict_age_p95_s", health.verdict_age_p95_s),
    )
    words = {
        "workers": _("Processes that judge"),
        "capacity_per_s": _("Turns they can take in a second"),
        "waiting": _("Streams that wait for their turn"),
        "oldest_waiting_s": _("Longest wait, in seconds"),
        "verdict_age_p50_s": _("Half of the verdicts came within, in seconds"),
        "verdict_age_p95_s": _("95 % of the verdicts came within, in seconds"),
    }
    return Table(
        name="screening",
        title=_("Screening now"),
        about=_("At this moment; verdicts of the last five seconds, from capture on."),
        columns=(
            Column(name="figure", label=_("Figure"), words=words),
            Column(name="value", label=_("Value"), kind=Kind.NUMBER),
        ),
        rows=rows,
    )


def _valve(health: ScreeningHealth) -> Table:
    return Table(
        name="valve",
        title=_("Who may begin video"),
        about=_("The valve closes for the least trusted first when pictures wait too long."),
        columns=(
            Column(name="level", label=_("Trust")),
            Column(
                name="video", label=_("Video"), words={"open": _("open"), "closed": _("closed")}
            ),
        ),
        rows=tuple(
            (level, "open" if is_open else "closed") for level, is_open in health.video_open.items()
        ),
    )


def _turns(health: ScreeningHealth) -> Table:
    return Table(
        name="turns",
        title=_("What came of turns"),
        about=_("Turns taken since the counters began. Overdue ones were given up unseen."),
        columns=(Column(name="outcome", label=_("Outcome")), count("turns", _("Turns"))),
        rows=tuple(health.turns.items()),
        chart=Chart(shape=Shape.BARS, category=("outcome",), series=("turns",)),
    )
