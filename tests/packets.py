"""Media packets made by hand: they keep the grammar, and hold no picture that could be decoded."""

from moderation.packets import HEADER, Kind, Packet, parse_packet

ZERO_MS = 1_800_000_000_000


def key_payload(width: int = 640, height: int = 480, size: int = 400, mark: int = 0) -> bytes:
    """A VP8 key frame's header, filled up to `size` bytes."""
    head = _tag(is_key=True, size=size) + b"\x9d\x01\x2a"
    head += width.to_bytes(2, "little") + height.to_bytes(2, "little")
    return head + bytes([mark % 256]) * (size - len(head))


def delta_payload(size: int = 100, mark: int = 0) -> bytes:
    """A VP8 delta frame's tag, filled up to `size` bytes."""
    return _tag(is_key=False, size=size) + bytes([mark % 256]) * (size - 3)


def sound_payload(size: int = 60, mark: int = 0) -> bytes:
    """An Opus packet of one frame."""
    return b"\x08" + bytes([mark % 256]) * (size - 1)


def some_payload(kind: Kind, mark: int = 0) -> bytes:
    """A payload of that kind, of the usual size."""
    match kind:
        case Kind.KEY:
            return key_payload(mark=mark)
        case Kind.DELTA:
            return delta_payload(mark=mark)
        case Kind.AUDIO:
            return sound_payload(mark=mark)


def message(kind: int, seq: int, timestamp_us: int, payload: bytes) -> bytes:
    """A whole binary message."""
    return HEADER.pack(kind, seq, timestamp_us) + payload


def packet(kind: Kind, seq: int, at_ms: int, *, payload: bytes | None = None) -> Packet:
    """A packet that left and arrived at `at_ms` after ZERO_MS."""
    if payload is None:
        payload = some_payload(kind, seq)
    return parse_packet(message(kind, seq, at_ms * 1000, payload), ZERO_MS + at_ms)


def _tag(*, is_key: bool, size: int) -> bytes:
    first_partition = max(3, min(size, 50))
    value = (0 if is_key else 1) | 1 << 4 | first_partition << 5
    return value.to_bytes(3, "little")
