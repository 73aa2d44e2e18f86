"""Decoders that are kept from one window of a segment to the next.

A window is handed in with all of its segment before it, since any process may get it. One that had
the window before goes on where it stopped, provided that it was fed exactly what is in front; any
other begins at the key frame. Either way the pictures are the same.
"""

import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from moderation.decoding import SegmentDecoder
from moderation.packets import Packet, key_frame_size
from moderation.pipeline import SEGMENT_MAX_MS, Picture

KEPT_MAX_PIXELS = 8 * 640 * 480
"""Of the segments whose decoders are kept: 3.7 MiB for one of 640 x 480, and as many windows as a
process judges in a quarter of a second."""
KEPT_S = SEGMENT_MAX_MS / 1000
"""Nothing is added to a segment that is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A decoder, what it was fed, and the picture of the last of that."""

    decoder: SegmentDecoder
    fed: tuple[Packet, ...]
    last: Picture
    pixels: int
    at_s: float


class WindowDecoders:
    """The decoders of a process. Not to be shared between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}  # by the key frame's bytes, the oldest first

    def decode(self, packets: Sequence[Packet], wanted: AbstractSet[int]) -> list[Picture]:
        """What `decoding.decode` answers for a window: packets of one segment, the last of them
        wanted. Raises `UndecodableError`."""
        video = tuple(packet for packet in packets if packet.is_video)
        kept = self._take(video, wanted)
        if kept is None:
            decoder, fed, pictures = SegmentDecoder(), 0, []
        else:
            decoder, fed = kept.decoder, len(kept.fed)
            pictures = [kept.last] if kept.last.seq in wanted else []
        pictures += decoder.decode(video[fed:], wanted)
        self._keep(decoder, video, pictures[-1])
        return pictures

    def _take(self, video: tuple[Packet, ...], wanted: AbstractSet[int]) -> _Kept | None:
        """The decoder that stopped within `video`, not behind what is wanted; it is out then, so
        that one that raises is not used again."""
        kept = self._kept.pop(video[0].data, None)
        if kept is None or kept.fed != video[: len(kept.fed)] or kept.last.seq > min(wanted):
            return None
        return kept

    def _keep(self, decoder: SegmentDecoder, fed: tuple[Packet, ...], last: Picture) -> None:
        size = key_frame_size(fed[0].payload)
        self._kept[fed[0].data] = _Kept(
            decoder=decoder,
            fed=fed,
            last=last,
            pixels=size.width * size.height,
            at_s=self._clock(),
        )
        self._drop_what_is_old()

    def _drop_what_is_old(self) -> None:
        pixels = sum(kept.pixels for kept in self._kept.values())
        for key, kept in list(self._kept.items()):
            if pixels <= KEPT_MAX_PIXELS and self._clock() - kept.at_s <= KEPT_S:
                return
            pixels -= kept.pixels
            del self._kept[key]
