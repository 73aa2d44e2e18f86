"""Bad input on the control socket: the answer that the protocol names, and nobody else notices."""

import json
import time
from contextlib import suppress

import pytest
from django.conf import settings
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from chat.admission import cookies
from chat.models import Participant
from tests.e2e.wire import Control, dial
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import House
from tests.integration.chat.meeting import meet, open_control, seek


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", None])
def test_a_socket_from_a_foreign_or_missing_origin_gets_403(
    newcomer: Newcomer, origin: str | None
) -> None:
    ada = newcomer()
    with pytest.raises(InvalidStatus) as refusal:
        dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header, origin)
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "parley_participant=",
        "parley_participant=00000000000000000000000000000000",
        "parley_participant=00000000000000000000000000000000:1abcde:forged",
        'parley_participant="; ;;==',
    ],
)
def test_without_a_cookie_to_believe_the_door_is_elsewhere(house: House, cookie: str) -> None:
    assert Control(dial(house.url, "/ws/chat/", "parley.v1", cookie)).expect_close() == 4401


def test_one_cookie_is_not_good_for_the_other(newcomer: Newcomer) -> None:
    ada = newcomer()
    values = {cookie.name: cookie.value for cookie in ada.cookies}
    swapped = f"{cookies.PARTICIPANT_COOKIE}={values[cookies.DEVICE_COOKIE]}"
    assert Control(dial(ada.url, "/ws/chat/", "parley.v1", swapped)).expect_close() == 4401


def test_a_participant_whom_nobody_knows_enters_first(newcomer: Newcomer) -> None:
    ada = newcomer()
    Participant.objects.all().delete()
    control = Control(dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header))
    assert control.expect_close() == 4401


@pytest.mark.parametrize("offered", [None, "parley.v2"])
def test_another_subprotocol_is_not_spoken_here_and_a_browser_learns_it(
    newcomer: Newcomer, offered: str | None
) -> None:
    ada = newcomer()
    address = f"ws{ada.url.removeprefix('http')}/ws/chat/"
    socket = connect(
        address,
        origin=Origin(ada.url),
        subprotocols=None if offered is None else [Subprotocol(offered)],
        additional_headers={"Cookie": ada.cookie_header},
        proxy=None,
        legacy=True,
    )
    # Browsers fail a handshake that chooses none of what they offered: they would see no code.
    assert socket.subprotocol == offered
    assert Control(socket).expect_close() == 4400


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\x01", 4400),
        (b'{"type": "ping"}', 4400),
        ("{not json", 4400),
        ("[1, 2]", 4400),
        ("", 4400),
        ("[" * 10_000, 4400),
        (json.dumps({"type": "say", "id": "1", "text": "x" * 17_000}), 4413),
        ("\N{GRINNING FACE}" * 5000, 4413),
    ],
)
def test_what_is_no_message_closes_the_socket_and_only_this_one(
    newcomer: Newcomer, data: bytes | str, code: int
) -> None:
    (mallory, _), (ada, _) = open_control(newcomer()), open_control(newcomer())
    mallory.socket.send(data)
    assert mallory.expect_close() == code
    ada.send("ping")
    ada.expect("pong")


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "shout"}, "bad_message"),
        ({}, "bad_message"),
        ({"type": "seek", "mode": "smoke"}, "bad_message"),
        ({"type": "say", "id": "1", "text": "x" * 501}, "too_long"),
        ({"type": "report", "reason": "because"}, "bad_message"),
    ],
)
def test_a_wrong_message_is_answered_and_the_socket_stays(
    newcomer: Newcomer, message: dict[str, object], code: str
) -> None:
    control, _ = open_control(newcomer())
    control.socket.send(json.dumps(message))
    assert control.expect("error")["code"] == code
    control.send("ping")
    control.expect("pong")


def test_lines_faster_than_two_a_second_are_slowed_down(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    for number in range(7):
        meeting.ada.send("say", id=str(number), text="hello")
    refused = meeting.ada.expect("error")
    assert (refused["code"], refused["id"]) == ("slow_down", "5")
    assert 0 < refused["retry_after_s"] <= 0.5
    for number in range(5):
        assert meeting.bo.expect("said")["id"] == str(number)


def test_a_thousand_messages_a_second_are_slowed_down_then_closed_and_nobody_notices(
    newcomer: Newcomer,
) -> None:
    meeting = meet(newcomer(), newcomer())
    mallory, _ = open_control(newcomer())
    slowest_s, began_s = 0.0, time.monotonic()
    while mallory.close_code is None and time.monotonic() - began_s < 10:
        with suppress(OSError):  # closed while sending, which is the point
            for _ in range(100):
                mallory.socket.socket.sendall(_PING)
        asked_s = time.monotonic()
        meeting.ada.send("ping")
        meeting.ada.expect("pong")
        slowest_s = max(slowest_s, time.monotonic() - asked_s)
    assert mallory.expect_close() == 4429
    assert time.monotonic() - began_s >= 3
    assert any(message.get("code") == "slow_down" for message in mallory.received)
    assert slowest_s < 1.0


def test_who_goes_through_strangers_like_cards_is_slowed_down(newcomer: Newcomer) -> None:
    meeting = meet(newcomer(), newcomer())
    for _ in range(settings.SEARCHES_DEVICE_BURST + 5):
        seek(meeting.bo)
    refused = meeting.bo.expect("error")
    assert refused["code"] == "slow_down"
    assert 0 < refused["retry_after_s"] <= 1
    assert meeting.ada.expect("ended")["by"] == "partner"


def test_who_connects_again_and_again_is_turned_away(newcomer: Newcomer) -> None:
    ada = newcomer()
    sockets = [
        Control(dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header)) for _ in range(25)
    ]
    assert sockets[-1].expect_close() == 4429
    for socket in sockets:
        socket.close()


# One masked text frame, so that the flood is not slowed down by a client library: mask 0.
_PAYLOAD = b'{"type":"ping"}'
_PING = bytes([0x81, 0x80 | len(_PAYLOAD), 0, 0, 0, 0]) + _PAYLOAD
