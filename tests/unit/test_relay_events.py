"""What the control part tells a relay survives the wire, and nothing else is understood."""

import json
from uuid import UUID

import pytest

from chat.events import (
    ControlBack,
    ControlGone,
    ConversationOver,
    EvidenceWanted,
    RelayEvent,
    RelayEventError,
    Reported,
    decode,
    encode,
)
from chat.stores.conversations import EndedBy
from moderation.samples import Side
from reports.ids import ConversationId, ReportId

CONVERSATION = ConversationId(UUID(int=7))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"type": "conversation_over"},
        {"type": "reported", "conversation": "x", "side": "a"},
        {"type": "reported", "conversation": str(CONVERSATION), "side": "c"},
        {"type": "unheard_of", "conversation": str(CONVERSATION), "side": "a"},
        {"type": "conversation_over", "conversation": 5, "by": "a", "offender": None},
    ],
)
def test_anything_else_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(RelayEventError):
        decode(fields)


@pytest.mark.parametrize(
    "event",
    [
        ConversationOver(conversation=CONVERSATION, by=EndedBy.MODERATION, offender=Side.B),
        ConversationOver(conversation=CONVERSATION, by=EndedBy.SIDE_A, offender=None),
        EvidenceWanted(conversation=CONVERSATION, side=Side.A, report=ReportId(UUID(int=8))),
        ControlGone(conversation=CONVERSATION, side=Side.A),
        ControlBack(conversation=CONVERSATION, side=Side.B),
        Reported(conversation=CONVERSATION, side=Side.B),
    ],
)
def test_an_event_comes_out_as_it_went_in(event: RelayEvent) -> None:
    assert decode(json.loads(encode(event))) == event
