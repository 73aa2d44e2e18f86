"""Evidence from pictures and packets: stills as PNG, segments as IVF."""

from collections.abc import Sequence
from typing import TypeVar

import cv2

from moderation.classifiers.base import Image
from moderation.context import at
from moderation.decoding import decode
from moderation.packets import Kind, Packet, key_frame_size
from moderation.pipeline import Picture, UndecodableError
from reports.evidence_room import ivf
from reports.snapshots import EvidenceItem, EvidenceKind

FRAMES_OF_FINDING = 3
FRAMES_OF_REPORT = 6
"""As few as show what happened: people have to look at them."""

REPORT_DECODE_MAX_S = 10.0

T = TypeVar("T")


def of_finding(offending: Sequence[Picture], packets: Sequence[Packet]) -> tuple[EvidenceItem, ...]:
    """At most three of the offending pictures, and the segment they were decoded from."""
    stills = [
        _still(picture, is_offending=True) for picture in _spread(offending, FRAMES_OF_FINDING)
    ]
    return (*stills, *_segment(packets, is_offending=True))


def of_report(packets: Sequence[Packet]) -> tuple[EvidenceItem, ...]:
    """At most six stills and the packets themselves; only the packets when they can't be decoded.

    Empty when there is no key frame among them.
    """
    segment = _segment(packets, is_offending=False)
    if not segment:
        return ()
    video = _from_key_frame(packets)
    wanted = frozenset(packet.seq for packet in _spread(video, FRAMES_OF_REPORT))
    try:
        pictures = decode(video, wanted, max_s=REPORT_DECODE_MAX_S)
    except UndecodableError:
        return segment
    return (*(_still(picture, is_offending=False) for picture in pictures), *segment)


def png(image: Image) -> bytes:
    """The picture, losslessly."""
    is_encoded, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not is_encoded:
        raise ValueError("OpenCV could not write a PNG")
    return data.tobytes()


def segment_file(packets: Sequence[Packet]) -> bytes:
    """Video packets, from a key frame on, as an IVF file with their arrival times in ms."""
    size = key_frame_size(packets[0].payload)
    started_ms = packets[0].arrived_ms
    frames = [
        ivf.IvfFrame(at_ms=packet.arrived_ms - started_ms, payload=bytes(packet.payload))
        for packet in packets
    ]
    return ivf.write(frames, width=size.width, height=size.height)


def _still(picture: Picture, *, is_offending: bool) -> EvidenceItem:
    return EvidenceItem(
        kind=EvidenceKind.FRAME,
        media_type="image/png",
        data=png(picture.render()),
        captured_at=at(picture.captured_ms),
        is_offending=is_offending,
    )


def _segment(packets: Sequence[Packet], *, is_offending: bool) -> tuple[EvidenceItem, ...]:
    video = _from_key_frame(packets)
    if not video:
        return ()
    item = EvidenceItem(
        kind=EvidenceKind.SEGMENT,
        media_type="video/x-ivf",
        data=segment_file(video),
        captured_at=at(video[0].arrived_ms),
        is_offending=is_offending,
    )
    return (item,)


def _from_key_frame(packets: Sequence[Packet]) -> list[Packet]:
    """The video packets from the first key frame on."""
    video = [packet for packet in packets if packet.is_video]
    for index, packet in enumerate(video):
        if packet.kind is Kind.KEY:
            return video[index:]
    return []


def _spread(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of `items`, evenly from the first to the last."""
    if len(items) <= most:
        return list(items)
    return [items[round(step * (len(items) - 1) / (most - 1))] for step in range(most)]
