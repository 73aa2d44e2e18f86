"""The people of `make bench-relay`: pairs that send 40 packets of 2 kB a second each, in one loop.

A process of its own, driven by lines of JSON on its standard input and answering each with one:

- `{"do": "attach", "port": n, "pairs": [[token, token], …]}`: open both sockets of each pair;
- `{"do": "measure", "for_s": n}`: what came meanwhile, and how late;
- `{"do": "stall", "count": n}`: so many receivers read and acknowledge nothing from now on, until
  their partners are sent away; says after how long each was.

No library: a WebSocket library in Python costs more per packet than the relay that is measured.
Frames are made once; before each goes out its number and its time are written into it. They are
masked with zeros, which are as much work for the server as any other mask.
"""

import base64
import heapq
import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from moderation.packets import HEADER, Kind
from tests.bench.figures import percentile
from tests.clients import MEDIA, ORIGIN
from tests.packets import delta_payload, key_payload, message, sound_payload

PER_S = 40
EVERY_NS = 1_000_000_000 // PER_S
PATTERN = (Kind.DELTA, Kind.AUDIO, Kind.DELTA, Kind.AUDIO, Kind.DELTA)
"""24 frames and 16 packets of sound a second."""
KEY_EVERY = 80
"""A key frame every 2 s, and whenever one is asked for."""
ACK_EVERY = 8
"""Slots: 200 ms, the longest that the protocol allows."""
VIDEO_BYTES = 2333
SOUND_BYTES = 1500
"""Sound may be no larger; together with the video, packets are of 2,000 bytes in the mean."""

READ_MAX_BYTES = 1 << 16
ATTACHED_WITHIN_S = 10.0
TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
MASKED = 0x80
STAMP = struct.Struct(">IQ")


def _frame(opcode: int, payload: bytes) -> bytearray:
    """A client's frame with a mask of zeros; the payload is its end."""
    size = len(payload)
    length = (
        bytes([MASKED | size]) if size < 126 else bytes([MASKED | 126]) + size.to_bytes(2, "big")
    )
    return bytearray(bytes([0x80 | opcode]) + length + bytes(4) + payload)


def _packet_frame(kind: Kind, payload: bytes) -> tuple[bytearray, int]:
    """A frame with a packet in it, and where number and time of the packet begin."""
    data = message(kind, 0, 0, payload)
    frame = _frame(BINARY, data)
    return frame, len(frame) - len(data) + 1


FRAMES = {
    Kind.KEY: _packet_frame(Kind.KEY, key_payload(size=VIDEO_BYTES - HEADER.size)),
    Kind.DELTA: _packet_frame(Kind.DELTA, delta_payload(size=VIDEO_BYTES - HEADER.size)),
    Kind.AUDIO: _packet_frame(Kind.AUDIO, sound_payload(size=SOUND_BYTES - HEADER.size)),
}


class Peer:
    """One side's socket."""

    def __init__(self, port: int, token: str) -> None:
        self.socket = _dial(port, token)
        self.partner = self
        self.is_open = True
        self.is_reading = True
        self.stalled_ns = 0
        self.left_after_s: float | None = None
        self.close_code: int | None = None
        self.zero_ns = 0
        self.slot = 0
        self.seq = 0
        self._received_seq = -1
        self._needs_key = True
        self._read = b""
        self._unsent = b""

    def step(self, now_ns: int) -> None:
        """Send what is due in this slot."""
        if not self.is_open:
            return
        self._send(self._next_frame(now_ns))
        if self.is_reading and self.slot % ACK_EVERY == 0 and self._received_seq >= 0:
            self._send(_frame(TEXT, b'{"type":"ack","seq":%d}' % self._received_seq))
        self.slot += 1

    def delays_ns(self, now_ns: int) -> Iterator[int]:
        """Read what came; yields how long each packet was under way."""
        try:
            came = self.socket.recv(READ_MAX_BYTES)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._gone(now_ns, 1006)
            return
        data = self._read + came
        position = 0
        while (found := _frame_at(data, position)) is not None:
            opcode, begin, position = found
            if opcode == BINARY:
                self._received_seq, stamp_us = STAMP.unpack_from(data, begin + 1)
                yield now_ns - self.partner.zero_ns - stamp_us * 1000
            elif opcode == TEXT:
                self._needs_key = self._needs_key or b'"key_frame"' in data[begin:position]
            elif opcode == PING:
                self._send(_frame(10, data[begin:position]))
            elif opcode == CLOSE:
                self._gone(now_ns, int.from_bytes(data[begin : begin + 2], "big"))
        self._read = data[position:]

    def _next_frame(self, now_ns: int) -> bytearray:
        kind = PATTERN[self.slot % len(PATTERN)]
        if kind is Kind.DELTA and (self._needs_key or self.slot % KEY_EVERY == 0):
            kind = Kind.KEY
            self._needs_key = False
        if not self.seq:
            self.zero_ns = now_ns
        frame, place = FRAMES[kind]
        STAMP.pack_into(frame, place, self.seq, (now_ns - self.zero_ns) // 1000)
        self.seq += 1
        return frame

    def _send(self, frame: bytearray) -> None:
        data = self._unsent + frame if self._unsent else frame
        try:
            sent = self.socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._gone(time.monotonic_ns(), 1006)
            return
        self._unsent = bytes(data[sent:]) if sent < len(data) else b""

    def _gone(self, now_ns: int, code: int) -> None:
        if self.is_open:
            self.is_open = False
            self.close_code = code
            if self.partner.stalled_ns:
                self.left_after_s = (now_ns - self.partner.stalled_ns) / 1e9


class Load:
    """All peers, in one loop with the commands."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._poll.register(sys.stdin.fileno(), select.EPOLLIN)
        self._peers: dict[int, Peer] = {}
        self._due: list[tuple[int, int]] = []
        self._delays_ns: list[int] = []

    def run(self) -> None:
        """Obey until the input ends."""
        while (line := self._turn(None)) is not None:
            if not line:
                return
            command: dict[str, Any] = json.loads(line)
            match command["do"]:
                case "attach":
                    answer = self._attach(command["port"], command["pairs"])
                case "measure":
                    answer = self._measure(command["for_s"])
                case _:
                    answer = self._stall(command["count"])
            print(json.dumps(answer), flush=True)

    def _turn(self, until_ns: int | None) -> str | None:
        """Send and receive until then, or until there is a command."""
        while until_ns is None or time.monotonic_ns() < until_ns:
            now_ns = time.monotonic_ns()
            while self._due and self._due[0][0] <= now_ns:
                due_ns, number = heapq.heappop(self._due)
                peer = self._peers[number]
                peer.step(time.monotonic_ns())
                if peer.is_open:
                    heapq.heappush(self._due, (due_ns + EVERY_NS, number))
            wait_s = (self._due[0][0] - time.monotonic_ns()) / 1e9 if self._due else -1
            for number, _ in self._poll.poll(max(0.0, wait_s) if self._due else None):
                if number != sys.stdin.fileno():
                    peer = self._peers[number]
                    self._delays_ns.extend(peer.delays_ns(time.monotonic_ns()))
                    if not peer.is_open:
                        self._poll.unregister(number)
                elif until_ns is None:
                    return sys.stdin.readline()
        return None

    def _attach(self, port: int, pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
        """Open the pairs' sockets, a pair at a time; the others go on meanwhile."""
        for index, (token, other) in enumerate(pairs):
            a, b = Peer(port, token), Peer(port, other)
            a.partner, b.partner = b, a
            for side, peer in enumerate((a, b)):
                number = peer.socket.fileno()
                self._peers[number] = peer
                self._poll.register(number, select.EPOLLIN)
                # Spread over the time between two packets, wherever the next one stands.
                phase_ns = EVERY_NS * ((index * 2 + side) * 7919 % 997) // 997
                heapq.heappush(self._due, (time.monotonic_ns() + phase_ns, number))
            self._turn(time.monotonic_ns() + EVERY_NS * 2)
        return {"open": self._open_count()}

    def _measure(self, for_s: float) -> dict[str, object]:
        self._delays_ns.clear()
        sent = self._sent_count()
        cpu_s, began_s = time.process_time(), time.monotonic()
        self._turn(time.monotonic_ns() + int(for_s * 1e9))
        took_s = time.monotonic() - began_s
        delays_ns = self._delays_ns or [0]
        return {
            "packets": len(self._delays_ns),
            "passed": len(self._delays_ns) / max(1, self._sent_count() - sent),
            "took_s": took_s,
            "p50_ms": percentile(delays_ns, 50) / 1e6,
            "p99_ms": percentile(delays_ns, 99) / 1e6,
            "load_cpu": (time.process_time() - cpu_s) / took_s,
            "open": self._open_count(),
            "left_after_s": [p.left_after_s for p in self._peers.values() if p.left_after_s],
        }

    def _stall(self, count: int) -> dict[str, object]:
        stalled = [peer for peer in self._peers.values() if peer.is_open][: count * 2 : 2]
        for peer in stalled:
            peer.is_reading = False
            peer.stalled_ns = time.monotonic_ns()
            self._poll.unregister(peer.socket.fileno())
        return {"stalled": len(stalled)}

    def _sent_count(self) -> int:
        return sum(peer.seq for peer in self._peers.values())

    def _open_count(self) -> int:
        return sum(peer.is_open for peer in self._peers.values())


def _dial(port: int, token: str) -> socket.socket:
    """A socket after the handshake, not blocking."""
    one = socket.create_connection(("127.0.0.1", port), timeout=ATTACHED_WITHIN_S)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = (
        f"GET /ws/media/?token={token} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        *(f"Sec-WebSocket-Key: {key}", f"Sec-WebSocket-Protocol: {MEDIA}", f"Origin: {ORIGIN}"),
    )
    one.sendall("\r\n".join((*lines, "", "")).encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += one.recv(1)
    if not answer.startswith(b"HTTP/1.1 101"):
        raise ConnectionError(answer.decode(errors="replace"))
    one.setblocking(False)
    return one


def _frame_at(data: bytes, position: int) -> tuple[int, int, int] | None:
    """Opcode, begin and end of the payload of the frame there; None when it isn't whole."""
    if len(data) < position + 2:
        return None
    opcode, size, begin = data[position] & 0x0F, data[position + 1], position + 2
    if size >= 126:
        width = 2 if size == 126 else 8
        if len(data) < begin + width:
            return None
        size = int.from_bytes(data[begin : begin + width], "big")
        begin += width
    return None if len(data) < begin + size else (opcode, begin, begin + size)


if __name__ == "__main__":
    Load().run()
