"""Misuse of a media socket: the close code of the protocol, and the neighbours don't notice."""

import asyncio
import json
import os
from collections.abc import Callable

import pytest

from chat.relay.socket import TEXT_MAX_BYTES
from moderation.packets import KEY_FRAME_MAX_BYTES, Kind
from moderation.samples import Side
from tests.clients import MediaClient, dial, status_of, until
from tests.integration.relay.conftest import MakePair, Pair
from tests.packets import delta_payload, key_payload, message

HIDDEN = bytes([key_payload()[0] & ~0x10]) + key_payload()[1:]
NEW_VERSION = bytes([key_payload()[0] | 0x02]) + key_payload()[1:]

BAD: dict[str, tuple[bytes | str, int]] = {
    "an empty message": (b"", 4400),
    "a header without payload": (message(Kind.KEY, 0, 0, b""), 4400),
    "an unknown kind": (message(9, 0, 0, key_payload()), 4400),
    "a delta that calls itself a key frame": (message(Kind.KEY, 0, 0, delta_payload()), 4400),
    "a key frame that calls itself a delta": (message(Kind.DELTA, 0, 0, key_payload()), 4400),
    "a frame that is not to be shown": (message(Kind.KEY, 0, 0, HIDDEN), 4400),
    "an odd version": (message(Kind.KEY, 0, 0, NEW_VERSION), 4400),
    "16383 x 16383": (message(Kind.KEY, 0, 0, key_payload(16383, 16383)), 4400),
    "a strip": (message(Kind.KEY, 0, 0, key_payload(1280, 200)), 4400),
    "random bytes": (message(Kind.KEY, 0, 0, os.urandom(2000)), 4400),
    "a sequence that starts at 1": (message(Kind.KEY, 1, 0, key_payload()), 4400),
    "an oversize key frame": (
        message(Kind.KEY, 0, 0, key_payload(size=KEY_FRAME_MAX_BYTES + 1)),
        4413,
    ),
    "an oversize sound packet": (message(Kind.AUDIO, 0, 0, b"\x08" * 2000), 4413),
    "text that is no JSON": ("ack 5", 4400),
    "a text of another type": (json.dumps({"type": "say", "text": "hi"}), 4400),
    "an ack without a number": (json.dumps({"type": "ack", "seq": True}), 4400),
    "a list": ("[]", 4400),
    "a long text": (json.dumps({"type": "ack", "seq": 1, "x": "x" * TEXT_MAX_BYTES}), 4400),
}


@pytest.mark.parametrize("case", BAD)
async def test_it_is_closed_and_the_neighbours_go_on(make_pair: MakePair, case: str) -> None:
    data, code = BAD[case]
    ada, bo = await (await make_pair()).both()
    mallory, victim = await (await make_pair()).both()
    await mallory.send_raw(data)
    assert await mallory.closed() == code
    assert victim.close_code is None
    await ada.film(lambda: len(bo.packets) > 2)


async def test_a_delta_before_any_key_frame_is_dropped_without_a_close(pair: Pair) -> None:
    ada, bo = await pair.both()
    lost = await ada.send(Kind.DELTA)
    await ada.film(lambda: len(bo.packets) > 2)
    assert lost not in bo.packets
    assert ada.close_code is None


async def test_a_jump_in_the_sequence_is_4400(pair: Pair) -> None:
    ada, _ = await pair.both()
    await ada.send(Kind.KEY)
    ada.seq += 5
    await ada.send(Kind.DELTA)
    assert await ada.closed() == 4400


async def test_a_thousand_packets_a_second_are_4429_and_the_neighbours_go_on(
    make_pair: MakePair,
) -> None:
    ada, bo = await (await make_pair()).both()
    mallory, victim = await (await make_pair()).both()

    async def flood() -> None:
        while mallory.close_code is None:
            await mallory.send(Kind.KEY)
            await asyncio.sleep(0.001)

    await asyncio.gather(flood(), ada.film(lambda: len(bo.packets) > 10))
    assert await mallory.closed() == 4429
    assert victim.close_code is None


async def test_a_foreign_missing_or_null_origin_is_refused_with_403(pair: Pair) -> None:
    for origin in ("http://evil.example", "null", None):
        assert await status_of(pair.url(await pair.token(Side.A)), origin=origin) == 403


async def test_an_unknown_path_is_accepted_and_closed_with_4404(relay_url: str) -> None:
    client = MediaClient(await dial(f"{relay_url}/ws/nowhere/", protocols=("other",)))
    assert await client.closed() == 4404


async def test_a_socket_that_speaks_another_protocol_is_4400(pair: Pair) -> None:
    url = pair.url(await pair.token(Side.A))
    for protocols in (("parley.v1",), ()):
        assert await MediaClient(await dial(url, protocols=protocols)).closed() == 4400


@pytest.mark.parametrize(
    "forge",
    [lambda _: "", lambda _: "x" * 43, lambda token: token[:-1] + "_", lambda token: token * 3],
)
async def test_a_forged_token_is_4401(pair: Pair, forge: Callable[[str], str]) -> None:
    token = await pair.token(Side.A)
    assert await MediaClient(await dial(pair.url(forge(token)))).closed() == 4401


async def test_a_token_is_good_for_one_attachment_only(pair: Pair) -> None:
    token = await pair.token(Side.A)
    first = MediaClient(await dial(pair.url(token)))
    await until(lambda: first.picture("you"), "attached")
    assert await MediaClient(await dial(pair.url(token))).closed() == 4401
    assert first.close_code is None


async def test_a_token_of_another_node_is_4401(pair: Pair) -> None:
    token = await pair.token(Side.A, node="relay-2")
    assert await MediaClient(await dial(pair.url(token))).closed() == 4401


async def test_a_token_is_void_once_a_newer_one_was_given(pair: Pair) -> None:
    old = await pair.token(Side.A)
    await pair.token(Side.A)
    assert await MediaClient(await dial(pair.url(old))).closed() == 4401


async def test_of_two_attachments_the_newest_wins_and_is_checked_anew(pair: Pair) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: len(bo.packets) > 2)
    newer = await pair.attach(Side.A)
    assert await ada.closed() == 4409
    before = len(bo.packets)
    await newer.film(lambda: len(bo.packets) > before + 2)
    assert newer.close_code is None
