"""Files of hashes that others hand over, line by line, never whole in memory. Pure.

Three forms, told apart by the first line: a table with a header that has a column `hash` (or `pdq`)
and maybe `quality`; the table that `threatexchange dataset -P --csv` prints; and lines of its
`-S`, `pdq <hash>`, also without the name. A byte order mark and empty lines don't matter.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import BinaryIO

from reports.hashing.crops import QUALITY_MIN

LINE_MAX = 65_536
"""Bytes; what is longer is no line of such a file, and is passed over in pieces."""

BITS_SET = range(64, 193)
"""A hash sets the bits above the median, so about half. Nearly empty or full, it is of no picture,
and would match others of that sort."""

_HASH = re.compile(r"[0-9a-fA-F]{64}")
_PLAIN = re.compile(r"(?:([a-z][a-z0-9_]*)[ \t]+)?(\S+)")
_SIGNAL_COLUMNS = frozenset({"signal_type", "signal_str"})


class Found(Enum):
    """What a line holds. OTHER is not ours to take: another kind of signal, or one that its owners
    call harmless. POOR says of itself that there is too little to see. BAD can't be read."""

    HASH = auto()
    OTHER = auto()
    POOR = auto()
    BAD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Line `number` (from 1) of a file. `pdq` is lower-case hex, and `quality` None when the file
    doesn't say; both only mean something for a HASH. `problem` says what is BAD."""

    number: int
    found: Found
    pdq: str = ""
    quality: int | None = None
    problem: str = ""


def read(file: BinaryIO) -> Iterator[Line]:
    """The lines of a file from where it stands; a header is none of them."""
    parse: Callable[[str, int], Line] | None = None
    for number, text in enumerate(_texts(file), start=1):
        if text is None:
            yield _bad(number, "longer than a line may be")
        elif not text:
            continue
        elif parse is None:
            columns = _columns(text)
            parse = _table(columns) if columns else _plain
            if not columns:
                yield parse(text, number)
        else:
            yield parse(text, number)


def _texts(file: BinaryIO) -> Iterator[str | None]:
    """Each line without the space around it; None for one that is too long."""
    encoding = "utf-8-sig"
    while raw := file.readline(LINE_MAX):
        is_long = len(raw) == LINE_MAX and not raw.endswith(b"\n")
        while is_long and (rest := file.readline(LINE_MAX)) and not rest.endswith(b"\n"):
            pass
        yield None if is_long else raw.decode(encoding, "replace").strip()
        encoding = "utf-8"


def _columns(first_line: str) -> list[str]:
    """The names in a header; none when the line is no header."""
    names = [name.strip().lower() for name in _cells(first_line)]
    is_header = "hash" in names or "pdq" in names or _SIGNAL_COLUMNS.issubset(names)
    return names if is_header else []


def _table(columns: Sequence[str]) -> Callable[[str, int], Line]:
    """What reads the rows below such a header."""
    is_dataset = _SIGNAL_COLUMNS.issubset(columns)
    hash_column = "signal_str" if is_dataset else "hash" if "hash" in columns else "pdq"

    def parse(text: str, number: int) -> Line:
        cells = [cell.strip() for cell in _cells(text)]
        if len(cells) != len(columns):
            return _bad(number, f"{len(cells)} cells under {len(columns)} columns")
        row = dict(zip(columns, cells, strict=True))
        if is_dataset and _is_other(row):
            return Line(number=number, found=Found.OTHER)
        return _line(row[hash_column], row.get("quality", ""), number)

    return parse


def _plain(text: str, number: int) -> Line:
    parts = _PLAIN.fullmatch(text)
    if parts is None:
        return _bad(number, "not a hash, nor a signal's name and a hash")
    name, value = parts.groups()
    if name not in (None, "pdq"):
        return Line(number=number, found=Found.OTHER)
    return _line(value, "", number)


def _is_other(row: dict[str, str]) -> bool:
    return row["signal_type"] != "pdq" or row.get("category") == "NEGATIVE_CLASS"


def _line(value: str, quality: str, number: int) -> Line:
    if not _HASH.fullmatch(value):
        return _bad(number, "a hash is 64 hexadecimal digits")
    if int(value, 16).bit_count() not in BITS_SET:
        return _bad(number, "no hash of a picture: nearly all of its bits are alike")
    if not quality:
        return Line(number=number, found=Found.HASH, pdq=value.lower())
    if not (quality.isascii() and quality.isdecimal()) or len(quality) > 3 or int(quality) > 100:
        return _bad(number, "a quality is a whole number from 0 to 100")
    if int(quality) < QUALITY_MIN:
        return Line(number=number, found=Found.POOR)
    return Line(number=number, found=Found.HASH, pdq=value.lower(), quality=int(quality))


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader([text]), [])
    except csv.Error:
        return []


def _bad(number: int, problem: str) -> Line:
    return Line(number=number, found=Found.BAD, problem=problem)
