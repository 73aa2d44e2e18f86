"""The judge with the real models on the real Redis: from packets to verdict, bar and finding."""

import threading
from dataclasses import replace
from uuid import uuid4

import cv2
import numpy as np
import pytest
import redis
import redis.asyncio

from moderation.classifiers.base import ClassifierError, Detection, Image, Scores
from moderation.judging import now_ms
from moderation.packets import Kind
from moderation.samples import Purpose
from moderation.stores import findings, keys, mailbox, verdicts
from moderation.stores.mailbox import Overdue
from moderation.thresholds import Limits
from moderation.verdicts import Decision, Reason, Verdict
from reports.ids import ConversationId
from reports.rules import Rule
from reports.snapshots import EvidenceKind, Speaker
from tests.integration.moderation.judged_room import OFF, Room, dirty, now
from tests.moderation_cases import (
    Picture,
    astronaut,
    chelsea,
    coffee,
    encode,
    film,
    packets,
    sample,
)
from tests.streams import SUBJECT


async def test_undecodable_bytes_are_held(room: Room) -> None:
    chain = film([coffee()] * 3)
    torn = chain[1]._replace(data=chain[1].data[:30])

    verdict = await room.ask([chain[0], torn, chain[2]], Purpose.WINDOW)

    assert verdict.decision is Decision.HOLD
    assert verdict.reasons == (Reason.UNDECODABLE,)


async def test_a_stream_goes_on_after_a_worker_was_killed_over_it(room: Room) -> None:
    mailbox.mark(room.sync, room.subject.stream)  # and nobody is left to remove it

    verdict = await room.ask(film([coffee()]))

    assert verdict.decision is Decision.CLEAR
    assert room.sync.exists(keys.marker(room.subject.stream)) == 0


async def test_a_stream_over_which_two_workers_died_is_not_decoded_again(room: Room) -> None:
    mailbox.mark(room.sync, room.subject.stream)
    await room.ask(film([coffee()]))
    mailbox.mark(room.sync, room.subject.stream)

    second = await room.ask(film([coffee()]))
    third = await room.ask(film([coffee()]))

    assert second.reasons == third.reasons == (Reason.UNDECODABLE,)
    assert mailbox.mark(room.sync, room.subject.stream) is False


async def test_a_worker_that_survives_the_bytes_leaves_no_mark(room: Room) -> None:
    chain = film([coffee()] * 2)
    await room.ask([chain[0], chain[1]._replace(data=chain[1].data[:20])], Purpose.WINDOW)

    assert room.sync.exists(keys.marker(room.subject.stream)) == 0


async def test_a_broken_classifier_holds(room: Room) -> None:
    class Broken:
        version = "broken"

        def detect(self, _image: Image) -> tuple[Detection, ...]:
            raise ClassifierError("no number")

        def classify(self, _image: Image) -> Scores:
            raise ClassifierError("no number")

    room.judge = replace(room.judge, classifier=Broken())

    verdict = await room.ask(film([coffee()]))

    assert verdict.reasons == (Reason.CLASSIFIER_FAILED,)


async def test_a_window_that_was_given_up_is_not_judged(room: Room) -> None:
    chain = now(film([coffee()]))
    late = replace(
        sample(chain, purpose=Purpose.WINDOW, subject=room.subject), deadline_ms=now_ms() - 1
    )
    await mailbox.save(room.client, late, chain[-1].arrived_ms)

    with pytest.raises(Overdue):
        room.judge.judge_next(late.stream)
    assert room.judge.judge_next(late.stream) is None


async def test_a_window_that_would_be_judged_too_late_is_given_up_unseen(room: Room) -> None:
    chain = now(film([coffee()]))
    late = replace(
        sample(chain, purpose=Purpose.WINDOW, subject=room.subject), deadline_ms=now_ms() + 1000
    )
    await mailbox.save(room.client, late, chain[-1].arrived_ms)

    with pytest.raises(Overdue):
        room.judge.judge_next(late.stream, takes_ms=1500)


async def test_a_sample_that_comes_late_is_judged_all_the_same(room: Room) -> None:
    chain = now(dirty(1))
    late = replace(sample(chain, subject=room.subject), deadline_ms=now_ms() - 1)
    await mailbox.save(room.client, late, chain[-1].arrived_ms)

    verdict = room.judge.judge_next(late.stream)

    assert verdict is not None
    assert verdict.decision is Decision.HOLD


async def test_nothing_waiting_is_no_verdict(room: Room) -> None:
    assert room.judge.judge_next(room.subject.stream) is None


@pytest.mark.parametrize("length", [1, 2, 3])
async def test_one_dirty_frame_at_any_index_of_a_window_is_never_cleared(
    room: Room, length: int
) -> None:
    for before in (0, 2):
        for index in range(length):
            room.subject = replace(SUBJECT, conversation=ConversationId(uuid4()))
            pictures: list[Picture] = [coffee()] * (before + length)
            pictures[before + index] = astronaut()
            verdict = await room.ask(film(pictures), Purpose.WINDOW, first_seq=before)
            assert verdict.decision is Decision.HOLD, (before, index)


@pytest.mark.parametrize("dirty_seq", [3, 4, 5])
async def test_dirt_in_a_later_window_of_a_segment_is_held(room: Room, dirty_seq: int) -> None:
    """The judge goes on decoding where the window before it stopped."""
    pictures: list[Picture] = [coffee()] * 6
    pictures[dirty_seq] = astronaut()
    segment = now(film(pictures), later_ms=2000)
    decisions = []

    for number, first in enumerate(range(0, 6, 2)):
        submission = sample(
            segment[: first + 2],
            purpose=Purpose.WINDOW,
            first_seq=first,
            number=number,
            subject=room.subject,
        )
        await mailbox.save(room.client, submission, submission.captured_ms)
        verdict = room.judge.judge_next(submission.stream)
        assert verdict is not None
        decisions.append(verdict.decision)

    first_held = dirty_seq // 2
    assert decisions[:first_held] == [Decision.CLEAR] * first_held
    assert decisions[first_held] is Decision.HOLD


@pytest.mark.parametrize("is_newest", [True, False])
async def test_an_inset_that_comes_or_goes_in_a_still_sample_is_held(
    room: Room, is_newest: bool
) -> None:
    still = chelsea()
    with_inset = still.copy()
    with_inset[300:460, 400:613] = cv2.resize(astronaut(), (213, 160))
    assert (await room.ask(film([still] * 4), first_seq=2)).decision is Decision.CLEAR

    ends = [still, with_inset] if is_newest else [with_inset, still]
    later = await room.ask(film([still, still, *ends]), first_seq=2, later_ms=600)

    assert later.decision is Decision.HOLD


async def test_clean_key_frames_do_not_hide_dirty_deltas(room: Room) -> None:
    shown = packets(encode([astronaut() if step % 10 else coffee() for step in range(20)]))
    again = packets(encode([astronaut() if step % 10 else coffee() for step in range(10)]))
    assert [packet.kind for packet in (shown[0], again[0])] == [Kind.KEY] * 2

    at_key = await room.ask(shown[:1])
    at_delta = await room.ask(shown[:6], later_ms=300)
    in_the_next_segment = await room.ask(again[:8], later_ms=900)

    assert at_key.decision is Decision.CLEAR
    assert (at_delta.decision, at_delta.has_face) == (Decision.HOLD, True)
    assert in_the_next_segment.decision is Decision.CUT


async def test_a_verdict_says_whether_a_face_was_in_view_and_a_score_was_borderline(
    room: Room,
) -> None:
    room.under(OFF, FACE_FEMALE=Limits(release=0.5, hold=0.9, cut=0.95))
    nothing, face = await room.ask(film([coffee()])), await room.ask(film([astronaut()]))

    assert (nothing.has_face, nothing.is_borderline) == (False, False)
    assert (face.has_face, face.is_borderline) == (True, True)
    assert face.decision is Decision.CLEAR


async def test_clean_windows_are_cleared(room: Room) -> None:
    for picture in (coffee(), chelsea()):
        verdict = await room.ask(film([picture] * 3), Purpose.WINDOW)
        assert verdict.decision is Decision.CLEAR
        assert verdict.reasons == ()
    assert room.outbox.orders == []


async def test_one_dirty_frame_is_held_and_a_second_cuts(room: Room) -> None:
    first = await room.ask(dirty(1))
    assert (first.decision, first.again_in_ms) == (Decision.HOLD, 250)
    assert not await room.is_barred()

    second = await room.ask(dirty(1), later_ms=300)

    assert second.decision is Decision.CUT
    assert (first.n, second.n) == (1, 2)
    assert await room.is_barred()


async def test_a_cut_becomes_a_finding_with_pictures_scores_and_lines(room: Room) -> None:
    await room.partner_says("hello")

    verdict = await room.ask(dirty(4), Purpose.WINDOW)
    finding = room.found()

    assert verdict.decision is Decision.CUT
    assert (finding.rule, finding.cut) == (Rule.NUDITY, True)
    assert not finding.was_pressed
    assert not finding.is_child_safety
    stills = [item for item in finding.evidence if item.kind is EvidenceKind.FRAME]
    (segment,) = [item for item in finding.evidence if item.kind is EvidenceKind.SEGMENT]
    assert 1 <= len(stills) <= 3
    for still in stills:
        shown = cv2.imdecode(np.frombuffer(still.data, np.uint8), cv2.IMREAD_COLOR)
        assert shown is not None
        assert shown.shape == (480, 640, 3)
        assert still.is_offending
    assert segment.data[:4] == b"DKIF"
    assert {score.label for score in finding.snapshot.scores} == {"FACE_FEMALE"}
    assert finding.snapshot.model_version == verdict.model_version
    assert [(line.speaker, line.text) for line in finding.snapshot.lines] == [
        (Speaker.PARTNER, "hello")
    ]


async def test_a_cut_that_could_not_be_told_is_kept_for_the_sweep(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_args: object) -> Verdict:
        raise redis.TimeoutError("nobody knows whether it was told")

    monkeypatch.setattr(verdicts, "publish", lost)
    with pytest.raises(redis.TimeoutError):
        await room.ask(dirty(4), Purpose.WINDOW)

    (pending,) = findings.pending(room.sync, 2**45)
    finding = findings.load(room.sync, pending)
    assert finding is not None
    assert finding.cut
    assert [item.kind for item in finding.evidence] == [EvidenceKind.SEGMENT]
    assert await room.is_barred()


async def test_one_offence_is_one_finding_however_often_it_is_seen(room: Room) -> None:
    sampled = await room.submit(dirty(1))
    await room.submit(dirty(8), Purpose.FAREWELL)

    for _ in range(2):
        verdict = room.judge.judge_next(sampled.stream)
        assert verdict is not None
        assert verdict.decision is Decision.CUT

    assert len(findings.pending(room.sync, 2**45)) == 1


async def test_who_stops_at_the_first_hold_is_cut_by_the_farewell(room: Room) -> None:
    shown = dirty(20)
    at_once = await room.ask(shown[:1])
    assert at_once.decision is Decision.HOLD

    verdict = await room.ask(shown, Purpose.FAREWELL, later_ms=100)

    assert verdict.decision is Decision.CUT
    assert await room.is_barred()


async def test_a_farewell_waits_for_who_decodes_the_streams_last_window(room: Room) -> None:
    mailbox.mark(room.sync, room.subject.stream)
    other = threading.Timer(0.3, mailbox.unmark, (room.sync, room.subject.stream))
    other.start()

    verdict = await room.ask(dirty(20), Purpose.FAREWELL)

    other.join()
    assert verdict.decision is Decision.CUT


async def test_two_workers_who_meet_at_a_stream_are_not_taken_for_dead(room: Room) -> None:
    shown = film([coffee()])
    for _ in range(3):
        mailbox.mark(room.sync, room.subject.stream)
        other = threading.Timer(0.1, mailbox.unmark, (room.sync, room.subject.stream))
        other.start()

        verdict = await room.ask(shown, Purpose.WINDOW)

        other.join()
        assert verdict.decision is Decision.CLEAR


async def test_who_was_pressed_is_not_barred_and_the_finding_says_so(room: Room) -> None:
    await room.partner_says("take it off now")

    await room.ask(dirty(4), Purpose.WINDOW)

    assert room.found().was_pressed
    assert not await room.is_barred()


async def test_dirt_in_the_last_two_seconds_is_found_after_the_end(room: Room) -> None:
    verdict = await room.ask(film([coffee()] * 8 + [astronaut()] * 12), Purpose.FAREWELL)

    assert verdict.decision is Decision.CUT
    assert await room.is_barred()
