import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from reports import events
from reports.house_rules.policies import current
from reports.house_rules.priority import PRESSED_POINTS
from reports.incoming import findings, intake
from reports.models import AuditEntry, Report, Sanction, SanctionKind, Statement
from reports.roles import NotAllowedError
from reports.rules import Rule
from reports.sanctions import enforcement, statements
from reports.sanctions.enforcement import LengthError
from reports.sanctions.in_force import active_sanction
from reports.sanctions.ladder import Length
from reports.sanctions.statements import StatementState
from tests.report_cases import MALLORY, NOW, finding, line_finding, snapshot, user_report


def impose(user: User, length: Length, rule: Rule = Rule.SPAM) -> Sanction:
    return enforcement.impose(
        person=MALLORY,
        policy=current(rule, is_child_safety=False),
        length=length,
        reason="seen",
        acting_user=user,
        now=NOW,
    )


@pytest.mark.django_db
class TestByHand:
    def test_an_auditor_sanctions_nobody(self, auditor: User) -> None:
        with pytest.raises(NotAllowedError):
            impose(auditor, Length.HOURS_24)

    @pytest.mark.parametrize("length", [Length.AS_IS, Length.NONE])
    def test_a_sanction_without_a_length_is_none(self, mod: User, length: Length) -> None:
        with pytest.raises(LengthError):
            impose(mod, length)
        assert not Sanction.objects.exists()

    def test_a_moderator_can_sanction_for_longer_than_a_machine(self, mod: User) -> None:
        sanction = impose(mod, Length.DAYS_30)
        assert sanction.until == NOW + timedelta(days=30)
        assert not sanction.statement.is_automated
        assert sanction.statement.dsa["automated_decision"] == "AUTOMATED_DECISION_NOT_AUTOMATED"
        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.actor) == ("sanction.imposed", mod.pk)

    def test_lifting_by_hand_is_at_once_and_once(self, mod: User) -> None:
        sanction = impose(mod, Length.DAYS_30)
        enforcement.lift(sanction, reason="mistake", acting_user=mod, now=NOW)
        enforcement.lift(sanction, reason="again", acting_user=mod, now=NOW)
        assert active_sanction(MALLORY.participant, MALLORY.device, NOW) is None
        assert AuditEntry.objects.filter(verb="sanction.lifted").count() == 1

    def test_the_longest_of_several_is_shown(self, mod: User) -> None:
        impose(mod, Length.HOURS_24)
        longest = impose(mod, Length.DAYS_30)
        impose(mod, Length.DAYS_7)
        active = active_sanction(MALLORY.participant, MALLORY.device, NOW)
        assert active is not None
        assert active.until == longest.until
        findings.record(line_finding())
        active = active_sanction(MALLORY.participant, MALLORY.device, NOW)
        assert active is not None
        assert active.until is None


@pytest.mark.django_db
def test_reading_the_active_sanction_is_one_query_by_two_indexes(mod: User) -> None:
    policy = impose(mod, Length.HOURS_24).policy
    Sanction.objects.bulk_create(
        Sanction(
            participant=uuid4(),
            device=uuid4(),
            policy=policy,
            kind=SanctionKind.SUSPENSION,
            starts_at=NOW,
            until=NOW + timedelta(days=1),
        )
        for _ in range(3000)
    )
    with CaptureQueriesContext(connection) as queries:
        active_sanction(MALLORY.participant, MALLORY.device, NOW)
    assert len(queries) == 1
    with connection.cursor() as cursor:
        # Of a table this young PostgreSQL may think that reading it whole is as quick.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "sanction_participant" in plan
    assert "sanction_device" in plan


@pytest.mark.django_db
class TestStatements:
    def test_a_machines_cut_says_so_in_words_and_fields(self) -> None:
        code = findings.record(finding()).sanction_code
        statement = Statement.objects.get(code=code)
        assert statement.is_automated
        assert "automatic" in statement.facts
        assert "2026-03-01 12:10 UTC" in statement.facts
        assert statement.dsa == {
            "decision_account": "DECISION_ACCOUNT_SUSPENDED",
            "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
            "incompatible_content_ground": "Nudity on camera",
            "incompatible_content_explanation": statement.sanction.policy.text,
            "incompatible_content_illegal": "No",
            "content_type": ["CONTENT_TYPE_VIDEO"],
            "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
            "category_specification": ["KEYWORD_NUDITY"],
            "content_language": "EN",
            "content_date": "2026-03-01",
            "application_date": "2026-03-01",
            "end_date_account_restriction": "2026-03-01",
            "source_type": "SOURCE_VOLUNTARY",
            "automated_detection": "Yes",
            "automated_decision": "AUTOMATED_DECISION_FULLY",
            "puid": statement.sanction.pk.hex,
            "decision_facts": statement.facts,
        }

    def test_nothing_that_is_exported_opens_the_statement_or_names_anybody(self) -> None:
        code = findings.record(finding()).sanction_code
        exported = str(Statement.objects.get().dsa)
        assert code
        assert code not in exported
        assert str(MALLORY.participant) not in exported
        assert MALLORY.device.hex not in exported

    def test_codes_are_128_bits_and_never_twice(self) -> None:
        codes = {findings.record(finding()).sanction_code for _ in range(5)}
        assert len(codes) == 5
        assert all(code and len(code) == 22 for code in codes)

    def test_it_says_what_the_sanction_does_now(self, mod: User) -> None:
        sanction = impose(mod, Length.HOURS_24)
        end = NOW + timedelta(hours=24)
        assert statements.state(sanction, end - timedelta(seconds=1)) is StatementState.IN_FORCE
        assert statements.state(sanction, end) is StatementState.OVER
        enforcement.lift(sanction, reason="", acting_user=mod, now=NOW)
        sanction.refresh_from_db()
        assert statements.state(sanction, NOW) is StatementState.LIFTED

    def test_one_tap_says_somebody_asked_for_it_and_lifts_nothing(self) -> None:
        code = findings.record(finding()).sanction_code or ""
        assert intake.mark_pressed(code, NOW)
        assert not intake.mark_pressed(code, NOW + timedelta(minutes=1))
        assert Statement.objects.get().pressed_at == NOW
        assert active_sanction(MALLORY.participant, MALLORY.device, NOW) is not None
        with pytest.raises(Statement.DoesNotExist):
            intake.mark_pressed("x" * 22, NOW)

    def test_one_tap_brings_the_report_forward_and_later_reports_keep_it_there(self) -> None:
        context = snapshot()
        code = findings.record(finding(snapshot=context)).sanction_code or ""
        before = Report.objects.get().rank
        intake.mark_pressed(code, NOW)
        assert Report.objects.get().rank == before + PRESSED_POINTS
        intake.receive(user_report(rule=Rule.NUDITY, snapshot=context))
        assert Report.objects.get().rank > before + PRESSED_POINTS

    def test_it_can_be_read_in_the_readers_language(self) -> None:
        findings.record(line_finding())
        text = statements.describe(Statement.objects.get())
        assert text.title == "Possibly under 18"
        assert "until a person decides" in text.length


async def _heard(groups: tuple[str, ...], act: Callable[[], object]) -> list[str]:
    """The kinds of message that reach the groups while `act` runs in a thread."""
    layer = get_channel_layer()
    assert layer is not None
    channels = []
    for group in groups:
        channel = await layer.new_channel()
        await layer.group_add(group, channel)
        channels.append(channel)
    await asyncio.to_thread(act)
    kinds = []
    for channel in channels:
        message = await asyncio.wait_for(layer.receive(channel), timeout=5)
        kinds.append(message["type"])
    return kinds


@pytest.mark.django_db(transaction=True)
class TestNudges:
    groups = (
        events.participant_group(MALLORY.participant),
        events.device_group(MALLORY.device),
    )

    @pytest.fixture(autouse=True)
    def _real_layer(self, settings: Settings, redis_url: str) -> None:
        settings.CHANNEL_LAYERS = {
            "default": {
                "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
                "CONFIG": {"hosts": [redis_url]},
            }
        }

    def test_bars_and_lifts_reach_participant_and_device(self, mod: User) -> None:
        def bar() -> None:
            try:
                impose(mod, Length.HOURS_24)
            finally:
                connection.close()

        def lift() -> None:
            try:
                enforcement.lift(Sanction.objects.get(), reason="", acting_user=mod, now=NOW)
            finally:
                connection.close()

        assert async_to_sync(_heard)(self.groups, bar) == [events.BARRED] * 2
        assert async_to_sync(_heard)(self.groups, lift) == [events.LIFTED] * 2


@pytest.mark.django_db(transaction=True)
def test_a_dead_channel_layer_undoes_no_sanction(
    mod: User, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": ["redis://127.0.0.1:1/0"]},
        }
    }
    with caplog.at_level(logging.ERROR):
        impose(mod, Length.HOURS_24)
    assert Sanction.objects.count() == 1
    assert "on_commit" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_nobody_is_nudged_about_what_was_rolled_back(
    mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []

    async def hear(*message: object) -> None:
        sent.append(message)

    monkeypatch.setattr(events, "_send", hear)
    with transaction.atomic():
        impose(mod, Length.HOURS_24)
        assert not sent
        transaction.set_rollback(True)
    assert not sent
    impose(mod, Length.HOURS_24)
    assert len(sent) == 1
