"""A measure as a table of numbers: what a chart, a page, JSON and CSV are all made from. Pure.

Cells hold codes and plain numbers; words for people are in the columns. So a page in any language
and a file say the same.
"""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from io import StringIO

Cell = str | int | float | None

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


class Kind(StrEnum):
    """What a column holds; shares are 0.0-1.0, durations seconds."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`name` stands in files, `label` on pages; `words` are labels for codes in the cells."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    words: Mapping[str, str] = field(default_factory=dict)


class Shape(StrEnum):
    """COLUMNS stand side by side in the order of the rows, BARS lie one below the other; the
    series of both are stacked. DOTS are shares with their intervals and numbers of cases."""

    COLUMNS = "columns"
    BARS = "bars"
    DOTS = "dots"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Which columns are drawn. `category` names what the rows are, the first of several largest; of
    DOTS the `series` are value, low end, high end and cases."""

    shape: Shape
    category: tuple[str, ...]
    series: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A measure. `about` says what is counted, in a sentence or two."""

    name: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: Chart | None = None

    def column(self, name: str) -> tuple[int, Column]:
        """The column's place and itself. Raises `KeyError`."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return place, column
        raise KeyError(name)


def shown(cell: Cell, column: Column) -> str:
    """The cell as people read it."""
    if cell is None:
        return "\N{EN DASH}"
    if isinstance(cell, str):
        return column.words.get(cell, cell)
    match column.kind:
        case Kind.SHARE:
            return f"{100 * cell:.1f} %" if 0 < cell < 1 else f"{100 * cell:.0f} %"
        case Kind.SECONDS:
            return _duration(cell)
        case Kind.NUMBER:
            return f"{cell:,}" if isinstance(cell, int) else f"{cell:.2f}"
        case _:
            return f"{cell:,}"


def as_json(table: Table) -> str:
    """The table as a JSON object: its name, what it counts, and one object for each row."""
    names = [column.name for column in table.columns]
    return json.dumps(
        {
            "name": table.name,
            "about": table.about,
            "rows": [dict(zip(names, row, strict=True)) for row in table.rows],
        },
        ensure_ascii=False,
        allow_nan=False,
    )


def as_csv(table: Table) -> str:
    """The table as CSV (RFC 4180) with a header; nothing in it is taken for a formula."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([column.name for column in table.columns])
    writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    # Spreadsheets run what begins like this. A number can't: -1 is a number, "-1+cmd" a text.
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return cell


def _duration(seconds: float) -> str:
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < HOUR_S:
        return f"{seconds / MINUTE_S:.0f} min"
    if seconds < DAY_S:
        return f"{seconds / HOUR_S:.1f} h"
    return f"{seconds / DAY_S:.1f} d"
