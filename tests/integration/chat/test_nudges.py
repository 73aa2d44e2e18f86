"""A nudge finds its socket: in this process directly, anywhere else through the channel layer."""

import asyncio
from uuid import uuid4

import pytest
from channels.layers import get_channel_layer

from chat import nudges
from reports.events import participant_group
from reports.ids import ParticipantId


@pytest.mark.usefixtures("redis_url")
@pytest.mark.parametrize("takes_it", [True, False])
async def test_who_is_here_is_told_directly_and_a_closed_socket_passes_it_on(
    takes_it: bool,
) -> None:
    ada, heard = ParticipantId(uuid4()), []
    layer = get_channel_layer()
    assert layer is not None
    elsewhere = await layer.new_channel()
    await layer.group_add(participant_group(ada), elsewhere)

    def hear(nudge: nudges.Nudge) -> bool:
        heard.append(nudge["type"])
        return takes_it

    nudges.listen(ada, hear)
    await nudges.pairing_changed(ada)
    assert heard == [nudges.PAIRED]
    if takes_it:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await layer.receive(elsewhere)
    else:
        async with asyncio.timeout(5):
            assert await layer.receive(elsewhere) == {"type": nudges.PAIRED}

    nudges.ignore(ada, hear)
    await nudges.pairing_changed(ada)
    async with asyncio.timeout(5):
        assert await layer.receive(elsewhere) == {"type": nudges.PAIRED}
    await layer.group_discard(participant_group(ada), elsewhere)
