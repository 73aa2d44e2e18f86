"""A packet goes out at once while the socket takes it; what it doesn't take waits its turn."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chat.relay.lane import PACKETS_MAX_BYTES, Lane, Message
from chat.session.effects import MediaClose


class Socket:
    """Takes what is sent while it is open; `hold` makes it take nothing until `let_go`."""

    def __init__(self) -> None:
        self.taken: list[object] = []
        self.may_take = asyncio.Event()
        self.may_take.set()
        self.is_gone = False

    async def send(self, message: Message) -> None:
        await self.may_take.wait()
        if self.is_gone:
            raise ConnectionResetError
        self.taken.append(message.get("bytes") or message.get("text") or message["code"])


@pytest.fixture
async def socket() -> Socket:
    return Socket()


@pytest.fixture
async def lane(socket: Socket) -> AsyncIterator[Lane]:
    lane = Lane()
    writer = asyncio.create_task(lane.run(socket.send))
    await asyncio.sleep(0)
    yield lane
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_packet_has_left_when_put_returns(socket: Socket, lane: Lane) -> None:
    lane.put_packet(b"one")
    lane.put_message({"type": "key_frame"})
    lane.put_packet(b"two")
    assert socket.taken == [b"one", '{"type":"key_frame"}', b"two"]


async def test_a_socket_that_takes_nothing_delays_nobody_and_keeps_the_order(
    socket: Socket, lane: Lane
) -> None:
    socket.may_take.clear()
    sent = [b"%d" % number for number in range(5)]
    for data in sent[:3]:
        lane.put_packet(data)
    await settle()
    lane.put_packet(sent[3])
    assert socket.taken == []
    socket.may_take.set()
    lane.put_packet(sent[4])
    await settle()
    assert socket.taken == sent
    lane.put_packet(b"at once again")
    assert socket.taken[-1] == b"at once again"


async def test_what_waits_is_taken_back_but_for_what_has_begun(socket: Socket, lane: Lane) -> None:
    socket.may_take.clear()
    for data in (b"begun", b"waits", b"waits, too"):
        lane.put_packet(data)
    assert lane.drop_packets() == 2
    socket.may_take.set()
    await settle()
    assert socket.taken == [b"begun"]


async def test_the_close_comes_last(socket: Socket, lane: Lane) -> None:
    lane.put_packet(b"one")
    lane.close(MediaClose.TOO_SLOW)
    lane.put_packet(b"too late")
    await settle()
    assert socket.taken == [b"one", 4408]


async def test_a_socket_that_is_gone_ends_the_writer(socket: Socket) -> None:
    lane = Lane()
    writer = asyncio.create_task(lane.run(socket.send))
    await settle()
    socket.is_gone = True
    lane.put_packet(b"one")
    await asyncio.wait_for(writer, 1)
    assert socket.taken == []


async def test_a_cancelled_writer_leaves_nothing_half_done(socket: Socket) -> None:
    lane = Lane()
    writer = asyncio.create_task(lane.run(socket.send))
    await settle()
    socket.may_take.clear()
    lane.put_packet(b"one")
    writer.cancel()
    await asyncio.gather(writer, return_exceptions=True)
    socket.may_take.set()
    await settle()
    assert socket.taken == []


async def test_what_waits_is_bounded_in_bytes(socket: Socket, lane: Lane) -> None:
    socket.may_take.clear()
    half = bytes(PACKETS_MAX_BYTES // 2)
    for _ in range(3):
        lane.put_packet(half)
    assert lane.close_code is None
    lane.put_packet(b"more")
    assert lane.close_code is MediaClose.TOO_SLOW
