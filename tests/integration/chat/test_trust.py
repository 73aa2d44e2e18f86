"""What conversations give, what is taken back, and where somebody then meets whom."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import redis
import redis.asyncio
from asgiref.sync import sync_to_async

from chat import clock, encounters, goodbyes, trust
from chat.encounters import Talked
from chat.messages import Mode
from chat.models import Block, Device, Encounter, Participant
from chat.stores import keys, sessions
from chat.stores.conversations import Conversation, EndedBy, Ending
from chat.trust import Level
from moderation.samples import Side
from moderation.stores.client import connect_async
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.incoming import findings, intake
from reports.models import Outcome, Report, State
from reports.roles import Role
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.snapshots import Person
from tests.e2e.waiting import wait_for
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.meeting import meet, nothing_came, open_control, person, seek
from tests.report_cases import finding, snapshot, staff, user_report

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def somebody() -> Person:
    row = Participant.objects.create(device=Device.objects.create(), pool="adult")
    return Person(participant=ParticipantId(row.id), device=DeviceId(row.device_id))


def device() -> DeviceId:
    return somebody().device


def talked(own: DeviceId, partner: DeviceId, **changes: object) -> Talked:
    participant = ParticipantId(Participant.objects.get(device=own).id)
    usual = Talked(
        person=Person(participant=participant, device=own),
        partner=partner,
        partner_address="203.0.113.7",
        minutes=3,
        is_goodbye=False,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def uphold(subject: Person, **changes: object) -> Report:
    """A report about `subject` that staff confirmed, without a sanction."""
    reported = user_report(snapshot=snapshot(subject=subject), reported_at=NOW)
    report = Report.objects.get(pk=intake.receive(reported).report)
    for name, value in {
        "state": State.CLOSED,
        "outcome": Outcome.CONFIRMED,
        "closed_by": staff(f"mod-{uuid4().hex[:8]}", Role.MODERATOR),
        "closed_at": NOW,
        **changes,
    }.items():
        setattr(report, name, value)
    report.save()
    return report


def level(own: DeviceId) -> Level:
    return encounters.find_levels([own], NOW)[own]


# What one conversation gives


def test_what_was_blocked_or_reported_earns_nothing(db: None) -> None:
    ada, bo = device(), device()
    Block.objects.create(device_id=bo, blocked_id=ada, conversation=uuid4())
    assert not encounters.note(talked(ada, bo), NOW)
    assert not encounters.note(talked(bo, ada), NOW)
    assert not Encounter.objects.exists()


def test_who_had_everything_deleted_meanwhile_earns_nothing(db: None) -> None:
    last = talked(device(), device())
    Participant.objects.all().delete()
    assert not encounters.note(last, NOW)


def test_the_same_partner_is_one_encounter_that_grows(db: None) -> None:
    ada, bo = device(), device()
    for minutes in (3, 4):
        assert encounters.note(talked(ada, bo, minutes=minutes), NOW)
    assert encounters.note(talked(ada, bo, minutes=10_000, is_goodbye=True), NOW)
    row = Encounter.objects.get()
    assert (row.minutes, row.is_goodbye) == (encounters.MINUTES_MAX, True)


def test_neither_partner_nor_address_can_be_read_from_it(db: None) -> None:
    ada, bo, cy = device(), device(), device()
    encounters.note(talked(ada, cy), NOW)
    encounters.note(talked(bo, cy), NOW)
    one, other = Encounter.objects.order_by("pk")
    assert {one.partner, one.prefix}.isdisjoint({other.partner, other.prefix})
    assert not any(part in str(one.__dict__) for part in ("203.0.113", str(cy), cy.hex))


def test_one_neighbourhood_is_told_from_another(db: None) -> None:
    ada = device()
    for address in ("203.0.113.7", "203.0.113.200", "198.51.100.1", "2001:db8::1", None):
        encounters.note(talked(ada, device(), partner_address=address), NOW)
    assert len(set(Encounter.objects.values_list("prefix", flat=True))) == 4


def test_only_the_newest_partners_are_kept_and_old_ones_of_anybody_go(db: None) -> None:
    ada, bo = device(), device()
    long_ago = NOW - timedelta(days=trust.HISTORY_DAYS + 1)
    encounters.note(talked(bo, device()), long_ago)
    for number in range(encounters.KEPT_MAX + 3):
        encounters.note(talked(ada, device()), NOW + timedelta(days=number // 10))
    assert Encounter.objects.filter(device=ada).count() == encounters.KEPT_MAX
    assert not Encounter.objects.filter(device=bo).exists()


def test_a_block_takes_back_what_the_other_one_earned(db: None) -> None:
    ada, bo, cy = device(), device(), device()
    for partner in (bo, cy):
        encounters.note(talked(ada, partner), NOW)
    encounters.take_back(ada, bo)
    assert Encounter.objects.count() == 1


# What is upheld


def test_what_staff_confirmed_counts_from_the_moment_on(db: None) -> None:
    mallory = Person(participant=ParticipantId(uuid4()), device=device())
    assert level(mallory.device) is Level.NEW
    uphold(mallory)
    assert level(mallory.device) is Level.DOUBTFUL
    uphold(mallory)
    assert level(mallory.device) is Level.NEGATIVE


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": Outcome.DISMISSED},
        {"outcome": "", "state": State.OPEN},
        {"was_pressed": True},
    ],
    ids=["dismissed", "undecided", "pressed"],
)
def test_what_was_not_upheld_or_was_asked_of_them_counts_nothing(
    db: None, changes: dict[str, object]
) -> None:
    mallory = Person(participant=ParticipantId(uuid4()), device=device())
    uphold(mallory, **changes)
    assert level(mallory.device) is Level.NEW


def test_what_was_taken_back_counts_nothing(db: None, sealed_folders: None) -> None:
    mallory = Person(participant=ParticipantId(uuid4()), device=device())
    recorded = findings.record(
        finding(snapshot=snapshot(subject=mallory), found_at=NOW, evidence=())
    )
    Report.objects.update(
        outcome=Outcome.CONFIRMED,
        state=State.CLOSED,
        closed_at=NOW,
        closed_by=staff("mod", Role.MODERATOR),
    )
    assert level(mallory.device) is Level.DOUBTFUL
    sanction = Report.objects.get(pk=recorded.report).sanctions.get()
    enforcement.lift(sanction, reason="lawful", acting_user=staff("lead", Role.LEAD), now=NOW)
    assert level(mallory.device) is Level.NEW


def test_one_conversation_counts_once_however_many_reports_it_led_to(db: None) -> None:
    mallory = Person(participant=ParticipantId(uuid4()), device=device())
    first = uphold(mallory)
    uphold(mallory, conversation=first.conversation)
    assert level(mallory.device) is Level.DOUBTFUL


def test_many_devices_are_read_in_as_many_queries_as_one(
    db: None, django_assert_num_queries: Callable[..., object]
) -> None:
    devices = [device() for _ in range(20)]
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        assert set(encounters.find_levels(devices, NOW).values()) == {Level.NEW}


# After the end


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[redis.asyncio.Redis]:
    client = connect_async()
    yield client
    await client.aclose()


async def ended(minutes: int, ending: Ending) -> Conversation:
    """A conversation of two devices that ended now."""
    people = [await sync_to_async(somebody)() for _ in Side]
    return Conversation(
        id=ConversationId(uuid4()),
        mode=Mode.TEXT,
        pool="adult",
        started_ms=clock.now_ms() - minutes * 60_000,
        node="",
        a=people[0],
        b=people[1],
        languages=(),
        ending=ending,
    )


BY_A = Ending(by=EndedBy.SIDE_A, offender=None, rule=None)
CUT = Ending(by=EndedBy.MODERATION, offender=Side.A, rule=Rule.NUDITY)


async def test_who_broke_a_rule_gets_nothing_and_short_ones_give_nothing(
    transactional_db: None,
) -> None:
    cut, short = await ended(5, CUT), await ended(0, BY_A)
    now_ms = clock.now_ms()
    assert [goodbyes.gives(cut, side, now_ms) for side in Side] == [False, True]
    assert not any(goodbyes.gives(short, side, now_ms) for side in Side)


@pytest.mark.parametrize(("apart_ms", "is_goodbye"), [(4_000, True), (6_000, False)])
async def test_a_goodbye_is_mutual_when_both_leave_within_seconds(
    transactional_db: None,
    store: redis.asyncio.Redis,
    redis_client: redis.Redis,
    apart_ms: int,
    is_goodbye: bool,
) -> None:
    conversation = await ended(5, BY_A)
    await goodbyes.say(store, conversation, Side.A)
    await goodbyes.say(store, conversation, Side.B)
    key = keys.goodbye(conversation.id)
    assert 0 < redis_client.ttl(key) <= 60
    redis_client.hincrby(key, "b", apart_ms)
    await goodbyes.write_down(store, conversation, Side.A, clock.now_ms())
    row = await Encounter.objects.aget()
    assert (row.device_id, row.minutes, row.is_goodbye) == (
        conversation.a.device,
        5,
        is_goodbye,
    )


async def test_who_did_not_leave_by_themselves_said_no_goodbye(
    transactional_db: None, store: redis.asyncio.Redis
) -> None:
    conversation = await ended(5, BY_A)
    await goodbyes.say(store, conversation, Side.A)
    await goodbyes.write_down(store, conversation, Side.B, clock.now_ms())
    assert not (await Encounter.objects.aget()).is_goodbye


# On the wire


def test_a_long_conversation_gives_to_both_and_a_late_block_takes_back(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    meeting = meet(newcomer(), newcomer())
    key = keys.conversation(ConversationId(UUID(meeting.conversation)))
    redis_client.hincrby(key, "started_ms", -3 * 60_000)
    meeting.ada.send("leave")
    meeting.bo.expect("ended")
    meeting.bo.send("leave")
    wait_for(lambda: Encounter.objects.count() == 2, timeout_s=15, what="both are remembered")
    assert set(Encounter.objects.values_list("minutes", "is_goodbye")) == {(3, True)}

    meeting.bo.send("block", conversation=meeting.conversation)
    wait_for(Block.objects.exists, timeout_s=5, what="the block is written")
    wait_for(lambda: Encounter.objects.count() == 1, timeout_s=5, what="ada's part is gone")


def test_who_was_found_out_more_than_once_meets_only_their_like_from_the_next_search_on(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    (mallory, hers), (mike, his) = open_control(newcomer()), open_control(newcomer())
    bo, _ = open_control(newcomer())
    for welcome in (hers, his):
        for _ in range(2):
            uphold(person(str(welcome["participant"])), opened_at=datetime.now(UTC))
    seek(mallory)
    mallory.expect("searching")
    seek(bo)
    bo.expect("searching")
    assert nothing_came(bo, "paired")

    seek(mike)
    conversation = str(mallory.expect("paired")["conversation"])

    assert mike.expect("paired")["conversation"] == conversation
    record = redis_client.hgetall(keys.conversation(ConversationId(UUID(conversation))))
    assert record[b"pool"] == b"adult-apart"
    assert nothing_came(bo, "paired")


def test_of_two_who_fit_alike_a_stranger_meets_the_doubtful_one_last(newcomer: Newcomer) -> None:
    (mallory, hers), (bo, his) = open_control(newcomer()), open_control(newcomer())
    ada, _ = open_control(newcomer())
    uphold(person(str(hers["participant"])), opened_at=datetime.now(UTC))
    # They wait beside each other, since they never meet.
    devices = [person(str(welcome["participant"])).device for welcome in (hers, his)]
    Block.objects.create(device_id=devices[0], blocked_id=devices[1], conversation=uuid4())
    for control in (mallory, bo):
        seek(control)
        control.expect("searching")
    seek(ada)
    conversation = ada.expect("paired")["conversation"]
    assert bo.expect("paired")["conversation"] == conversation


def test_a_change_of_trust_does_not_touch_a_search_that_runs(newcomer: Newcomer) -> None:
    mallory, welcome = open_control(newcomer())
    seek(mallory)
    mallory.expect("searching")
    for _ in range(2):
        uphold(person(str(welcome["participant"])), opened_at=datetime.now(UTC))
    bo, _ = open_control(newcomer())
    seek(bo)
    mallory.expect("paired")


async def test_the_level_goes_with_the_session_until_the_next_search(
    store: redis.asyncio.Redis,
) -> None:
    ada = ParticipantId(uuid4())
    assert await sessions.find_level(store, ada) is Level.NEW
    await sessions.open_session(store, ada, "socket", "203.0.113.7", clock.now_ms())
    await sessions.begin_search(store, ada, Level.DOUBTFUL)
    assert await sessions.find_level(store, ada) is Level.DOUBTFUL
    assert await sessions.find_address(store, ada) == "203.0.113.7"
