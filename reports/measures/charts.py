"""Charts as SVG made on the server: no script, no style, nothing that a strict policy forbids.

Colours come from the style sheet by class. Pure. A chart is one picture to a screen reader: title
and a sentence with the largest values; every number stands in the table beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from reports.measures.tables import Column, Shape, Table, shown

WIDTH = 560
ROW = 26
LABELS = 168
"""Room for what the rows are called; longer names are cut and stand whole in the table."""
VALUES = 92
LEGEND = 26
HEIGHT = 170
LABEL_MAX = 25
BARS_MAX = 14
SMALL_SHARE = 0.1
"""More rows are left to the table: a chart says what matters."""


_Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    label: str
    detail: str
    values: tuple[float | None, ...]


def draw(table: Table) -> str:
    """The table's chart as an `<svg>` element; empty without a chart or without rows."""
    if table.chart is None or not table.rows:
        return ""
    series = [table.column(name) for name in table.chart.series]
    places = [table.column(name) for name in table.chart.category]
    rows = []
    for row in table.rows:
        label, *details = (shown(row[place], column) for place, column in places)
        values = tuple(_number(row[place]) for place, _column in series)
        rows.append(_Row(label=label, detail=" · ".join(details), values=values))
    columns = [column for _place, column in series]
    match table.chart.shape:
        case Shape.COLUMNS:
            return _columns(table, rows, columns)
        case Shape.BARS:
            return _bars(table, rows[:BARS_MAX], columns)
        case Shape.DOTS:
            return _dots(table, rows[:BARS_MAX], columns)


def _columns(table: Table, rows: Sequence[_Row], columns: Sequence[Column]) -> str:
    top = LEGEND if len(columns) > 1 else 10
    svg = _svg(table, top + HEIGHT + 24, _summary(rows, columns))
    _legend(svg, columns)
    left, right, highest = 40, WIDTH - 6, _nice(max(_total(row) for row in rows))
    for step in range(3):
        y = top + HEIGHT - HEIGHT * step / 2
        _line(svg, (left, y), (right, y), "chart-grid")
        _text(svg, (left - 6, y + 4), shown(_plain(highest * step / 2), columns[0]), anchor="end")
    slot = (right - left) / len(rows)
    width = min(36.0, slot * 0.72)
    for number, row in enumerate(rows):
        x, y = left + slot * (number + 0.5) - width / 2, float(top + HEIGHT)
        for place, value in enumerate(row.values):
            height = HEIGHT * (value or 0.0) / highest
            y -= height
            _rect(svg, (x, y), (width, height), place)
    for number in sorted({0, len(rows) // 2, len(rows) - 1}):
        anchor = "start" if number == 0 else "end" if number == len(rows) - 1 else "middle"
        x = {"start": left, "end": right}.get(anchor, left + slot * (number + 0.5))
        _text(svg, (x, top + HEIGHT + 18), rows[number].label, anchor=anchor)
    return _written(svg)


def _bars(table: Table, rows: Sequence[_Row], columns: Sequence[Column]) -> str:
    top = LEGEND if len(columns) > 1 else 4
    svg = _svg(table, top + ROW * len(rows) + 4, _summary(rows, columns))
    _legend(svg, columns)
    highest = max(_total(row) for row in rows) or 1.0
    for number, row in enumerate(rows):
        y, x = top + ROW * number, float(LABELS)
        _text(svg, (LABELS - 8, y + 17), _cut(row.label), anchor="end")
        for place, value in enumerate(row.values):
            width = (WIDTH - LABELS - VALUES) * (value or 0.0) / highest
            _rect(svg, (x, y + 5), (width, ROW - 10), place)
            x += width
        _text(svg, (x + 6, y + 17), shown(_plain(_total(row)), columns[0]), kind="chart-value")
    return _written(svg)


def _dots(table: Table, rows: Sequence[_Row], columns: Sequence[Column]) -> str:
    has_details = any(row.detail for row in rows)
    height = ROW + 10 if has_details else ROW
    bottom = height * len(rows)
    svg = _svg(table, bottom + 26, _summary(rows, columns[:1]))
    left, right = float(LABELS), float(WIDTH - VALUES)
    for step in range(5):
        x = left + (right - left) * step / 4
        _line(svg, (x, 2), (x, bottom + 4), "chart-grid")
        _text(svg, (x, bottom + 20), f"{25 * step} %", anchor="middle")
    for number, row in enumerate(rows):
        y = height * (number + 0.5)
        _text(svg, (LABELS - 8, y - 2 if has_details else y + 4), _cut(row.label), anchor="end")
        if has_details:
            _text(svg, (LABELS - 8, y + 12), _cut(row.detail), anchor="end", kind="chart-detail")
        value, low, high, cases = row.values
        if value is None or low is None or high is None:
            _text(svg, (right + 10, y + 4), "no case")
            continue
        at, start, end = (left + (right - left) * share for share in (value, low, high))
        _line(svg, (start, y), (end, y), "chart-reach")
        dot = _written_numbers({"cx": at, "cy": y, "r": 5})
        ET.SubElement(svg, "circle", {**dot, "class": "chart-dot"})
        # Of something rare a whole number of percent says nothing.
        decimals = 1 if 0 < value < SMALL_SHARE else 0
        said = f"{100 * value:.{decimals}f} % of {shown(_plain(cases), columns[3])}"
        _text(svg, (right + 10, y + 4), said, kind="chart-value")
    return _written(svg)


def _svg(table: Table, height: int, summary: str) -> ET.Element:
    titles = f"{table.name}-title {table.name}-desc"
    svg = ET.Element(
        "svg",
        {
            "class": "staff-chart",
            "viewBox": f"0 0 {WIDTH} {height}",
            "role": "img",
            "aria-labelledby": titles,
        },
    )
    ET.SubElement(svg, "title", {"id": f"{table.name}-title"}).text = table.title
    ET.SubElement(svg, "desc", {"id": f"{table.name}-desc"}).text = summary
    return svg


def _summary(rows: Sequence[_Row], columns: Sequence[Column]) -> str:
    """The three largest rows in words."""
    kept = slice(0, len(columns))
    largest = sorted(rows, key=lambda row: sum(v or 0.0 for v in row.values[kept]), reverse=True)
    parts = []
    for row in largest[:3]:
        values = ", ".join(
            f"{column.label} {shown(_plain(value), column)}"
            for column, value in zip(columns, row.values, strict=False)
        )
        parts.append(f"{row.label} {row.detail}".strip() + f": {values}")
    return "; ".join(parts)


def _legend(svg: ET.Element, columns: Sequence[Column]) -> None:
    if len(columns) < 2:
        return
    x = 0.0
    for place, column in enumerate(columns):
        _rect(svg, (x, 3), (11, 11), place)
        _text(svg, (x + 17, 13), column.label)
        x += 34 + 6.6 * len(column.label)


def _rect(svg: ET.Element, at: _Point, size: _Point, place: int) -> None:
    if min(size) <= 0:
        return
    numbers = {"x": at[0], "y": at[1], "width": size[0], "height": size[1]}
    ET.SubElement(
        svg, "rect", {**_written_numbers(numbers), "class": f"chart-series is-{place + 1}"}
    )


def _line(svg: ET.Element, start: _Point, end: _Point, kind: str) -> None:
    numbers = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    ET.SubElement(svg, "line", {**_written_numbers(numbers), "class": kind})


def _text(
    svg: ET.Element, at: _Point, text: str, *, anchor: str = "start", kind: str = "chart-label"
) -> None:
    where = _written_numbers({"x": at[0], "y": at[1]})
    ET.SubElement(svg, "text", {**where, "text-anchor": anchor, "class": kind}).text = text


def _written_numbers(numbers: Mapping[str, float]) -> dict[str, str]:
    return {name: f"{number:.1f}" for name, number in numbers.items()}


def _written(svg: ET.Element) -> str:
    return ET.tostring(svg, encoding="unicode")


def _total(row: _Row) -> float:
    return sum(value or 0.0 for value in row.values)


def _number(cell: object) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def _plain(value: float | None) -> int | float | None:
    # Sums of whole numbers are whole.
    return int(value) if value is not None and value.is_integer() else value


def _cut(label: str) -> str:
    return label if len(label) <= LABEL_MAX else f"{label[: LABEL_MAX - 1]}…"


def _nice(highest: float) -> float:
    """The next of 2, 4, 10, 20, 40, 100 … at or above: half of it is whole, too."""
    step = 2.0
    for factor in (2.0, 2.5, 2.0) * 12:
        if step >= highest:
            break
        step *= factor
    return step
