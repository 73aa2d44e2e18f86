import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from reports.trail.anchors import Anchor, AnchorError, head_of, line_digest, read, sign

KEY = Ed25519PrivateKey.generate()
FIRST = Anchor(sequence=1, hash="a" * 64, at="2026-03-01T12:00:00+00:00")
SECOND = Anchor(sequence=9, hash="b" * 64, at="2026-03-01T12:01:00+00:00")


def signed(*anchors: Anchor, key: Ed25519PrivateKey = KEY) -> list[bytes]:
    lines: list[bytes] = []
    for anchor in anchors:
        lines.append(sign(anchor, lines[-1] if lines else b"", key))
    return lines


def test_it_refuses_a_line_that_was_changed() -> None:
    lines = [line.replace(b'"sequence": 1', b'"sequence": 2') for line in signed(FIRST)]
    with pytest.raises(AnchorError, match="line 1"):
        list(read(lines, KEY.public_key()))


def test_it_refuses_a_line_signed_by_somebody_else() -> None:
    lines = signed(FIRST)
    lines.append(sign(SECOND, lines[0], Ed25519PrivateKey.generate()))
    with pytest.raises(AnchorError, match="line 2"):
        list(read(lines, KEY.public_key()))


@pytest.mark.parametrize("taken_out", [0, 1])
def test_it_misses_a_line_that_was_taken_out(taken_out: int) -> None:
    lines = signed(FIRST, SECOND, SECOND)
    del lines[taken_out]
    with pytest.raises(AnchorError, match=f"before line {taken_out + 1} .* taken out"):
        list(read(lines, KEY.public_key()))


@pytest.mark.parametrize("junk", [b"", b"{}", b"[1]", b"null", b"not json"])
def test_it_refuses_what_is_no_anchor(junk: bytes) -> None:
    with pytest.raises(AnchorError):
        list(read([junk], KEY.public_key()))
    assert head_of(junk) is None


def test_it_gives_back_what_was_signed() -> None:
    lines = signed(FIRST, SECOND)
    found = list(read(lines, KEY.public_key()))
    assert [(one.sequence, one.hash, one.at) for one in found] == [
        (one.sequence, one.hash, one.at) for one in (FIRST, SECOND)
    ]
    assert [one.number for one in found] == [1, 2]
    assert head_of(lines[1]) == (9, "b" * 64)


def test_it_goes_on_behind_a_line_that_was_read_before() -> None:
    lines = signed(FIRST, SECOND)
    (found,) = read(lines[1:], KEY.public_key(), after=1, after_digest=line_digest(lines[0]))
    assert (found.number, found.sequence) == (2, 9)
    with pytest.raises(AnchorError, match="before line 2"):
        list(read(lines[1:], KEY.public_key(), after=1, after_digest="0" * 64))
