"""A stranger without a browser: speaks `parley.v1` and `parley.media.v1` byte by byte.

For what a browser would never send: a dirty frame at a chosen place, broken packets, bad JSON.
"""

import json
import struct
import threading
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any

import altcha
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.cast import GROWN_UP_BORN
from tests.e2e.waiting import wait_for

HEADER = struct.Struct(">BIQ")
KEY, DELTA, AUDIO = 1, 2, 3

Message = dict[str, Any]


class Stranger:
    """A participant on the wire: cookies, a control socket, and at most one media socket."""

    def __init__(self, url: str, forwarded_for: str = "") -> None:
        self.url = url
        self.forwarded_for = forwarded_for
        self.cookies = CookieJar()
        self._http = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.control: Control | None = None
        self.media: Media | None = None

    def __enter__(self) -> "Stranger":
        return self

    def __exit__(self, *_error: object) -> None:
        for link in (self.media, self.control):
            if link is not None:
                link.close()

    def get(self, path: str) -> Message:
        request = urllib.request.Request(f"{self.url}{path}", headers=self._forwarded())
        with self._http.open(request, timeout=10) as response:
            answer: Message = json.load(response)
        return answer

    def post(
        self, path: str, body: Mapping[str, object], origin: str | None
    ) -> tuple[int, Message]:
        """Status and JSON of a POST with that Origin header (None: without one)."""
        headers = {"Content-Type": "application/json"} | self._forwarded()
        if origin is not None:
            headers["Origin"] = origin
        request = urllib.request.Request(
            f"{self.url}{path}", data=json.dumps(body).encode(), headers=headers, method="POST"
        )
        try:
            with self._http.open(request, timeout=10) as response:
                return response.status, _json_or_nothing(response.read())
        except urllib.error.HTTPError as refusal:
            return refusal.code, _json_or_nothing(refusal.read())

    def enter(self, birth_date: str = GROWN_UP_BORN.isoformat()) -> "Stranger":
        """Accept the terms with a birth date; asserts that the door opened."""
        status, answer = self.knock(birth_date)
        assert status == 201, answer
        return self

    def knock(self, birth_date: str) -> tuple[int, Message]:
        terms = self.get("/api/terms")
        body: Message = {
            "birth_date": birth_date,
            "accept_terms": terms["version"],
            "languages": ["en"],
        }
        if terms["challenge"] is not None:
            body["proof"] = solve(terms["challenge"])
        return self.post("/api/enter", body, self.url)

    def _forwarded(self) -> dict[str, str]:
        return {"X-Forwarded-For": self.forwarded_for} if self.forwarded_for else {}

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

    def connect(self) -> "Control":
        """Open the control socket and wait for `welcome`."""
        self.control = Control(dial(self.url, "/ws/chat/", "parley.v1", self.cookie_header))
        self.control.expect("welcome")
        return self.control

    def attach(self, relay: Message) -> "Media":
        """Open the media socket that `paired` named."""
        path = f"{relay['url']}?token={relay['token']}"
        self.media = Media(dial(self.url, path, "parley.media.v1", self.cookie_header))
        return self.media


class Link(ABC):
    """A socket that a thread of its own reads until it is closed."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.close_code: int | None = None
        threading.Thread(target=self._read, daemon=True).start()

    def expect_close(self, *, timeout_s: float = 15.0) -> int:
        """The close code that the server sent."""
        wait_for(lambda: self.close_code, timeout_s=timeout_s, what="the socket is closed")
        assert self.close_code is not None
        return self.close_code

    def close(self) -> None:
        self.socket.close()

    @abstractmethod
    def _note(self, message: str | bytes) -> None:
        """Take one message in; the reading thread calls it, from the constructor on."""

    def _read(self) -> None:
        try:
            for message in self.socket:
                self._note(message)
        except ConnectionClosed:
            pass
        self.close_code = self.socket.close_code


class Control(Link):
    """A control socket whose messages are collected as they come."""

    def __init__(self, socket: ClientConnection) -> None:
        self.received: list[Message] = []
        self._read_to = 0
        super().__init__(socket)

    def send(self, kind: str, **fields: object) -> None:
        self.socket.send(json.dumps({"type": kind, **fields}))

    def expect(self, kind: str, *, timeout_s: float = 15.0) -> Message:
        """The next message of that type after the last one that was expected."""

        def probe() -> Message | None:
            for index in range(self._read_to, len(self.received)):
                if self.received[index]["type"] == kind:
                    self._read_to = index + 1
                    return self.received[index]
            return None

        try:
            return wait_for(probe, timeout_s=timeout_s, what=kind)
        except AssertionError as error:
            raise AssertionError(
                f"{error}; closed: {self.close_code}; came: {self.received[-8:]}"
            ) from None

    def _note(self, message: str | bytes) -> None:
        self.received.append(json.loads(message))


class Media(Link):
    """A media socket: acknowledges what comes, notes picture states, sends packets on demand."""

    def __init__(self, socket: ClientConnection) -> None:
        self.packets: list[bytes] = []
        self.pictures: list[Message] = []
        self.key_frames_asked = 0
        self.next_seq = 0
        self._zero_s: float | None = None
        super().__init__(socket)

    def picture(self, whose: str) -> str:
        """The newest state of that side's picture; `checking` before the first message."""
        for message in reversed(self.pictures):
            if message["whose"] == whose:
                return str(message["state"])
        return "checking"

    def times_held(self, whose: str) -> int:
        """How often that side's picture was said to be held."""
        return sum(
            message["whose"] == whose and message["state"] == "held" for message in self.pictures
        )

    def expect_picture(self, whose: str, state: str, *, timeout_s: float = 15.0) -> None:
        wait_for(
            lambda: self.picture(whose) == state,
            timeout_s=timeout_s,
            what=f"picture {whose} {state} (closed: {self.close_code}; {self.pictures[-4:]})",
        )

    def send(self, kind: int, payload: bytes) -> int:
        """One packet, stamped with the time since the first; its sequence number."""
        now_s = time.monotonic()
        if self._zero_s is None:
            self._zero_s = now_s
        seq = self.next_seq
        self.next_seq += 1
        timestamp_us = int((now_s - self._zero_s) * 1_000_000)
        self.socket.send(HEADER.pack(kind, seq, timestamp_us) + payload)
        return seq

    def send_raw(self, data: bytes) -> None:
        self.socket.send(data)

    def _note(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self._acknowledge(message)
            return
        answer = json.loads(message)
        if answer["type"] == "picture":
            self.pictures.append(answer)
        elif answer["type"] == "key_frame":
            self.key_frames_asked += 1

    def _acknowledge(self, packet: bytes) -> None:
        self.packets.append(packet)
        _, seq, _ = HEADER.unpack_from(packet)
        self.socket.send(json.dumps({"type": "ack", "seq": seq}))


def dial(
    url: str,
    path: str,
    protocol: str,
    cookies: str,
    origin: str | None = "",
    *,
    forwarded_for: str = "",
) -> ClientConnection:
    """A WebSocket to `path`; `origin` is the platform's own unless given, None sends none."""
    headers = {"Cookie": cookies} if cookies else {}
    if forwarded_for:
        headers["X-Forwarded-For"] = forwarded_for
    address = path if path.startswith("ws") else f"ws{url.removeprefix('http')}{path}"
    return connect(
        address,
        origin=None if origin is None else Origin(origin or url),
        subprotocols=[Subprotocol(protocol)],
        additional_headers=headers,
        proxy=None,
        legacy=True,
    )


def solve(challenge: Message) -> str:
    """The proof that the page would send, found with ALTCHA's own library on one core."""
    asked = altcha.Challenge.from_dict(challenge)
    solution = altcha.solve_challenge(asked, timeout=0)
    assert solution is not None
    return altcha.Payload(asked, solution).to_base64()


def pair_up(one: Stranger, other: Stranger, mode: str) -> tuple[Message, Message]:
    """Connect both, let them find each other; their `paired` messages."""
    controls = [stranger.connect() for stranger in (one, other)]
    for control in controls:
        control.send("seek", mode=mode, interests=[], languages=["en"], only_common=False)
    first, second = (control.expect("paired") for control in controls)
    return first, second


def _json_or_nothing(body: bytes) -> Message:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
