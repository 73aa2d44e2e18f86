"""PostgreSQL stalled, a web process killed: who notices, and what is answered."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest
import redis

from chat.consumers.visit import TAKE_UP_S
from chat.stores import keys
from chat.stores.seats import SIGN_MAX_AGE_MS
from reports.ids import ConversationId, ParticipantId
from reports.models import Report
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Control, dial
from tests.integration.chat.conftest import Newcomer
from tests.integration.chat.house import GRACE_S, LEASE_S, House, open_houses
from tests.integration.chat.meeting import look_in_vain, meet, nothing_came, open_control, seek
from tests.services import TestServices

PROMPT_S = 1.0
"""A ping that took longer waited for the database, which is waited for 1.5 s."""


class Stall:
    """PostgreSQL with all its processes, asleep on demand."""

    def __init__(self, services: TestServices) -> None:
        self._postmaster = psutil.Process(services.pids()["postgresql"])
        self._asleep: list[psutil.Process] = []

    def begin(self) -> None:
        # The postmaster first: it makes no new processes then.
        self._asleep = [self._postmaster, *self._postmaster.children(recursive=True)]
        for process in self._asleep:
            os.kill(process.pid, signal.SIGSTOP)

    def end(self) -> None:
        for process in self._asleep:
            if process.is_running():
                os.kill(process.pid, signal.SIGCONT)
        self._asleep = []


@pytest.fixture
def stall(services: TestServices, house: House) -> Iterator[Stall]:
    stall = Stall(services)
    yield stall
    stall.end()


def ping(control: Control) -> float:
    """Seconds until the answer."""
    asked_s = time.monotonic()
    control.send("ping")
    control.expect("pong")
    return time.monotonic() - asked_s


def test_a_stalled_database_delays_no_pong_and_no_line(newcomer: Newcomer, stall: Stall) -> None:
    meeting = meet(newcomer(), newcomer())
    seekers = [open_control(newcomer())[0] for _ in range(8)]
    stall.begin()
    for control in seekers:
        seek(control)
    for _ in range(10):
        assert all(ping(control) < PROMPT_S for control in (meeting.ada, *seekers))
    meeting.ada.send("say", id="1", text="still here")
    assert meeting.bo.expect("said", timeout_s=1)["text"] == "still here"


def test_while_nobody_knows_who_is_barred_nobody_is_paired(
    newcomer: Newcomer, stall: Stall
) -> None:
    (ada, _), (bo, _) = open_control(newcomer()), open_control(newcomer())
    seek(ada)
    ada.expect("searching")
    stall.begin()
    seek(bo)
    assert bo.expect("error", timeout_s=4)["code"] == "unavailable"
    assert nothing_came(ada, "paired")
    stall.end()
    seek(bo)
    assert bo.expect("paired")["conversation"] == ada.expect("paired")["conversation"]


def test_a_stalled_report_is_not_confirmed_but_the_two_are_parted(
    newcomer: Newcomer, stall: Stall
) -> None:
    meeting = meet(newcomer(), newcomer())
    stall.begin()
    asked_s = time.monotonic()
    meeting.ada.send("report", reason="threat")
    assert meeting.ada.expect("ended", timeout_s=1)["by"] == "you"
    assert meeting.bo.expect("ended", timeout_s=1)["by"] == "partner"
    assert time.monotonic() - asked_s < 1
    refusal = meeting.ada.expect("error", timeout_s=4)
    assert (refusal["code"], refusal["of"]) == ("unavailable", "report")
    assert "reported" not in {message["type"] for message in meeting.ada.received}
    stall.end()
    look_in_vain(meeting)
    meeting.ada.send("report", reason="threat", conversation=meeting.conversation)
    meeting.ada.expect("reported")
    assert Report.objects.count() == 1


def test_nobody_gets_in_while_the_database_is_stalled(newcomer: Newcomer, stall: Stall) -> None:
    ada = newcomer()
    version = ada.get("/api/terms")["version"]
    stall.begin()
    control = Control(dial(ada.url, "/ws/chat/", "parley.v1", ada.cookie_header))
    assert control.expect_close(timeout_s=4) == 4503
    entry = {"birth_date": "1990-05-17", "accept_terms": version, "languages": []}
    assert ada.post("/api/enter", entry, ada.url) == (503, {"code": "unavailable"})


def test_when_a_web_process_dies_the_partner_gets_over_it(
    newcomer: Newcomer, services: TestServices, redis_client: redis.Redis, tmp_path: Path
) -> None:
    with open_houses(services, tmp_path, 1) as (doomed,):
        meeting = meet(newcomer(), newcomer(at=doomed))
        doomed.die()
        _let_time_pass(redis_client, meeting.conversation)
        assert meeting.ada.expect("partner")["state"] == "reconnecting"
        assert meeting.ada.expect("ended", timeout_s=GRACE_S + 6)["by"] == "lost"


def test_nobody_is_paired_with_whom_a_dead_process_left_behind(
    newcomer: Newcomer, services: TestServices, tmp_path: Path
) -> None:
    with open_houses(services, tmp_path, 1) as (doomed,):
        ghost, _ = open_control(newcomer(at=doomed))
        seek(ghost)
        ghost.expect("searching")
        doomed.die()
    ada, _ = open_control(newcomer())
    seek(ada)
    # The proposal lapses, and ada's browser hears nothing of it.
    assert ada.expect("searching", timeout_s=TAKE_UP_S + 2)["waiting_s"] >= 0
    bo, _ = open_control(newcomer())
    seek(bo)
    paired = [control.expect("paired", timeout_s=TAKE_UP_S + 2) for control in (ada, bo)]
    assert paired[0]["conversation"] == paired[1]["conversation"]
    assert "ended" not in {message["type"] for message in ada.received}


def test_when_redis_forgets_everything_who_talks_talks_on_and_who_waits_is_found(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    meeting = meet(newcomer(), newcomer())
    cy, _ = open_control(newcomer())
    seek(cy)
    cy.expect("searching")
    redis_client.flushall()
    wait_for(
        lambda: redis_client.zcard(keys.online()) == 3, timeout_s=LEASE_S, what="all are online"
    )
    meeting.ada.send("say", id="1", text="still there?")
    assert meeting.bo.expect("said", timeout_s=LEASE_S + 2)["text"] == "still there?"
    assert "ended" not in {message["type"] for message in meeting.ada.received}
    dee, _ = open_control(newcomer())
    seek(dee)
    # Within a renewal of the lease the one who waits is in the pool again.
    assert dee.expect("paired", timeout_s=8)["conversation"] == cy.expect("paired")["conversation"]


def test_after_redis_forgot_everything_a_lost_connection_still_comes_back(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    ada = newcomer()
    meeting = meet(ada, newcomer())
    redis_client.flushall()
    wait_for(
        lambda: redis_client.exists(keys.conversation(ConversationId(UUID(meeting.conversation)))),
        timeout_s=LEASE_S,
        what="the conversation is there again",
    )
    meeting.ada.close()
    again, _ = open_control(ada)
    again.send("resume", conversation=meeting.conversation, key=meeting.ada_paired["key"])
    assert again.expect("paired")["conversation"] == meeting.conversation


def test_a_socket_that_was_not_told_of_a_newer_one_notices(
    newcomer: Newcomer, redis_client: redis.Redis
) -> None:
    control, welcome = open_control(newcomer())
    session = keys.session(ParticipantId(UUID(str(welcome["participant"]))))
    redis_client.hset(session, "socket", "a newer one")
    assert control.expect_close(timeout_s=LEASE_S) == 4409


def _let_time_pass(client: redis.Redis, conversation: str) -> None:
    """Let the last sign of the side that sat in the dead process be as old as it will be."""
    key = keys.conversation(ConversationId(UUID(conversation)))
    seen_ms = int(client.hget(key, "seen_b") or 0)
    client.hset(key, "seen_b", seen_ms - SIGN_MAX_AGE_MS)
