"""Tables of measures: the same numbers on pages, in JSON and in CSV, and nothing that runs."""

import csv
import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.measures.tables import Cell, Column, Kind, Table, as_csv, as_json, shown


def _table(*cells: Cell) -> Table:
    return Table(
        name="t",
        title="T",
        about="a",
        columns=(Column(name="what", label="What"),),
        rows=tuple((cell,) for cell in cells),
    )


@pytest.mark.parametrize(
    "formula", ["=1+1", "+1", "-1+cmd|'/c calc'!A0", "@SUM(A1)", "\t=1", "\r=1"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(formula: str) -> None:
    read = list(csv.reader(StringIO(as_csv(_table(formula)), newline="")))

    assert read[1:] == [[f"'{formula}"]]


def test_a_negative_number_stays_a_number() -> None:
    assert as_csv(_table(-3, -0.5)) == "what\r\n-3\r\n-0.5\r\n"


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), max_size=5))
def test_no_cell_of_a_file_begins_a_formula_and_nothing_is_lost(texts: list[str]) -> None:
    written = as_csv(_table(*texts))

    read = [row[0] if row else "" for row in csv.reader(StringIO(written, newline=""))][1:]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in read)
    assert [cell.removeprefix("'") for cell in read] == [text.removeprefix("'") for text in texts]


def test_json_names_every_cell() -> None:
    assert json.loads(as_json(_table("x", None, 2))) == {
        "name": "t",
        "about": "a",
        "rows": [{"what": "x"}, {"what": None}, {"what": 2}],
    }


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (None, Kind.COUNT, "\N{EN DASH}"),
        (1234, Kind.COUNT, "1,234"),
        (0.5, Kind.SHARE, "50.0 %"),
        (1.0, Kind.SHARE, "100 %"),
        (59, Kind.SECONDS, "59 s"),
        (600, Kind.SECONDS, "10 min"),
        (5400, Kind.SECONDS, "1.5 h"),
        (129_600, Kind.SECONDS, "1.5 d"),
        (0.125, Kind.NUMBER, "0.12"),
    ],
)
def test_a_cell_is_shown_in_its_unit(cell: Cell, kind: Kind, text: str) -> None:
    assert shown(cell, Column(name="n", label="N", kind=kind)) == text


def test_a_code_is_shown_in_words() -> None:
    column = Column(name="rule", label="Rule", words={"nudity": "Nudity on camera"})

    assert (shown("nudity", column), shown("unknown", column)) == ("Nudity on camera", "unknown")
