"""The last seconds of a picture: always decodable, never more than a submission may hold."""

from chat.session.footage import FAREWELL_MS, KEPT_MS, SEGMENT_MAX_MS, SEGMENT_MAX_PACKETS, Footage
from moderation.packets import Kind
from tests.packets import ZERO_MS, packet


def film(footage: Footage, span_ms: int, *, every_ms: int, key_every: int, seq: int = 0) -> None:
    for index in range(span_ms // every_ms):
        kind = Kind.KEY if index % key_every == 0 else Kind.DELTA
        footage.add(packet(kind, seq + index, index * every_ms))


def test_a_delta_without_a_key_frame_is_refused() -> None:
    footage = Footage()
    assert not footage.add(packet(Kind.DELTA, 0, 0))
    assert footage.newest is None
    assert footage.farewell() is None


def test_after_a_missing_packet_only_a_key_frame_is_taken() -> None:
    footage = Footage()
    footage.add(packet(Kind.KEY, 0, 0))
    footage.break_off()
    assert not footage.add(packet(Kind.DELTA, 1, 50))
    assert footage.add(packet(Kind.KEY, 2, 100))


def test_the_packets_up_to_a_frame_begin_with_its_own_key_frame() -> None:
    footage = Footage()
    film(footage, 1000, every_ms=100, key_every=4)
    newest = footage.newest
    assert newest is not None
    assert [p.seq for p in footage.upto(newest)] == [8, 9]


def test_ten_seconds_are_kept_and_evidence_begins_with_a_key_frame() -> None:
    footage = Footage()
    film(footage, 15_000, every_ms=100, key_every=20)
    evidence = footage.evidence()
    assert evidence[0].kind is Kind.KEY
    assert evidence[0].arrived_ms >= ZERO_MS + 14_900 - KEPT_MS
    assert len(evidence) > 70


def test_a_farewell_covers_two_seconds_across_segments() -> None:
    footage = Footage()
    film(footage, 5000, every_ms=100, key_every=9)
    extract = footage.farewell()
    assert extract is not None
    assert extract.packets[0].kind is Kind.KEY
    assert extract.packets[-1] is footage.newest
    first = next(p for p in extract.packets if p.seq == extract.first_seq)
    assert extract.packets[-1].arrived_ms - first.arrived_ms == FAREWELL_MS


def test_a_farewell_never_exceeds_a_submission() -> None:
    footage = Footage()
    film(footage, 6000, every_ms=17, key_every=40)
    extract = footage.farewell()
    assert extract is not None
    assert len(extract.packets) <= SEGMENT_MAX_PACKETS
    spans_ms = extract.packets[-1].arrived_ms - extract.packets[0].arrived_ms
    assert spans_ms <= SEGMENT_MAX_MS
    assert extract.packets[0].kind is Kind.KEY


def test_a_new_attachment_keeps_the_earlier_seconds_as_evidence_only() -> None:
    footage = Footage()
    film(footage, 1000, every_ms=100, key_every=5)
    footage.begin()
    assert footage.newest is None
    assert len(footage.evidence()) == 10
    footage.add(packet(Kind.KEY, 0, 2000))
    assert len(footage.evidence()) == 11
    extract = footage.farewell()
    assert extract is not None
    assert len(extract.packets) == 1
