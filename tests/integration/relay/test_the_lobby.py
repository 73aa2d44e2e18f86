"""Camera checks on a relay node: one attachment, nothing back, and never more than fit in."""

import uuid
from dataclasses import replace

import pytest
import redis.asyncio

from chat.clock import now_ms
from chat.relay import lobby
from chat.session.checking import CheckState
from chat.stores import checks, tokens
from chat.stores.checks import Check
from chat.trust import Scrutiny
from moderation.samples import Purpose, Sample, Side
from moderation.verdicts import Missing, Verdict
from reports.ids import ConversationId
from tests.clients import MediaClient, dial, until
from tests.integration.relay.conftest import NODE, Pair, new_person
from tests.integration.relay.judge import TestJudge
from tests.rehearsal import verdict_on


async def new_check(store: redis.asyncio.Redis, judge: TestJudge, node: str = NODE) -> Check:
    check = Check(
        id=ConversationId(uuid.uuid4()),
        person=new_person(),
        pool="adult",
        node=node,
        started_ms=now_ms(),
    )
    await checks.begin(store, check)
    judge.serve(check.subject.stream)
    return check


async def attach(url: str, store: redis.asyncio.Redis, check: Check) -> MediaClient:
    token = await tokens.issue(store, check.subject, check.node, purpose=tokens.Purpose.CHECK)
    return MediaClient(await dial(f"{url}/ws/media/?token={token}"))


async def state_of(store: redis.asyncio.Redis, check: Check) -> CheckState:
    found = await checks.load(store, check.id)
    assert found is not None
    return found.state


async def test_it_hands_in_what_was_sent_and_sends_no_packet(
    relay_url: str, store: redis.asyncio.Redis, judge: TestJudge
) -> None:
    check = await new_check(store, judge)
    ada = await attach(relay_url, store, check)
    sent = await ada.film(lambda: ada.close_code is not None)
    assert await ada.closed() == 1000
    assert ada.packets == []
    (sample,) = judge.taken_as(Purpose.CHECK)
    assert {packet.data for packet in sample.packets} <= set(sent)
    assert await state_of(store, check) is CheckState.PASSED
    assert await checks.find_pass(store, check.person.device, now_ms()) is not None


async def test_what_is_missing_is_kept_for_whoever_asks(
    relay_url: str, store: redis.asyncio.Redis, judge: TestJudge
) -> None:
    def faceless(sample: Sample) -> Verdict | None:
        return replace(verdict_on(sample, 0), missing=(Missing.FACE,))

    judge.answer = faceless
    check = await new_check(store, judge)
    ada = await attach(relay_url, store, check)
    await ada.film(lambda: len(judge.taken) > 1)
    found = await checks.load(store, check.id)
    assert found is not None
    assert (found.state, found.missing) == (CheckState.LOOKING, (Missing.FACE,))
    await ada.close()


async def test_a_check_takes_no_second_attachment_once_it_is_over(
    relay_url: str, store: redis.asyncio.Redis, judge: TestJudge
) -> None:
    check = await new_check(store, judge)
    ada = await attach(relay_url, store, check)
    await ada.film(lambda: ada.close_code is not None)
    again = await attach(relay_url, store, check)
    assert await again.closed() == 4404


async def test_a_token_for_somebody_elses_check_opens_nothing(
    relay_url: str, store: redis.asyncio.Redis, judge: TestJudge
) -> None:
    check = await new_check(store, judge)
    forged = replace(check, person=new_person())
    assert await (await attach(relay_url, store, forged)).closed() == 4404
    assert await state_of(store, check) is CheckState.LOOKING


async def test_a_full_lobby_lets_nobody_pass(
    relay_url: str,
    store: redis.asyncio.Redis,
    judge: TestJudge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lobby, "BOOTHS_MAX", 1)
    first = await attach(relay_url, store, await new_check(store, judge))
    await until(lambda: first.asked("key_frame"), "the first is in")
    late = await new_check(store, judge)
    assert await (await attach(relay_url, store, late)).closed() == 4503
    found = await checks.load(store, late.id)
    assert found is not None
    assert (found.state, found.missing) == (CheckState.FAILED, (Missing.SCREENING,))
    assert await checks.count_failures(store, late.person.device) == 0
    await first.close()


async def test_a_flood_of_acknowledgements_ends_it(
    relay_url: str, store: redis.asyncio.Redis, judge: TestJudge
) -> None:
    ada = await attach(relay_url, store, await new_check(store, judge))
    for _ in range(50):
        await ada.send_raw('{"type":"ack","seq":0}')
    assert await ada.closed() == 4429


async def test_a_talk_after_a_check_that_doubted_the_age_is_screened_throughout(
    pair: Pair, judge: TestJudge
) -> None:
    subject = pair.conversation.subject(Side.A)
    token = await tokens.issue(pair.redis, subject, NODE, Scrutiny(is_throughout=True))
    ada = MediaClient(await dial(pair.url(token)))
    bo = await pair.attach(Side.B)
    # Newcomers are sampled after half a second here: about ten frames.
    await ada.film(lambda: len(bo.packets) > 60)
    taken = {one.purpose for one in judge.taken if one.stream == subject.stream}
    assert taken == {Purpose.WINDOW}
