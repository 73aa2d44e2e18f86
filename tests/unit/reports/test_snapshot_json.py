import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reports.snapshot_json import decode, encode, storable
from tests.report_cases import snapshot


def test_what_comes_back_is_what_went_in() -> None:
    original = snapshot()
    assert decode(json.loads(json.dumps(encode(original)))) == original


@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=50))
def test_any_line_can_be_stored(text: str) -> None:
    original = snapshot()
    odd = replace(original, lines=(replace(original.lines[0], text=text),))
    stored = encode(odd)["lines"][0]["text"]
    assert "\x00" not in stored
    assert stored.encode("utf-8").decode("utf-8") == stored


def test_ordinary_text_stays_as_it_is() -> None:
    assert storable("नमस्ते 👋🏽 क्‍ष") == "नमस्ते 👋🏽 क्‍ष"
