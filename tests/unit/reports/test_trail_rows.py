"""The canonical text of a row is byte for byte what `json.dumps` makes of its fields."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reports.trail.chain import canonical, digest, entry_hash
from reports.trail.rows import as_json, canonical_text, parse

FIELDS = ("actor_name", "verb", "object_type", "object_id")
# What PostgreSQL's text type can hold: no U+0000 and no lone surrogate.
text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
moments = st.datetimes(min_value=datetime(1, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def copied(value: str) -> bytes:
    """As COPY's text format writes it (PostgreSQL's documentation of COPY, "Text Format")."""
    for character, written in (
        ("\\", "\\\\"),
        *(("\b", "\\b"), ("\f", "\\f"), ("\n", "\\n")),
        *(("\r", "\\r"), ("\t", "\\t"), ("\v", "\\v")),
    ):
        value = value.replace(character, written)
    return value.encode()


def line_of(entry: dict[str, Any], at: str) -> bytes:
    columns = (
        str(entry["sequence"]).encode(),
        b"null" if entry["actor"] is None else str(entry["actor"]).encode(),
        *(copied(entry[name]) for name in FIELDS),
        *(copied(entry[name]) for name in ("payload_digest", "previous_hash", "hash")),
        b"AD" + at.encode(),
        copied(entry["payload"]),
    )
    return b"\t".join(columns) + b"\n"


@given(
    sequence=st.integers(-(2**63), 2**63 - 1),
    actor=st.none() | st.integers(1, 2**63 - 1),
    at=moments,
    texts=st.fixed_dictionaries(
        dict.fromkeys((*FIELDS, "payload", "payload_digest", "previous_hash", "hash"), text)
    ),
)
@example(
    sequence=1,
    actor=None,
    at=datetime(2026, 3, 1, tzinfo=UTC),
    texts={
        **dict.fromkeys((*FIELDS, "payload_digest", "previous_hash", "hash"), "null"),
        "payload": '{"a":"\\n\\\\ \\u0001\x7f\u2028"}',
        "verb": '"\\\x01\x1f\n\t\x7f\u2028é',
    },
)
def test_it_is_what_the_json_library_would_have_written(
    sequence: int, actor: int | None, at: datetime, texts: dict[str, str]
) -> None:
    entry: dict[str, Any] = {"sequence": sequence, "actor": actor, **texts}
    told = at.isoformat(timespec="microseconds")
    row = parse(line_of(entry, told))
    hashed = {key: value for key, value in entry.items() if key not in {"payload", "hash"}}
    assert canonical_text(row) == canonical({**hashed, "at": told}).encode()
    assert as_json(row) == {**entry, "at": told}
    assert digest(canonical_text(row)) == entry_hash(**hashed, at=at)


def test_a_year_before_christ_is_not_taken_for_ours() -> None:
    entry = {
        **dict.fromkeys((*FIELDS, "payload", "payload_digest", "previous_hash", "hash"), "x"),
        "sequence": 1,
        "actor": None,
    }
    ours = line_of(entry, "2026-03-01T12:00:00.000000+00:00")
    assert canonical_text(parse(ours)) != canonical_text(parse(ours.replace(b"\tAD", b"\tBC")))


def test_payloads_are_canonical() -> None:
    assert canonical({"b": 1, "a": ["ü", None, True]}) == '{"a":["ü",null,true],"b":1}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})
