"""The control socket's messages: what is refused, and how, before what is taken."""

import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import (
    MESSAGE_MAX_BYTES,
    Block,
    CloseCode,
    ErrorCode,
    Leave,
    MessageError,
    Mode,
    Report,
    Resume,
    Say,
    Seek,
    Typing,
    decode,
    encode,
)
from reports.ids import ConversationId
from reports.rules import Rule


def refusal(text: str) -> MessageError:
    with pytest.raises(MessageError) as caught:
        decode(text)
    return caught.value


@pytest.mark.parametrize("text", ["", "{", "nonsense", "[" * 10_000, "[1]", '"hi"', "7", "null"])
def test_what_is_no_json_object_closes_the_socket(text: str) -> None:
    assert refusal(text).close_code is CloseCode.BAD_MESSAGE


@pytest.mark.parametrize("character", ["x", "ü", "\N{GRINNING FACE}"])
def test_a_message_over_16_kib_closes_the_socket_as_too_large(character: str) -> None:
    text = json.dumps({"type": "ping", "pad": ""}, ensure_ascii=False)
    pad = MESSAGE_MAX_BYTES - len(text.encode())
    filling = character * (pad // len(character.encode()))
    fits = json.dumps({"type": "ping", "pad": filling}, ensure_ascii=False)
    decode(fits)
    assert refusal(fits + " " * 4).close_code is CloseCode.TOO_LARGE


@pytest.mark.parametrize("kind", ["shout", "Ping", "", None, 7, ["ping"], {"a": 1}])
def test_an_unknown_type_is_a_bad_message_and_the_socket_stays(kind: object) -> None:
    error = refusal(json.dumps({"type": kind}))
    assert (error.code, error.close_code) == (ErrorCode.BAD_MESSAGE, None)


CONVERSATION = str(uuid4())


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "seek"},
        {"type": "seek", "mode": "smoke"},
        {"type": "seek", "mode": ["text"]},
        {"type": "seek", "mode": "text", "interests": "cats"},
        {"type": "seek", "mode": "text", "interests": ["x"] * 11},
        {"type": "seek", "mode": "text", "interests": ["x" * 41]},
        {"type": "seek", "mode": "text", "interests": [""]},
        {"type": "seek", "mode": "text", "interests": [7]},
        {"type": "seek", "mode": "text", "languages": ["en"] * 6},
        {"type": "seek", "mode": "text", "languages": ["en,de"]},
        {"type": "seek", "mode": "text", "languages": ["e"]},
        {"type": "seek", "mode": "text", "only_common": 1},
        {"type": "say", "text": "hi"},
        {"type": "say", "id": "1"},
        {"type": "say", "id": "", "text": "hi"},
        {"type": "say", "id": 1, "text": "hi"},
        {"type": "say", "id": "x" * 37, "text": "hi"},
        {"type": "say", "id": "1", "text": ""},
        {"type": "say", "id": "1", "text": "\ud800"},
        {"type": "typing"},
        {"type": "typing", "on": "yes"},
        {"type": "report"},
        {"type": "report", "reason": "because"},
        {"type": "report", "reason": "spam", "note": "x" * 1001},
        {"type": "report", "reason": "spam", "note": None},
        {"type": "report", "reason": "spam", "conversation": "this one"},
        {"type": "block", "conversation": 5},
        {"type": "resume", "key": "k"},
        {"type": "resume", "conversation": CONVERSATION},
        {"type": "resume", "conversation": CONVERSATION, "key": "k" * 65},
    ],
)
def test_a_missing_or_wrong_field_is_a_bad_message(fields: dict[str, Any]) -> None:
    error = refusal(json.dumps(fields))
    assert (error.code, error.close_code) == (ErrorCode.BAD_MESSAGE, None)


def test_a_line_over_500_characters_is_too_long() -> None:
    decode(json.dumps({"type": "say", "id": "1", "text": "x" * 500}))
    error = refusal(json.dumps({"type": "say", "id": "1", "text": "x" * 501}))
    assert (error.code, error.close_code, error.line_id) == (ErrorCode.TOO_LONG, None, "1")


FIELDS = (
    *("mode", "interests", "languages", "only_common", "id", "text", "on"),
    *("reason", "note", "conversation", "key"),
)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_field_is_taken_or_refused_and_raises_nothing_else(value: object) -> None:
    for kind in ("seek", "say", "typing", "report", "block", "resume"):
        text = json.dumps(dict.fromkeys(FIELDS, value) | {"type": kind})
        with suppress(MessageError):
            decode(text)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"type": "seek", "mode": "video", "languages": ["en", "pt-BR"], "only_common": True},
            Seek(mode=Mode.VIDEO, languages=("en", "pt-BR"), only_common=True),
        ),
        ({"type": "seek", "mode": "text", "wish": "ignored"}, Seek(mode=Mode.TEXT)),
        ({"type": "leave"}, Leave()),
        ({"type": "say", "id": "a-1", "text": "hi"}, Say(id="a-1", text="hi")),
        ({"type": "typing", "on": False}, Typing(on=False)),
        (
            {"type": "report", "reason": "blackmail", "note": "a\x00b"},
            Report(reason=Rule.BLACKMAIL, note="ab", conversation=None),
        ),
        ({"type": "block"}, Block(conversation=None)),
    ],
)
def test_a_right_message_is_taken_and_unknown_fields_are_ignored(
    fields: dict[str, Any], message: object
) -> None:
    assert decode(json.dumps(fields)) == message


def test_a_conversation_is_named_by_its_id() -> None:
    conversation = uuid4()
    message = decode(
        json.dumps({"type": "resume", "conversation": str(conversation), "key": "secret"})
    )
    assert message == Resume(conversation=ConversationId(conversation), key="secret")


def test_what_is_sent_is_json_with_its_type() -> None:
    conversation = uuid4()
    text = encode(
        "paired", conversation=conversation, mode=Mode.TEXT, languages=("en",), relay=None
    )
    assert json.loads(text) == {
        "type": "paired",
        "conversation": str(conversation),
        "mode": "text",
        "languages": ["en"],
        "relay": None,
    }
