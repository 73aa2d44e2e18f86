"""The body of `POST /api/enter`."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chat.admission.entry import BODY_MAX_BYTES, EntryError, decode_entry

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RIGHT = {"birth_date": "1990-05-17", "accept_terms": "7", "languages": ["en"]}


def refused_fields(body: bytes) -> set[str]:
    with pytest.raises(EntryError) as caught:
        decode_entry(body, "7", NOW)
    return set(caught.value.fields)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b"[" * 4000, b" " * (BODY_MAX_BYTES + 1)]
)
def test_what_is_no_small_json_object_is_refused(body: bytes) -> None:
    assert refused_fields(body) == {"body"}


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"birth_date": None}, {"birth_date"}),
        ({"accept_terms": True}, {"accept_terms"}),
        ({"accept_terms": "6"}, {"accept_terms"}),
        ({"accept_terms": None, "birth_date": "x"}, {"accept_terms", "birth_date"}),
        ({"languages": "en"}, {"languages"}),
        ({"languages": ["en"] * 6}, {"languages"}),
        ({"languages": [5]}, {"languages"}),
        ({"languages": ["en<script>"]}, {"languages"}),
    ],
)
def test_each_wrong_field_is_named(changes: dict[str, Any], refused: set[str]) -> None:
    assert refused_fields(json.dumps(RIGHT | changes).encode()) == refused


def test_a_right_entry_is_taken_and_unknown_fields_are_ignored() -> None:
    entry = decode_entry(json.dumps(RIGHT | {"colour": "blue"}).encode(), "7", NOW)
    assert (entry.birth_date, entry.languages) == (date(1990, 5, 17), ("en",))
