"""Lines at the front door, on a real Redis: what is passed on, found, kept and counted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import redis
import redis.asyncio

from moderation.dispatch import OPS, RECORD_FINDING, Dispatcher
from moderation.intake import ScreeningUnavailable, judge_line, snapshot
from moderation.lines.rulebook import LineOutcome
from moderation.samples import Side, Subject
from moderation.stores import bars, findings, keys, lines
from moderation.stores.lines import NEWEST, StoredLine
from reports.ids import ConversationId, DeviceId
from reports.rules import Rule
from reports.snapshots import Speaker
from tests.integration.moderation.front_door import BO, FAR_MS, NOWHERE, sent, uuid
from tests.moderation_cases import AT_MS
from tests.streams import SUBJECT


async def test_a_line_is_not_passed_on_when_redis_is_away() -> None:
    client = redis.asyncio.Redis.from_url(NOWHERE)

    with pytest.raises(ScreeningUnavailable):
        await judge_line(client, subject=SUBJECT, text="hello", now_ms=AT_MS)


async def test_a_stated_age_under_18_bars_at_once_and_becomes_a_finding(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, dispatcher: Dispatcher
) -> None:
    await judge_line(async_redis, subject=BO, text="where are you from", now_ms=AT_MS)

    judged = await judge_line(async_redis, subject=SUBJECT, text="im 15 lol", now_ms=AT_MS + 5)
    dispatcher.close()

    assert (judged.outcome, judged.rule) == (LineOutcome.FINDING, Rule.MINOR)
    assert await bars.has(async_redis, SUBJECT.participant, BO.device)
    assert await bars.has(async_redis, BO.participant, SUBJECT.device)
    assert not await bars.has(async_redis, BO.participant, BO.device)
    (finding_id,) = findings.pending(redis_client, FAR_MS)
    assert sent(redis_client, OPS) == [(RECORD_FINDING, {"finding": str(finding_id)})]
    finding = findings.load(redis_client, finding_id)
    assert finding is not None
    assert (finding.rule, finding.is_child_safety) == (Rule.MINOR, True)
    assert [(line.speaker, line.text, line.was_withheld) for line in finding.snapshot.lines] == [
        (Speaker.PARTNER, "where are you from", False),
        (Speaker.SUBJECT, "im 15 lol", True),
    ]


async def test_a_stated_age_becomes_a_finding_even_when_the_bar_fails(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_args: object) -> None:
        raise redis.ConnectionError("gone")

    monkeypatch.setattr(bars, "set_bar", away)
    with pytest.raises(ScreeningUnavailable):
        await judge_line(async_redis, subject=SUBJECT, text="im 15 lol", now_ms=AT_MS)

    assert len(findings.pending(redis_client, FAR_MS)) == 1


async def test_a_bare_number_is_judged_by_the_partners_question(
    async_redis: redis.asyncio.Redis, dispatcher: Dispatcher
) -> None:
    before = await judge_line(async_redis, subject=SUBJECT, text="15", now_ms=AT_MS)
    await judge_line(async_redis, subject=BO, text="how old are u?", now_ms=AT_MS)
    after = await judge_line(async_redis, subject=SUBJECT, text="15", now_ms=AT_MS)

    assert (before.outcome, after.outcome) == (LineOutcome.PASS, LineOutcome.FINDING)
    dispatcher.close()


async def test_a_line_with_nothing_to_read_is_withheld_and_not_kept(
    async_redis: redis.asyncio.Redis,
) -> None:
    judged = await judge_line(async_redis, subject=SUBJECT, text="\u200b \u202e", now_ms=AT_MS)

    assert judged.outcome is LineOutcome.WITHHOLD
    assert await lines.load(async_redis, SUBJECT.conversation) == ()


async def test_what_is_passed_on_is_what_was_judged_and_kept(
    async_redis: redis.asyncio.Redis,
) -> None:
    judged = await judge_line(async_redis, subject=SUBJECT, text="he\u202ello\x00 ", now_ms=AT_MS)

    assert (judged.outcome, judged.text) == (LineOutcome.PASS, "hello")
    (line,) = await lines.load(async_redis, SUBJECT.conversation)
    assert line == StoredLine(at_ms=AT_MS, side=Side.A, text="hello", was_withheld=False)


async def test_only_the_newest_lines_are_kept_and_not_for_ever(
    async_redis: redis.asyncio.Redis,
) -> None:
    for number in range(NEWEST + 5):
        line = StoredLine(at_ms=number, side=Side.A, text=str(number), was_withheld=False)
        await lines.append(async_redis, SUBJECT.conversation, line)

    kept = await lines.load(async_redis, SUBJECT.conversation)

    assert [kept[0].text, kept[-1].text, len(kept)] == ["5", str(NEWEST + 4), NEWEST]
    assert 0 < await async_redis.ttl(keys.lines(SUBJECT.conversation)) <= 24 * 3600


async def test_a_snapshot_has_the_last_five_minutes_of_talk_seen_from_the_reported(
    async_redis: redis.asyncio.Redis,
) -> None:
    for minute, (side, text) in enumerate([(Side.A, "old"), (Side.B, "hi"), (Side.A, "bye")]):
        at_ms = AT_MS + minute * 200_000
        line = StoredLine(at_ms=at_ms, side=side, text=text, was_withheld=False)
        await lines.append(async_redis, SUBJECT.conversation, line)
    now = datetime.fromtimestamp(AT_MS / 1000, UTC) + timedelta(hours=5)

    taken = await snapshot(async_redis, BO, now)

    assert [(line.speaker, line.text) for line in taken.lines] == [
        (Speaker.SUBJECT, "hi"),
        (Speaker.PARTNER, "bye"),
    ]
    assert (taken.taken_at, taken.subject.participant) == (now, BO.participant)


async def test_a_handle_passes_and_its_receiver_is_cautioned(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    judged = await judge_line(async_redis, subject=SUBJECT, text="add me on snap", now_ms=AT_MS)

    assert (judged.outcome, judged.rule) == (LineOutcome.CAUTION, None)
    assert judged.caution is not None
    assert (judged.caution.about, judged.caution.rule) == ("contact_handle", Rule.SPAM)
    assert findings.pending(redis_client, FAR_MS) == ()


async def test_a_link_is_withheld_and_kept_as_withheld(async_redis: redis.asyncio.Redis) -> None:
    judged = await judge_line(async_redis, subject=SUBJECT, text="example.com", now_ms=AT_MS)

    assert (judged.outcome, judged.rule, judged.about) == (
        LineOutcome.WITHHOLD,
        Rule.SPAM,
        "link",
    )
    assert judged.told
    assert judged.caution is None
    (line,) = await lines.load(async_redis, SUBJECT.conversation)
    assert line.was_withheld


async def test_a_number_told_digit_by_digit_is_found_in_what_is_kept(
    async_redis: redis.asyncio.Redis,
) -> None:
    about = []
    for digit in "6175550123":
        judged = await judge_line(async_redis, subject=SUBJECT, text=digit, now_ms=AT_MS)
        about.append(judged.caution.about if judged.caution else "")

    # Nine of its digits are a number in Spain.
    assert about == [""] * 8 + ["phone_number"] * 2


async def test_what_is_done_in_room_after_room_is_reported_and_bars_nobody(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, dispatcher: Dispatcher
) -> None:
    pending = []
    for number in range(4):
        room = replace(SUBJECT, conversation=ConversationId(uuid(number)))
        for _ in range(2):
            await judge_line(async_redis, subject=room, text="example.com", now_ms=AT_MS)
        pending.append(len(findings.pending(redis_client, FAR_MS)))
    dispatcher.close()

    assert pending == [0, 0, 1, 1]
    (finding_id,) = findings.pending(redis_client, FAR_MS)
    finding = findings.load(redis_client, finding_id)
    assert finding is not None
    assert (finding.rule, finding.cut, finding.is_child_safety) == (Rule.SPAM, False, False)
    assert finding.snapshot.conversation == uuid(2)
    assert not await bars.has(async_redis, SUBJECT.participant, SUBJECT.device)


async def test_a_threat_is_reported_at_once_and_once_for_each_conversation(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, dispatcher: Dispatcher
) -> None:
    for number in (1, 1, 2):
        room = replace(SUBJECT, conversation=ConversationId(uuid(number)))
        judged = await judge_line(async_redis, subject=room, text="i will kill you", now_ms=AT_MS)
        assert judged.outcome is LineOutcome.WITHHOLD
    dispatcher.close()

    found = [findings.load(redis_client, one) for one in findings.pending(redis_client, FAR_MS)]
    assert sorted(str(one.snapshot.conversation) for one in found if one is not None) == [
        str(uuid(1)),
        str(uuid(2)),
    ]
    assert {one.rule for one in found if one is not None} == {Rule.THREAT}


async def test_who_is_blackmailed_is_shown_help_without_the_line(
    async_redis: redis.asyncio.Redis, dispatcher: Dispatcher
) -> None:
    text = "pay me or i send your video to your family"
    judged = await judge_line(async_redis, subject=SUBJECT, text=text, now_ms=AT_MS)
    dispatcher.close()

    assert judged.outcome is LineOutcome.WITHHOLD
    assert judged.caution is not None
    assert judged.caution.rule is Rule.BLACKMAIL


async def test_who_speaks_of_hurting_themself_is_helped_and_nothing_else(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    judged = await judge_line(async_redis, subject=SUBJECT, text="quiero morirme", now_ms=AT_MS)

    assert (judged.outcome, judged.help_in) == (LineOutcome.PASS, "es")
    assert (judged.rule, judged.caution) == (None, None)
    assert findings.pending(redis_client, FAR_MS) == ()
    assert redis_client.keys(keys.attempts(SUBJECT.device, "*")) == []


ADVERT = "lonely tonight? my cam show starts now, free for the first ten guests"


async def said_in_rooms(
    client: redis.asyncio.Redis, text: str, rooms: int, subject: Subject = SUBJECT
) -> list[LineOutcome]:
    """What becomes of `text` in one room after the other."""
    outcomes = []
    for number in range(rooms):
        room = replace(subject, conversation=ConversationId(uuid(number)))
        judged = await judge_line(
            client, subject=room, text=f"{text} {number * 7919}", now_ms=AT_MS
        )
        outcomes.append(judged.outcome)
    return outcomes


async def test_a_robot_that_lures_is_stopped_within_five_rooms_and_out(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis, dispatcher: Dispatcher
) -> None:
    outcomes = await said_in_rooms(async_redis, "bored? add me on snap", 5)
    dispatcher.close()

    caution, withhold = LineOutcome.CAUTION, LineOutcome.WITHHOLD
    assert outcomes == [caution, caution, withhold, withhold, LineOutcome.FINDING]
    assert await bars.has(async_redis, SUBJECT.participant, SUBJECT.device)
    (finding_id,) = findings.pending(redis_client, FAR_MS)
    finding = findings.load(redis_client, finding_id)
    assert finding is not None
    assert (finding.rule, finding.cut, finding.is_child_safety) == (Rule.SPAM, True, False)


async def test_any_line_of_a_robot_reaches_four_rooms_at_most(
    async_redis: redis.asyncio.Redis, dispatcher: Dispatcher
) -> None:
    outcomes = await said_in_rooms(async_redis, ADVERT, 10)
    dispatcher.close()

    assert outcomes[:4] == [LineOutcome.PASS] * 4
    assert outcomes[4:9] == [LineOutcome.WITHHOLD] * 5
    assert outcomes[9] is LineOutcome.FINDING


async def test_a_greeting_is_said_in_as_many_rooms_as_one_likes(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    for greeting in ("hi", "hello there, how are you doing today?", "asl?", "25 m you?"):
        assert set(await said_in_rooms(async_redis, greeting, 12)) == {LineOutcome.PASS}
    assert redis_client.keys(f"{keys.PREFIX}:repeated:*") == []


async def test_one_room_hears_the_same_line_as_often_as_its_partner_bears(
    async_redis: redis.asyncio.Redis,
) -> None:
    for _ in range(12):
        judged = await judge_line(async_redis, subject=SUBJECT, text=ADVERT, now_ms=AT_MS)
        assert judged.outcome is LineOutcome.PASS


async def test_what_is_counted_of_a_line_is_a_keyed_hash_that_vanishes(
    async_redis: redis.asyncio.Redis, redis_client: redis.Redis
) -> None:
    await said_in_rooms(async_redis, ADVERT, 1)

    counted = redis_client.keys(f"{keys.PREFIX}:repeated:*")
    assert counted
    for key in counted:
        assert b"lonely" not in key
        assert 0 < redis_client.ttl(key) <= keys.REPEATS_TTL_S


async def test_a_new_identity_for_each_room_does_not_help_an_offer(
    async_redis: redis.asyncio.Redis,
) -> None:
    outcomes = []
    for number in range(14):
        someone = replace(
            SUBJECT,
            device=DeviceId(uuid(500 + number)),
            conversation=ConversationId(uuid(number)),
        )
        judged = await judge_line(
            async_redis, subject=someone, text="bored? add me on snap", now_ms=AT_MS
        )
        outcomes.append(judged.outcome)

    assert outcomes[0] is LineOutcome.CAUTION
    assert outcomes[-1] is LineOutcome.WITHHOLD
    assert LineOutcome.FINDING not in outcomes
