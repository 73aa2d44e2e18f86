"""Columns that several measures have in common."""

from django.utils.translation import gettext as _

from reports.house_rules import policies
from reports.measures.intervals import wilson
from reports.measures.tables import Cell, Chart, Column, Kind, Shape
from reports.rules import Rule

ALL = "all"
"""The code of the row that stands for every row."""

DOTS = ("share", "low", "high", "n")


def rule() -> Column:
    """A rule by its wire name."""
    words = {rule.value: policies.title(rule) for rule in Rule} | {ALL: _("All")}
    return Column(name="rule", label=_("Rule"), words=words)


def policy() -> Column:
    """A policy by its code."""
    return Column(name="policy", label=_("Policy"), words=policies.titles())


def count(name: str, label: str) -> Column:
    """A number of things."""
    return Column(name=name, label=label, kind=Kind.COUNT)


def seconds(name: str, label: str) -> Column:
    """A duration."""
    return Column(name=name, label=label, kind=Kind.SECONDS)


def share(label: str) -> tuple[Column, Column, Column]:
    """A share and the two ends of its 95 % interval; `with_share` fills them."""
    return (
        Column(name="share", label=label, kind=Kind.SHARE),
        Column(name="low", label=_("From"), kind=Kind.SHARE),
        Column(name="high", label=_("To (95 %)"), kind=Kind.SHARE),
    )


def dots(*category: str) -> Chart:
    """Shares with their intervals, one below the other."""
    return Chart(shape=Shape.DOTS, category=category, series=DOTS)


def with_share(row: tuple[Cell, ...], *, n: int, hits: int) -> tuple[Cell, ...]:
    """`row` and the share of its column `hits` among its column `n`."""
    found = wilson(_whole(row[hits]), _whole(row[n]))
    if found is None:
        return (*row, None, None, None)
    return (*row, *(round(value, 4) for value in (found.value, found.low, found.high)))


def _whole(cell: Cell) -> int:
    assert isinstance(cell, int)  # what `count` of the database gives
    return cell
