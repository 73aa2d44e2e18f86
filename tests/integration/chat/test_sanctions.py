"""Who is barred is out, told or not, and is paired with nobody (I14)."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import redis
from pytest_django.fixtures import Settings

from moderation.stores import bars
from reports.ids import FindingId
from reports.models import Sanction
from reports.roles import Role
from reports.rules import Rule
from reports.sanctions import enforcement
from tests.e2e.wire import Control, dial
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import LEASE_S, House
from tests.integration.chat.meeting import (
    bar,
    meet,
    nothing_came,
    open_control,
    pair,
    person,
    seek,
)
from tests.report_cases import staff

MINOR_LINE = "i am 15 years old"


@pytest.fixture
def dropped_nudges(settings: Settings) -> None:
    """Whatever this process tells the houses is lost."""
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def test_who_is_barred_while_talking_is_told_in_order_and_the_partner_learns_no_rule(
    newcomer: Newcomer,
) -> None:
    mallory, bo = newcomer(), newcomer()
    (one, welcome), (other, _) = open_control(mallory), open_control(bo)
    pair(one, other)
    code = bar(str(welcome["participant"]))
    assert one.expect_close() == 4403
    ended, barred = one.received[-2:]
    assert (ended["type"], ended["by"], ended["rule"]) == ("ended", "moderation", "nudity")
    assert (barred["type"], barred["rule"]) == ("barred", "nudity")
    assert barred["statement"]["code"] == code
    assert set(other.expect("ended")) == {"type", "conversation", "by"}
    assert other.received[-1]["by"] == "moderation"
    seek(other)
    other.expect("searching")


def test_who_is_barred_while_looking_is_out_of_the_queue(newcomer: Newcomer) -> None:
    control, welcome = open_control(newcomer())
    seek(control)
    control.expect("searching")
    bar(str(welcome["participant"]))
    assert control.expect_close() == 4403
    bo, _ = open_control(newcomer())
    seek(bo)
    bo.expect("searching")
    bo.expect("searching")


def test_a_barred_person_who_comes_back_is_told_again_and_seeks_nothing(
    newcomer: Newcomer,
) -> None:
    mallory = newcomer()
    control, welcome = open_control(mallory)
    bar(str(welcome["participant"]))
    assert control.expect_close() == 4403
    again = Control(dial(mallory.url, "/ws/chat/", "parley.v1", mallory.cookie_header))
    assert again.expect("barred")["rule"] == "nudity"
    assert again.expect_close() == 4403
    assert "welcome" not in {message["type"] for message in again.received}


@pytest.mark.usefixtures("dropped_nudges")
def test_when_every_nudge_is_lost_the_lease_still_gets_them_out(newcomer: Newcomer) -> None:
    mallory, bo = newcomer(), newcomer()
    (one, welcome), (other, _) = open_control(mallory), open_control(bo)
    pair(one, other)
    bar(str(welcome["participant"]))
    assert one.expect_close(timeout_s=LEASE_S + 1) == 4403
    assert other.expect("ended")["by"] == "moderation"


@pytest.mark.usefixtures("dropped_nudges")
@pytest.mark.parametrize("barred_one", ["waiting", "seeking"])
def test_who_is_barred_is_never_paired_even_when_nobody_told_them(
    newcomer: Newcomer, barred_one: str
) -> None:
    (mallory, welcome), (bo, _) = open_control(newcomer()), open_control(newcomer())
    if barred_one == "waiting":
        seek(mallory)
        mallory.expect("searching")
        bar(str(welcome["participant"]))
        seek(bo)
    else:
        seek(bo)
        bo.expect("searching")
        bar(str(welcome["participant"]))
        seek(mallory)
    assert mallory.expect_close(timeout_s=LEASE_S + 2) == 4403
    assert {"paired"}.isdisjoint(message["type"] for message in mallory.received)
    assert nothing_came(bo, "paired")
    cy, _ = open_control(newcomer())
    seek(cy)
    assert cy.expect("paired")["conversation"] == bo.expect("paired")["conversation"]


def test_an_interim_bar_keeps_somebody_out_before_postgresql_knows(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    mallory, welcome = open_control(newcomer())
    who = person(str(welcome["participant"]))
    bars.set_bar_now(redis_client, who.participant, who.device, FindingId(uuid4()))
    seek(mallory)
    assert mallory.expect("error")["code"] == "restricted"
    bo, _ = open_control(newcomer())
    seek(bo)
    bo.expect("searching")
    bo.expect("searching")


def test_a_waiting_person_found_out_a_moment_ago_is_not_paired(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    mallory, welcome = open_control(newcomer())
    seek(mallory)
    mallory.expect("searching")
    who = person(str(welcome["participant"]))
    bars.set_bar_now(redis_client, who.participant, who.device, FindingId(uuid4()))
    bo, _ = open_control(newcomer())
    seek(bo)
    assert mallory.expect("error")["code"] == "restricted"
    assert nothing_came(bo, "paired")


def test_a_line_that_states_an_age_under_18_ends_the_conversation_with_help(
    newcomer: Newcomer,
) -> None:
    ada, bo = newcomer(), newcomer()
    (one, welcome), (other, _) = open_control(ada), open_control(bo)
    pair(one, other)
    one.send("say", id="1", text=MINOR_LINE)
    ended = one.expect("ended")
    assert (ended["by"], ended["rule"], ended["help_url"]) == ("moderation", "minor", "/help/")
    assert set(other.expect("ended")) == {"type", "conversation", "by"}
    assert "said" not in {message["type"] for message in other.received}
    seek(one)
    assert one.expect("error")["code"] == "restricted"
    # What the ops worker does, once it comes to it:
    bar(str(welcome["participant"]), Rule.MINOR)
    assert one.expect_close() == 4403
    barred = one.received[-1]
    assert (barred["rule"], barred["until"], barred["help_url"]) == ("minor", None, "/help/")


def test_who_was_pardoned_comes_in_again(newcomer: Newcomer) -> None:
    mallory = newcomer()
    control, welcome = open_control(mallory)
    bar(str(welcome["participant"]))
    assert control.expect_close() == 4403
    enforcement.lift(
        Sanction.objects.get(),
        reason="a mistake",
        acting_user=staff("lead", Role.LEAD, Role.MODERATOR),
        now=datetime.now(UTC),
    )
    open_control(mallory)


def test_two_barred_at_once_end_one_conversation(newcomer: Newcomer, neighbour: House) -> None:
    ada, bo = newcomer(), newcomer(at=neighbour)
    (one, ada_welcome), (other, bo_welcome) = open_control(ada), open_control(bo)
    pair(one, other)
    for welcome in (ada_welcome, bo_welcome):
        bar(str(welcome["participant"]))
    for control in (one, other):
        assert control.expect_close() == 4403
        kinds = [message["type"] for message in control.received]
        assert kinds.count("ended") == 1
        assert kinds[-1] == "barred"


def test_a_partner_of_somebody_barred_goes_on_at_once(newcomer: Newcomer) -> None:
    mallory, bo, cy = newcomer(), newcomer(), newcomer()
    meeting = meet(mallory, bo)
    third, _ = open_control(cy)
    seek(third)
    third.expect("searching")
    welcome = next(m for m in meeting.ada.received if m["type"] == "welcome")
    bar(str(welcome["participant"]))
    meeting.bo.expect("ended")
    seek(meeting.bo)
    assert meeting.bo.expect("paired")["conversation"] == third.expect("paired")["conversation"]
