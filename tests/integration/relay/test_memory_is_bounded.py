"""Ended conversations leave their last seconds behind for reports, but not without limit."""

import pytest

from chat import conversations
from chat.relay import hub
from chat.stores.conversations import EndedBy
from tests.clients import until
from tests.integration.relay.conftest import MakePair, Pair


async def meet_and_part(pair: Pair) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: len(bo.packets) > 5)
    await conversations.end(pair.redis, pair.conversation.id, by=EndedBy.SIDE_A)
    await ada.closed()


async def test_the_oldest_ended_conversation_is_forgotten_first(
    make_pair: MakePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = await hub.ensure_running()
    assert node is not None
    pairs = [await make_pair() for _ in range(3)]
    for pair in pairs:
        await meet_and_part(pair)
    assert node.room_count == 3
    monkeypatch.setattr(hub, "KEPT_MAX_BYTES", node.kept_bytes - 1)
    await until(lambda: node.room_count == 2, "one is forgotten")
    assert not node.knows(pairs[0].conversation.id)
    assert node.knows(pairs[2].conversation.id)
