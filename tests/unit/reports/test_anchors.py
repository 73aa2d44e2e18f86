from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.anchors import FILE_NAME, Anchor, AnchorError, append, has_any, load

KEY = Ed25519PrivateKey.generate()
FIRST = Anchor(sequence=1, hash="a" * 64, at="2026-03-01T12:00:00+00:00")
SECOND = Anchor(sequence=9, hash="b" * 64, at="2026-03-01T12:01:00+00:00")


def test_it_refuses_a_line_that_was_changed(tmp_path: Path) -> None:
    append(tmp_path, FIRST, KEY)
    path = tmp_path / FILE_NAME
    path.write_text(path.read_text().replace('"sequence": 1', '"sequence": 2'))
    with pytest.raises(AnchorError, match="line 1"):
        list(load(tmp_path, KEY.public_key()))


def test_it_refuses_a_line_signed_by_somebody_else(tmp_path: Path) -> None:
    append(tmp_path, FIRST, KEY)
    append(tmp_path, SECOND, Ed25519PrivateKey.generate())
    with pytest.raises(AnchorError, match="line 2"):
        list(load(tmp_path, KEY.public_key()))


@pytest.mark.parametrize("taken_out", [0, 1])
def test_it_misses_a_line_that_was_taken_out(tmp_path: Path, taken_out: int) -> None:
    for anchor in (FIRST, SECOND, SECOND):
        append(tmp_path, anchor, KEY)
    path = tmp_path / FILE_NAME
    lines = path.read_text().splitlines(keepends=True)
    del lines[taken_out]
    path.write_text("".join(lines))
    with pytest.raises(AnchorError, match=f"before line {taken_out + 1} .* taken out"):
        list(load(tmp_path, KEY.public_key()))


@pytest.mark.parametrize("junk", ["", "{}", "[1]", "null", "not json"])
def test_it_refuses_what_is_no_anchor(tmp_path: Path, junk: str) -> None:
    (tmp_path / FILE_NAME).write_text(junk + "\n")
    with pytest.raises(AnchorError):
        list(load(tmp_path, KEY.public_key()))


def test_it_gives_back_what_was_appended(tmp_path: Path) -> None:
    folder = tmp_path / "anchors"
    assert not has_any(folder)
    append(folder, FIRST, KEY)
    append(folder, SECOND, KEY)
    assert list(load(folder, KEY.public_key())) == [FIRST, SECOND]
    assert has_any(folder)
    assert (folder / FILE_NAME).stat().st_mode & 0o077 == 0
