"""Two cameras through a real relay node: screened, sampled, held, cut."""

from chat.stores.conversations import EndedBy
from chat.trust import Level
from moderation.packets import Kind
from moderation.samples import Purpose, Sample, Side
from moderation.verdicts import Decision, Verdict
from reports.rules import Rule
from tests.clients import until
from tests.integration.relay.conftest import Pair
from tests.integration.relay.judge import TestJudge, hold, nothing
from tests.rehearsal import verdict_on


async def test_nothing_is_shown_while_nobody_judges(pair: Pair, judge: TestJudge) -> None:
    judge.answer = nothing
    ada, bo = await pair.both()
    await ada.film(lambda: bo.picture("partner") == "held")
    assert bo.packets == []
    assert ada.asked("key_frame") >= 1


async def test_a_held_picture_shows_nothing_and_comes_back_when_it_is_clear(
    pair: Pair, judge: TestJudge
) -> None:
    judge.answer = hold
    ada, bo = await pair.both()
    await ada.film(lambda: bo.picture("partner") == "held")
    assert bo.packets == []
    judge.answer = lambda sample: verdict_on(sample, 0)
    await ada.film(lambda: bo.picture("partner") == "shown" and len(bo.packets) > 3)


async def test_packets_pass_unchanged_first_screened_then_sampled(
    pair: Pair, judge: TestJudge
) -> None:
    ada, bo = await pair.both()
    sent = await ada.film(lambda: judge.taken_as(Purpose.SAMPLE) and len(bo.packets) > 20)
    assert judge.taken_as(Purpose.WINDOW)
    assert set(bo.packets) <= set(sent)
    assert bo.packets == [data for data in sent if data in set(bo.packets)]
    assert bo.packets[0][0] == Kind.KEY
    assert ada.messages[-1]["type"] != "error"


async def test_who_is_kept_apart_is_screened_throughout(pair: Pair, judge: TestJudge) -> None:
    ada = await pair.attach(Side.A, level=Level.NEGATIVE)
    bo = await pair.attach(Side.B)
    # Newcomers are sampled after half a second here: about ten frames.
    await ada.film(lambda: len(bo.packets) > 60)
    adas = pair.conversation.subject(Side.A).stream
    assert {one.purpose for one in judge.taken if one.stream == adas} == {Purpose.WINDOW}


async def test_one_dirty_frame_at_any_place_of_the_screened_period_never_passes(
    pair: Pair, judge: TestJudge
) -> None:
    dirty = 7

    def answer(sample: Sample) -> Verdict | None:
        judged = [p for p in sample.packets if sample.first_seq <= p.seq <= sample.last_seq]
        is_dirty = any(p.seq == dirty for p in judged)
        return verdict_on(sample, 0, Decision.HOLD if is_dirty else Decision.CLEAR)

    judge.answer = answer
    ada, bo = await pair.both()
    sent = await ada.film(lambda: bo.picture("partner") == "held")
    assert sent[dirty] not in bo.packets
    await ada.film(lambda: bo.picture("partner") == "shown")
    assert sent[dirty] not in bo.packets


async def test_sound_passes_only_with_a_picture_that_is_shown(pair: Pair, judge: TestJudge) -> None:
    judge.answer = hold
    ada, bo = await pair.both()
    await ada.send(Kind.KEY)
    await ada.send(Kind.AUDIO)
    await until(lambda: bo.picture("partner") == "held", "held")
    await ada.send(Kind.AUDIO)
    judge.answer = lambda sample: verdict_on(sample, 0)
    await ada.film(lambda: bo.picture("partner") == "shown" and len(bo.packets) > 15)
    assert bo.received(Kind.AUDIO) == []
    sound = await ada.send(Kind.AUDIO)
    await ada.film(lambda: sound in bo.packets)


async def test_a_cut_ends_it_for_both_and_names_the_offender(pair: Pair, judge: TestJudge) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: len(bo.packets) > 3)
    judge.answer = lambda sample: (
        verdict_on(sample, 0, Decision.CUT) if sample.subject.side is Side.A else None
    )
    await ada.film(lambda: ada.close_code is not None)
    assert ada.close_code == 4403
    assert await bo.closed() == 1000
    assert bo.picture("partner") == "cut"
    assert ada.picture("you") == "cut"
    ending = await pair.ending()
    assert ending is not None
    assert (ending.by, ending.offender, ending.rule) == (
        EndedBy.MODERATION,
        Side.A,
        Rule.NUDITY,
    )


async def test_a_stream_that_was_cut_can_not_be_attached_again(
    pair: Pair, judge: TestJudge
) -> None:
    ada, _ = await pair.both()
    judge.answer = lambda sample: verdict_on(sample, 0, Decision.CUT)
    await ada.film(lambda: ada.close_code is not None)
    again = await pair.attach(Side.A)
    assert await again.closed() == 4404


async def test_the_last_two_seconds_are_judged_when_a_side_vanishes(
    pair: Pair, judge: TestJudge
) -> None:
    ada, bo = await pair.both()
    await ada.film(lambda: judge.taken_as(Purpose.SAMPLE))
    await ada.close()
    await until(lambda: judge.taken_as(Purpose.FAREWELL), "a farewell")
    farewell = judge.taken_as(Purpose.FAREWELL)[0]
    assert farewell.subject.side is Side.A
    assert farewell.packets[0].kind is Kind.KEY
    await until(lambda: bo.picture("partner") == "held", "the picture is held")
