"""Two seats: who is told what, what is taken back, and who gets nothing."""

import json
import random
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

import pytest

from chat.relay.lane import MESSAGES_MAX, Lane
from chat.relay.rooms import Errand, Room
from chat.sampler import Limits
from chat.session.direction import Direction
from chat.session.effects import EndConversation, MediaClose, Submit
from moderation.packets import Kind
from moderation.samples import Purpose, Sample, Side
from moderation.verdicts import Decision, Reason
from reports.ids import ConversationId
from tests.packets import ZERO_MS, key_payload, message, some_payload
from tests.rehearsal import verdict_on
from tests.streams import SUBJECT

MESSAGES_IN_2_S = 400
SHORT = Limits(screened_ms=0, verdict_max_age_ms=10_000)


class Stage:
    """A room with both sockets attached; `a` sends, `b` watches."""

    def __init__(self, limits: Limits = SHORT) -> None:
        self.errands: list[tuple[Side, Errand]] = []
        self.at_ms = ZERO_MS
        self.seq = 0
        self.n = 0
        subjects = {side: replace(SUBJECT, side=side) for side in Side}
        self.room = Room(
            ConversationId(UUID(int=1)),
            {
                side: Direction(
                    subject=subjects[side],
                    node="relay-1",
                    limits=limits,
                    rng=random.Random(1),
                    latest=None,
                    now_ms=self.at_ms,
                )
                for side in Side
            },
            lambda side, errand: self.errands.append((side, errand)),
        )
        self.a, self.b = Lane(), Lane()
        self.room.attach(Side.A, 1, self.a, self.at_ms)
        self.room.attach(Side.B, 1, self.b, self.at_ms)

    @property
    def submitted(self) -> list[Sample]:
        return [e.sample for _, e in self.errands if isinstance(e, Submit)]

    @property
    def endings(self) -> list[EndConversation]:
        return [e for _, e in self.errands if isinstance(e, EndConversation)]

    def send(self, kind: Kind, payload: bytes | None = None, lane: Lane | None = None) -> bytes:
        payload = some_payload(kind) if payload is None else payload
        data = message(kind, self.seq, (self.at_ms - ZERO_MS) * 1000, payload)
        self.seq += 1
        self.room.data(Side.A, lane or self.a, data, self.at_ms)
        return data

    def judge(self, decision: Decision = Decision.CLEAR, reason: Reason = Reason.NUDITY) -> None:
        self.n += 1
        verdict = verdict_on(self.submitted[-1], self.n, decision, reason=reason)
        self.room.verdict(Side.A, verdict, self.at_ms)

    def show(self) -> bytes:
        """Have the first frame cleared; packets pass from then on."""
        first = self.send(Kind.KEY)
        self.judge()
        return first

    def tick(self, span_ms: int) -> None:
        for _ in range(span_ms // 50):
            self.at_ms += 50
            self.room.tick(self.at_ms)


def take_all(lane: Lane) -> list[bytes | str]:
    """What waits in a lane."""
    items = []
    with suppress(IndexError):
        while True:
            items.append(lane.pop())
    return items


def packets_in(lane: Lane) -> list[bytes]:
    return [item for item in take_all(lane) if isinstance(item, bytes)]


def messages_in(lane: Lane, kind: str) -> list[dict[str, object]]:
    texts = [json.loads(item) for item in take_all(lane) if isinstance(item, str)]
    return [text for text in texts if text["type"] == kind]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_both_sides_are_told_what_became_of_a_picture(stage: Stage) -> None:
    take_all(stage.a)
    take_all(stage.b)
    stage.show()
    assert messages_in(stage.a, "picture")[-1]["whose"] == "you"
    last = messages_in(stage.b, "picture")[-1]
    assert (last["whose"], last["state"]) == ("partner", "shown")


def test_what_waits_for_the_partner_is_taken_back_when_the_picture_is_held(stage: Stage) -> None:
    stage.show()
    stage.send(Kind.DELTA)
    stage.judge(Decision.HOLD)
    assert packets_in(stage.b) == []


def test_what_a_judge_thinks_of_a_person_is_told_to_nobody_else(stage: Stage) -> None:
    stage.show()
    stage.judge(Decision.HOLD, reason=Reason.AGE_UNSURE)
    assert messages_in(stage.a, "picture")[-1]["reason"] == "age_unsure"
    assert messages_in(stage.b, "picture")[-1]["reason"] is None


def test_a_technical_reason_is_told_to_both(stage: Stage) -> None:
    stage.show()
    stage.tick(3100)
    assert messages_in(stage.b, "picture")[-1]["reason"] == "no_picture"


def test_packets_reach_the_partner_unchanged_and_in_order(stage: Stage) -> None:
    sent = [stage.show(), stage.send(Kind.AUDIO), stage.send(Kind.DELTA)]
    assert packets_in(stage.b) == sent


def test_nothing_at_all_is_sent_to_a_side_without_its_control_socket(stage: Stage) -> None:
    stage.show()
    stage.room.control_gone(Side.B, stage.at_ms)
    stage.send(Kind.KEY)
    stage.judge(Decision.HOLD)
    assert [item for item in take_all(stage.b) if isinstance(item, bytes)] == []


def test_a_side_that_resumed_is_told_where_things_stand_and_goes_on_with_a_key_frame(
    stage: Stage,
) -> None:
    stage.show()
    stage.room.control_gone(Side.B, stage.at_ms)
    stage.send(Kind.DELTA)
    take_all(stage.b)
    stage.room.control_back(Side.B, stage.at_ms)
    states = {m["whose"]: m["state"] for m in messages_in(stage.b, "picture")}
    assert states == {"partner": "shown", "you": "checking"}
    stage.send(Kind.DELTA)
    assert packets_in(stage.b) == []
    key = stage.send(Kind.KEY)
    assert packets_in(stage.b) == [key]


def test_the_newest_attachment_wins(stage: Stage) -> None:
    newer = Lane()
    stage.room.attach(Side.A, 2, newer, stage.at_ms)
    assert stage.a.close_code == MediaClose.ATTACHED_ELSEWHERE
    assert newer.close_code is None
    older = Lane()
    stage.room.attach(Side.A, 1, older, stage.at_ms)
    assert older.close_code == MediaClose.ATTACHED_ELSEWHERE
    assert newer.close_code is None


def test_an_older_socket_changes_nothing_any_more(stage: Stage) -> None:
    newer = Lane()
    stage.room.attach(Side.A, 2, newer, stage.at_ms)
    stage.room.detach(Side.A, stage.a, stage.at_ms)
    stage.send(Kind.KEY, lane=stage.a)
    assert newer.close_code is None
    assert stage.submitted == []


def test_a_packet_that_breaks_the_grammar_closes_only_its_sender(stage: Stage) -> None:
    stage.room.data(Side.A, stage.a, b"\x01\x00", stage.at_ms)
    assert stage.a.close_code == MediaClose.BAD_MESSAGE
    assert stage.b.close_code is None


def test_both_pictures_are_judged_when_one_side_leaves(stage: Stage) -> None:
    stage.show()
    stage.send(Kind.DELTA)
    before = len(stage.submitted)
    stage.room.detach(Side.B, stage.b, stage.at_ms)
    assert [s.purpose for s in stage.submitted[before:]] == [Purpose.FAREWELL]
    stage.room.detach(Side.A, stage.a, stage.at_ms)
    assert stage.submitted[-1].purpose is Purpose.FAREWELL


def test_a_cut_stops_forwarding_then_ends_the_conversation(stage: Stage) -> None:
    stage.show()
    take_all(stage.b)
    stage.judge(Decision.CUT)
    assert stage.endings[0].offender is Side.A
    stage.send(Kind.KEY)
    assert packets_in(stage.b) == []
    stage.room.close(Side.A)
    assert stage.a.close_code == MediaClose.BARRED
    assert stage.b.close_code == MediaClose.ENDED


def test_both_hear_of_the_cut_before_the_close(stage: Stage) -> None:
    stage.show()
    stage.judge(Decision.CUT)
    stage.room.close(Side.A)
    assert messages_in(stage.b, "picture")[-1]["state"] == "cut"
    assert messages_in(stage.a, "picture")[-1]["state"] == "cut"


def test_a_receiver_that_never_acknowledges_is_given_up_and_the_other_is_not(stage: Stage) -> None:
    stage.show()
    for _ in range(60):
        stage.tick(100)
        stage.send(Kind.KEY if stage.at_ms % 1000 < 100 else Kind.DELTA)
        if stage.submitted[-1].purpose is Purpose.SAMPLE:
            stage.judge()
    assert stage.b.close_code == MediaClose.TOO_SLOW
    assert stage.a.close_code is None
    assert stage.endings == [
        EndConversation(offender=None, reason=None, search_on=frozenset({Side.A}))
    ]


def test_a_slow_receiver_makes_the_sender_slow_down_within_3_s(stage: Stage) -> None:
    stage.show()
    stage.tick(50)
    before = messages_in(stage.a, "rate")[-1]
    for _ in range(30):
        stage.tick(100)
        stage.send(Kind.DELTA)
        if stage.submitted[-1].purpose is Purpose.SAMPLE:
            stage.judge()
    after = messages_in(stage.a, "rate")[-1]
    assert int(str(after["kbps"])) <= int(str(before["kbps"])) // 3
    assert int(str(after["fps"])) <= int(str(before["fps"])) // 2


def test_no_key_frame_is_asked_for_while_the_receiver_lags_but_at_once_afterwards(
    stage: Stage,
) -> None:
    stage.show()
    stage.tick(50)
    take_all(stage.a)
    for _ in range(14):
        stage.tick(100)
        stage.send(Kind.DELTA)
    assert len(packets_in(stage.b)) < 1 + 14
    assert messages_in(stage.a, "key_frame") == []
    stage.room.acknowledge(Side.B, stage.b, 11, stage.at_ms)
    stage.send(Kind.DELTA)
    assert len(messages_in(stage.a, "key_frame")) == 1


def test_messages_that_pile_up_close_the_socket() -> None:
    lane = Lane()
    for _ in range(MESSAGES_MAX + 1):
        lane.put_message({"type": "key_frame"})
    assert lane.close_code == MediaClose.TOO_SLOW


def test_who_acknowledges_what_it_never_took_is_closed_and_fills_no_memory(stage: Stage) -> None:
    stage.show()
    for _ in range(8):
        stage.at_ms += 1000
        stage.send(Kind.KEY, key_payload(size=200_000))
        stage.room.acknowledge(Side.B, stage.b, stage.seq - 1, stage.at_ms)

    assert stage.b.close_code is MediaClose.TOO_SLOW
    assert packets_in(stage.b) == []


def test_a_flood_of_acknowledgements_is_4429(stage: Stage) -> None:
    for _ in range(MESSAGES_IN_2_S):
        stage.room.acknowledge(Side.B, stage.b, 0, stage.at_ms)
    assert stage.b.close_code is None
    stage.room.acknowledge(Side.B, stage.b, 0, stage.at_ms)
    assert stage.b.close_code == MediaClose.TOO_MANY
    assert stage.a.close_code is None
