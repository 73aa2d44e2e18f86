"""Charts as SVG: readable by machines, harmless, and true to their table."""

from xml.etree import ElementTree as ET

import pytest

from reports.measures.charts import draw
from reports.measures.tables import Cell, Chart, Column, Kind, Shape, Table

NAMESPACE_FREE = {"svg", "title", "desc", "rect", "line", "text", "circle"}


def _table(shape: Shape, *rows: tuple[Cell, ...], kind: Kind = Kind.COUNT) -> Table:
    names = ("a", "b", "c", "d") if shape is Shape.DOTS else ("a", "b", "c")
    return Table(
        name="table",
        title="What <there> is",
        about="",
        columns=(
            Column(name="what", label="What"),
            *(
                Column(name=name, label=name.upper(), kind=Kind.COUNT if name == "d" else kind)
                for name in names
            ),
        ),
        rows=rows,
        chart=Chart(shape=shape, category=("what",), series=names),
    )


def _shares(*rows: tuple[Cell, ...]) -> Table:
    return _table(Shape.DOTS, *rows, kind=Kind.SHARE)


def _parsed(table: Table) -> ET.Element:
    return ET.fromstring(draw(table))


ROWS: dict[Shape, tuple[Cell, ...]] = {
    Shape.COLUMNS: (0.9, 0.8, 1.0),
    Shape.BARS: (0.9, 0.8, 1.0),
    Shape.DOTS: (0.9, 0.8, 1.0, 7),
}


@pytest.mark.parametrize("shape", list(Shape))
def test_it_says_what_it_shows_to_who_cannot_see_it(shape: Shape) -> None:
    few = tuple(0.1 for _cell in ROWS[shape])
    svg = _parsed(_table(shape, ("x", *few), ("y", *ROWS[shape]), kind=Kind.SHARE))

    said = {element.get("id"): element.text for element in svg if element.tag in {"title", "desc"}}
    assert svg.get("role") == "img"
    assert (svg.get("aria-labelledby") or "").split() == list(said)
    assert said["table-title"] == "What <there> is"
    assert (said["table-desc"] or "").startswith("y: A 90.0 %")


@pytest.mark.parametrize("shape", list(Shape))
def test_a_hostile_label_is_text(shape: Shape) -> None:
    hostile = '"><script>x</script>'
    svg = _parsed(_table(shape, (hostile, *ROWS[shape]), kind=Kind.SHARE))

    tags = {element.tag for element in svg.iter()}
    assert tags <= NAMESPACE_FREE
    assert any(element.text == hostile for element in svg.iter("text"))


@pytest.mark.parametrize("shape", list(Shape))
def test_no_style_and_no_script_stands_in_it(shape: Shape) -> None:
    svg = _parsed(_table(shape, ("x", *ROWS[shape])))

    assert not {name for element in svg.iter() for name in element.attrib} & {"style", "onload"}


def test_bars_are_as_long_as_their_numbers() -> None:
    svg = _parsed(_table(Shape.BARS, ("x", 30, 10, 0), ("y", 5, 5, 10)))

    widths = [float(bar.get("width", 0)) for bar in svg.iter("rect") if bar.get("height") == "16.0"]
    assert widths[0] == pytest.approx(3 * widths[1], abs=0.2)
    assert sum(widths[:2]) == pytest.approx(2 * sum(widths[2:]), abs=0.5)


def test_columns_are_as_high_as_their_numbers() -> None:
    svg = _parsed(_table(Shape.COLUMNS, ("x", 4, 0, 0), ("y", 1, 1, 0)))

    heights = [float(bar.get("height", 0)) for bar in svg.iter("rect")][3:]
    assert heights == [pytest.approx(4 * heights[1]), heights[1], heights[1]]


def test_a_share_without_cases_has_no_dot_and_says_so() -> None:
    svg = _parsed(_shares(("x", None, None, None, 0), ("y", 1, 0.8, 1, 7)))

    assert len(list(svg.iter("circle"))) == 1
    assert [each.text for each in svg.iter("text")].count("no case") == 1


def test_without_rows_nothing_is_drawn() -> None:
    assert draw(_table(Shape.BARS)) == ""


def test_numbers_that_are_all_zero_are_drawn_without_bars() -> None:
    svg = _parsed(_table(Shape.BARS, ("x", 0, 0, 0)))

    assert not [bar for bar in svg.iter("rect") if bar.get("height") == "16.0"]


def test_a_share_is_drawn_with_its_number_of_cases() -> None:
    svg = _parsed(_shares(("x", 0.5, 0.4, 0.6, 1234)))

    assert "50 % of 1,234" in [text.text for text in svg.iter("text")]


def test_a_small_share_is_not_rounded_away() -> None:
    svg = _parsed(_shares(("x", 0.004, 0.001, 0.02, 250), ("y", 0, 0, 0.02, 250)))

    said = [text.text for text in svg.iter("text")]
    assert "0.4 % of 250" in said
    assert "0 % of 250" in said
