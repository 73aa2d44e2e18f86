"""Verdicts as messages: what was sent is what arrives, and nothing else is taken for one."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.events import EventError, decode_verdict, encode_verdict, node_channel
from moderation.samples import StreamId
from moderation.verdicts import Decision, Missing, Reason, Verdict

verdicts = st.builds(
    Verdict,
    stream=st.text(max_size=50).map(StreamId),
    epoch=st.integers(0, 2**40),
    n=st.integers(0, 2**40),
    sample=st.integers(0, 2**40),
    decision=st.sampled_from(Decision),
    reasons=st.lists(st.sampled_from(Reason), max_size=3).map(tuple),
    first_seq=st.integers(0, 2**32 - 1),
    last_seq=st.integers(0, 2**32 - 1),
    sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
    judged_captured_ms=st.integers(0, 2**45),
    score=st.floats(0, 1),
    again_in_ms=st.none() | st.integers(0, 10_000),
    keep_screened=st.booleans(),
    model_version=st.text(max_size=40),
    thresholds_version=st.text(max_size=40),
    missing=st.lists(st.sampled_from(Missing), max_size=3).map(tuple),
)


@pytest.mark.parametrize("message", ["", "[]", "{}", "null", b"\xff", '{"type":"ended"}'])
def test_what_is_no_verdict_is_refused(message: str | bytes) -> None:
    with pytest.raises(EventError):
        decode_verdict(message)


@given(verdicts, st.data())
def test_a_verdict_with_a_field_missing_is_refused(verdict: Verdict, data: st.DataObject) -> None:
    fields = json.loads(encode_verdict(verdict))
    del fields[data.draw(st.sampled_from(sorted(fields)))]

    with pytest.raises(EventError):
        decode_verdict(json.dumps(fields))


@given(verdicts)
def test_a_verdict_arrives_as_it_was_sent(verdict: Verdict) -> None:
    assert decode_verdict(encode_verdict(verdict)) == verdict


def test_a_node_has_one_channel() -> None:
    assert node_channel("relay-1") == "parley:node:relay-1"
