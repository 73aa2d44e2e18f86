"""Whoever is warned reads it once: where they are, or when they come back."""

import asyncio
from datetime import UTC, datetime

import pytest
from pytest_django.fixtures import Settings

from chat.consumers import warnings
from chat.consumers.outbox import Outbox
from reports.house_rules.policies import current
from reports.incoming import intake
from reports.models import Report, Sanction
from reports.reviewing import review
from reports.roles import Role
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.sanctions.ladder import Length
from tests.e2e.wire import Control, dial
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import LEASE_S, House
from tests.integration.chat.meeting import bar, nothing_came, open_control, pair, person
from tests.report_cases import MALLORY, snapshot, staff, user_report


@pytest.fixture
def dropped_nudges(settings: Settings) -> None:
    """Whatever this process tells the houses is lost."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def warn(participant: object) -> Sanction:
    """Their partner reported what they wrote; a moderator confirms it with a warning."""
    now = datetime.now(UTC)
    seen = snapshot(subject=person(str(participant)), taken_at=now, started_at=now, scores=())
    made = intake.receive(
        user_report(rule=Rule.HARASSMENT, note="was rude", snapshot=seen, reported_at=now)
    )
    report = Report.objects.get(pk=made.report)
    review.confirm(
        report.pk,
        version=report.version,
        policy=current(Rule.HARASSMENT, is_child_safety=False),
        length=Length.WARNING,
        reason="as the lines show",
        acting_user=staff("mod", Role.MODERATOR),
        now=now,
    )
    return Sanction.objects.get(report=report)


def test_who_is_warned_while_talking_reads_it_and_talks_on(newcomer: Newcomer) -> None:
    (one, welcome), (other, _) = open_control(newcomer()), open_control(newcomer())
    pair(one, other)
    told_of = warn(welcome["participant"])

    notice = one.expect("notice")

    code = told_of.statement.code
    assert set(notice) == {"type", "level", "rule", "detail", "statement", "appeal_url"}
    assert (notice["level"], notice["rule"]) == ("warning", "harassment")
    assert notice["statement"] == {"code": code, "url": f"/statement/{code}/"}
    assert notice["appeal_url"] == f"/statement/{code}/appeal/"
    assert "report" not in str(notice["detail"])
    assert nothing_came(other, "notice")
    one.send("say", id="1", text="I am sorry.")
    assert other.expect("said")["text"] == "I am sorry."
    told_of.refresh_from_db()
    assert told_of.told_at is not None


def test_who_was_away_reads_it_at_the_next_visit_and_only_then(
    newcomer: Newcomer, neighbour: House
) -> None:
    ada = newcomer()
    control, welcome = open_control(ada)
    control.close()
    warn(welcome["participant"])

    again, _ = open_control(ada)
    assert again.expect("notice")["rule"] == "harassment"
    assert nothing_came(again, "notice")
    again.close()
    elsewhere = Control(dial(neighbour.url, "/ws/chat/", "parley.v1", ada.cookie_header))
    ada.control = elsewhere
    elsewhere.expect("welcome")
    assert nothing_came(elsewhere, "notice")


@pytest.mark.django_db(transaction=True)
def test_what_a_lost_socket_did_not_take_waits_for_the_next() -> None:
    sanction = enforcement.impose(
        person=MALLORY,
        policy=current(Rule.SPAM, is_child_safety=False),
        length=Length.WARNING,
        reason="seen",
        acting_user=staff("mod", Role.MODERATOR),
        now=datetime.now(UTC),
    )

    async def lost(message: dict[str, object]) -> None:
        if message["type"] == "websocket.send":
            raise OSError

    asyncio.run(warnings.tell(Outbox(lost), MALLORY))

    sanction.refresh_from_db()
    assert sanction.told_at is None


def test_who_left_and_entered_anew_reads_it(newcomer: Newcomer) -> None:
    ada = newcomer()
    control, welcome = open_control(ada)
    control.close()
    warn(welcome["participant"])
    ada.post("/api/leave", {}, ada.url)
    ada.enter()
    assert open_control(ada)[0].expect("notice")["level"] == "warning"


@pytest.mark.usefixtures("dropped_nudges")
def test_when_the_nudge_is_lost_the_lease_still_brings_it(newcomer: Newcomer) -> None:
    control, welcome = open_control(newcomer())
    warn(welcome["participant"])
    assert control.expect("notice", timeout_s=LEASE_S + 3)["rule"] == "harassment"


def test_who_is_barred_meanwhile_reads_it_when_they_may_come_back(newcomer: Newcomer) -> None:
    ada = newcomer()
    control, welcome = open_control(ada)
    control.close()
    bar(str(welcome["participant"]))
    barring = Sanction.objects.get()
    warn(welcome["participant"])
    shut = Control(dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header))
    assert shut.expect_close() == 4403
    assert "notice" not in {message["type"] for message in shut.received}
    Sanction.objects.filter(pk=barring.pk).update(lifted_at=datetime.now(UTC))
    assert open_control(ada)[0].expect("notice")["rule"] == "harassment"
