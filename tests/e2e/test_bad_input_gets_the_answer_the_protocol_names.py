"""Bad input over the wire, on the running platform: the named answer, and nobody else notices."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cast import GROWN_UP_BORN, UNDER_AGE_BORN
from tests.e2e.cameras import picture
from tests.e2e.configurations import FACES
from tests.e2e.film import encode
from tests.e2e.platform import Platform
from tests.e2e.projector import Projector
from tests.e2e.wire import DELTA, HEADER, KEY, Control, Stranger, dial, pair_up

CONFIGURATION = FACES

FLOOD_MAX_S = 10.0
FOREIGN_ORIGIN = "https://elsewhere.example"


@pytest.fixture
def ada(platform: Platform) -> Iterator[Stranger]:
    with Stranger(platform.url) as stranger:
        yield stranger.enter()


@pytest.fixture
def bo(platform: Platform) -> Iterator[Stranger]:
    with Stranger(platform.url) as stranger:
        yield stranger.enter()


@pytest.fixture
def guest(platform: Platform) -> Iterator[Stranger]:
    with Stranger(platform.url) as stranger:
        yield stranger


# Entering


@pytest.mark.parametrize("origin", [FOREIGN_ORIGIN, "null", None])
def test_entering_is_refused_from_a_foreign_or_missing_origin(
    guest: Stranger, origin: str | None
) -> None:
    version = guest.get("/api/terms")["version"]
    body = {"birth_date": "1990-05-17", "accept_terms": version, "languages": ["en"]}
    status, _ = guest.post("/api/enter", body, origin)
    assert status == 403
    assert not list(guest.cookies)


@pytest.mark.parametrize("birth_date", ["", "yesterday", "2990-01-01", "1800-01-01", 7, None])
def test_entering_without_a_believable_birth_date_is_a_bad_request(
    guest: Stranger, birth_date: object
) -> None:
    version = guest.get("/api/terms")["version"]
    body = {"birth_date": birth_date, "accept_terms": version, "languages": ["en"]}
    status, answer = guest.post("/api/enter", body, guest.url)
    assert (status, answer["code"]) == (400, "bad_request")
    assert "birth_date" in answer["fields"]


def test_an_under_age_answer_hangs_on_the_device(guest: Stranger) -> None:
    for birth_date in (UNDER_AGE_BORN, GROWN_UP_BORN):
        status, answer = guest.knock(birth_date.isoformat())
        assert (status, answer["code"]) == (403, "under_age")


# The control socket


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/media/?token=x"])
@pytest.mark.parametrize("origin", [FOREIGN_ORIGIN, "null", None])
def test_a_socket_from_a_foreign_origin_gets_403(
    ada: Stranger, path: str, origin: str | None
) -> None:
    protocol = "parley.v1" if "chat" in path else "parley.media.v1"
    with pytest.raises(InvalidStatus) as refusal:
        dial(ada.url, path, protocol, ada.cookie_header, origin)
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    ("path", "cookies", "code"),
    [
        ("/ws/nowhere/", "", 4404),
        ("/ws/chat/", "", 4401),
        ("/ws/chat/", "parley_participant=forged:1abc:def; parley_device=forged", 4401),
    ],
)
def test_a_stranger_to_the_house_is_told_so_by_the_close_code(
    guest: Stranger, path: str, cookies: str, code: int
) -> None:
    control = Control(dial(guest.url, path, "parley.v1", cookies))
    assert control.expect_close() == code


def test_a_forged_media_token_is_closed(ada: Stranger) -> None:
    media = ada.attach({"url": "/ws/media/", "token": "f" * 43})
    assert media.expect_close() in {4401, 4404}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\x01", 4400),
        ("{not json", 4400),
        ("[1, 2]", 4400),
        ('"hello"', 4400),
        (json.dumps({"type": "say", "id": "1", "text": "x" * 17_000}), 4413),
    ],
)
def test_what_is_no_message_closes_the_socket(ada: Stranger, data: bytes | str, code: int) -> None:
    control = ada.connect()
    control.socket.send(data)
    assert control.expect_close() == code


@pytest.mark.parametrize(
    "message",
    [
        {"type": "shout"},
        {"type": "say"},
        {"type": 7},
        {},
        {"type": "seek", "mode": "smoke"},
        {"type": "seek", "mode": "text", "interests": "cats"},
        {"type": "report", "reason": "because"},
    ],
)
def test_a_wrong_message_is_answered_and_the_socket_stays(
    ada: Stranger, message: dict[str, object]
) -> None:
    control = ada.connect()
    control.socket.send(json.dumps(message))
    assert control.expect("error")["code"] == "bad_message"
    control.send("ping")
    control.expect("pong")


def test_a_report_without_a_partner_is_not_paired(ada: Stranger) -> None:
    control = ada.connect()
    control.send("report", reason="spam", note="")
    assert control.expect("error")["code"] in {"not_paired", "no_such_conversation"}
    control.send("report", reason="spam", conversation="6e7f1f9e-7a87-4b4e-9d0a-0b5a3a0f7c11")
    assert control.expect("error")["code"] == "no_such_conversation"


def test_a_flood_is_slowed_down_then_closed(ada: Stranger) -> None:
    control = ada.connect()
    beat, give_up_at_s = threading.Event(), time.monotonic() + FLOOD_MAX_S
    with suppress(ConnectionClosed):
        while time.monotonic() < give_up_at_s:
            for _ in range(50):
                control.send("typing", on=True)
            beat.wait(0.05)  # a thousand a second
    assert control.expect_close() == 4429
    assert any(message.get("code") == "slow_down" for message in control.received)


def test_the_newest_of_two_sockets_wins(ada: Stranger) -> None:
    first = ada.connect()
    second = ada.connect()
    assert first.expect_close() == 4409
    second.send("ping")
    second.expect("pong")


# The media socket, while a partner talks on and notices nothing


def _lie(payload: bytes) -> bytes:
    return bytes([payload[0] ^ 1]) + payload[1:]


def _hide(payload: bytes) -> bytes:
    return bytes([payload[0] & ~0x10]) + payload[1:]


def _huge(payload: bytes) -> bytes:
    return payload[:6] + b"\xff\x3f\xff\x3f" + payload[10:]


KEY_PAYLOAD = encode([picture("coffee")])[0].payload

BROKEN = {
    "an empty packet": HEADER.pack(KEY, 0, 0),
    "a header cut short": HEADER.pack(KEY, 0, 0)[:7],
    "an unknown kind": HEADER.pack(9, 0, 0) + KEY_PAYLOAD,
    "a kind that lies": HEADER.pack(DELTA, 0, 0) + KEY_PAYLOAD,
    "a tag that lies": HEADER.pack(KEY, 0, 0) + _lie(KEY_PAYLOAD),
    "a hidden frame": HEADER.pack(KEY, 0, 0) + _hide(KEY_PAYLOAD),
    "a picture of 16383x16383": HEADER.pack(KEY, 0, 0) + _huge(KEY_PAYLOAD),
    "a sequence that jumps": HEADER.pack(KEY, 7, 0) + KEY_PAYLOAD,
    "a key frame over 256 KiB": HEADER.pack(KEY, 0, 0) + KEY_PAYLOAD.ljust(257 * 1024, b"x"),
}


@pytest.mark.parametrize("name", [*BROKEN, "random bytes as VP8"])
def test_a_broken_packet_never_reaches_the_partner(ada: Stranger, bo: Stranger, name: str) -> None:
    mine, theirs = pair_up(ada, bo, "video")
    sending, receiving = ada.attach(mine["relay"]), bo.attach(theirs["relay"])
    if name == "random bytes as VP8":
        # A tag and a start code that are well formed, and noise after them: the decoder's to find.
        sending.send(KEY, KEY_PAYLOAD[:10] + bytes(range(256)) * 200)
        sending.expect_picture("you", "held")
        reasons = [item["reason"] for item in sending.pictures if item["whose"] == "you"]
        assert "undecodable" in reasons
    else:
        sending.send_raw(BROKEN[name])
        assert sending.expect_close() == (4413 if "256 KiB" in name else 4400)
    assert ada.control is not None
    assert bo.control is not None
    assert receiving.packets == []
    assert bo.control.close_code is None
    bo.control.send("ping")
    bo.control.expect("pong")


def test_a_clock_that_runs_ahead_closes_the_socket(ada: Stranger, bo: Stranger) -> None:
    mine, theirs = pair_up(ada, bo, "video")
    sending, receiving = ada.attach(mine["relay"]), bo.attach(theirs["relay"])
    frames = encode([picture("coffee"), picture("coffee", 0.1)])
    sending.send(KEY, frames[0].payload)
    sending.send_raw(HEADER.pack(DELTA, 1, 60_000_000) + frames[1].payload)
    assert sending.expect_close() == 4400
    assert [HEADER.unpack_from(packet)[1] for packet in receiving.packets] in ([], [0])


def test_a_delta_before_the_first_key_frame_is_dropped_in_silence(
    ada: Stranger, bo: Stranger
) -> None:
    mine, theirs = pair_up(ada, bo, "video")
    sending, receiving = ada.attach(mine["relay"]), bo.attach(theirs["relay"])
    frames = encode([picture("coffee", turn / 10) for turn in range(10)])
    sending.send(DELTA, frames[1].payload)
    for frame in frames:
        sending.send(frame.kind, frame.payload)
    receiving.expect_picture("partner", "shown")
    assert sending.close_code is None
    kind, seq, _ = HEADER.unpack_from(receiving.packets[0])
    assert (kind, seq) == (KEY, 1)


# Who is barred


def test_who_is_barred_can_neither_go_on_nor_enter_again(ada: Stranger, bo: Stranger) -> None:
    mine, theirs = pair_up(ada, bo, "video")
    sending, _ = ada.attach(mine["relay"]), bo.attach(theirs["relay"])
    assert ada.control is not None
    with Projector(sending, encode([picture("astronaut", turn / 40) for turn in range(40)])):
        barred = ada.control.expect("barred")
    assert barred["rule"] == "nudity"
    assert ada.control.expect_close() == 4403

    again = Control(dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header))
    with suppress(ConnectionClosed):
        again.send("seek", mode="text", interests=[], languages=["en"], only_common=False)
    assert again.expect("barred")["statement"]["code"]
    assert again.expect_close() == 4403
    assert "paired" not in [message["type"] for message in again.received]
    status, answer = ada.knock(GROWN_UP_BORN.isoformat())
    assert (status, answer["code"]) == (403, "barred")
