"""PostgreSQL is killed while people, staff and the machine write, stays away, and comes back.

Real processes throughout: a web process, two ops workers, Redis, and PostgreSQL itself, of which
nothing is asked but to start again. What came of it is `tests.outages.ledger`'s to say.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import redis
from celery import Celery
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from moderation.dispatch import OPS, RECORD_FINDING, RESUME_FINDINGS, Dispatcher, Order
from moderation.stores import bars, findings, heartbeat
from moderation.tasks import RESUME_AFTER_MS
from reports.ids import FindingId
from reports.incoming import findings as reports_findings
from reports.models import Report
from reports.reviewing import claims
from reports.roles import Role
from reports.sanctions import statements
from reports.snapshots import Finding
from tests.e2e.waiting import wait_for
from tests.e2e.wire import Stranger
from tests.integration.chat.house import House, open_houses
from tests.integration.chat.meeting import Meeting, meet
from tests.integration.relay.processes import Process
from tests.outages.writers import Answer, Writer, post, report
from tests.report_cases import finding, frame, person, snapshot, staff
from tests.services import TestServices

LETTERS, EARLY = 3, 1
BUSY_LETTERS, BUSY_BEFORE = 30, 8
"""Of the writer who never pauses: how many, and how many at least before PostgreSQL goes."""
FINDINGS = 3
BACK_WITHIN_S = 30.0
LINE_EVERY_S = 0.6
"""Two a second are allowed."""
OFTEN = {
    f"{act}_{whose}_{pace}": "5000"
    for act in ("NOTICES", "APPEALS", "REPORTS")
    for whose in ("DEVICE", "PREFIX")
    for pace in ("BURST", "PER_MIN")
}
"""How often somebody may write is another story."""


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What was written, and how it went; times in seconds."""

    notices: Writer
    busy_notices: Writer
    appeals: Writer
    decisions: Writer
    reports: Writer
    findings: list[Finding]
    decided: list[UUID]
    readiness: list[tuple[int, str]] = field(default_factory=list)
    pong_before_s: float = 0.0
    slowest_pong_s: float = 0.0
    ready_again_s: float = 0.0
    all_taken_s: float = 0.0
    findings_recorded_s: float = 0.0

    @property
    def writers(self) -> tuple[Writer, ...]:
        return (self.notices, self.busy_notices, self.appeals, self.decisions, self.reports)


def rehearse(
    services: TestServices, folder: Path, *, away_s: float, connect_timeout_s: int
) -> Rehearsal:
    """Everybody writes; PostgreSQL is away for `away_s` in the middle of it. Call it from the main
    thread, with committed rows: other processes have to see them. `connect_timeout_s` is
    DATABASE_CONNECT_TIMEOUT_S: for so long somebody waits for their refusal."""
    away = threading.Event()
    options = OFTEN | {"DATABASE_CONNECT_TIMEOUT_S": str(connect_timeout_s)}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Process(services, _ops(), folder / f"ops-{name}.log"))
            for name in ("one", "other")
        ]
        (house,) = stack.enter_context(open_houses(services, folder, 1, options))
        client = stack.enter_context(redis.Redis.from_url(settings.REDIS_URL))
        # Screening as Redis knows it: this story has no pictures.
        heartbeat.beat(client, "worker", time.time_ns() // 1_000_000 + 3_600_000)
        strangers = [
            stack.enter_context(Stranger(house.url).enter()) for _ in range(2 + 2 * LETTERS)
        ]
        pairs = zip(strangers[::2], strangers[1::2], strict=True)
        meetings = [meet(ada, bo) for ada, bo in pairs]
        play = _cast(house, meetings[1:], away)
        wait_for(lambda: _readyz(house)[0] == 200, timeout_s=10, what="everything is there")
        threads = [threading.Thread(target=writer, daemon=True) for writer in play.writers]
        for thread in threads:
            thread.start()
        wait_for(lambda: _has_begun(play), timeout_s=30, what="everybody writes")
        play.pong_before_s = _ping(meetings[0])
        services.kill_database()
        # This process asks nothing meanwhile: its own connection went with the server.
        connection.close()
        away.set()
        with _orders() as orders:
            _find(client, orders, play.findings)
            _be_away(play, house, meetings[0], workers[0], away_s)
            services.start_database()
            _come_back(play, house, threads)
            began_s = time.monotonic()
            orders.send(Order(task=RESUME_FINDINGS, kwargs={}, queue=OPS))
            wait_for(
                lambda: not findings.pending(client, 2**45),
                timeout_s=BACK_WITHIN_S,
                what=f"findings are recorded: {workers[1].logged()[-2000:]}",
            )
            play.findings_recorded_s = time.monotonic() - began_s
    return play


def _cast(house: House, meetings: list[Meeting], away: threading.Event) -> Rehearsal:
    now = datetime.now(UTC)
    mod = staff("mod", Role.MODERATOR)
    codes = [_recorded(number, now)[1] for number in range(LETTERS)]
    cases = [_claimed(_recorded(10 + number, now)[0], mod, now) for number in range(LETTERS)]
    browser = Client()
    browser.force_login(mod)
    cookie = f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"

    def notice(text: str) -> Answer:
        fields = {
            "sheet": text,
            "rule": "minor",
            "locator": "unknown",
            "explanation": text,
            "in_good_faith": "on",
        }
        return post(f"{house.url}/notice/", fields)

    def appeal(number: int) -> Answer:
        return post(f"{house.url}{statements.appeal_path(codes[number])}", {"text": "not me"})

    def decide(number: int) -> Answer:
        case = cases[number]
        fields = {"policy": "nudity", "sanction": "as_is", "reason": "Plainly visible."}
        return post(
            f"{house.url}/admin/reports/report/{case.pk}/confirm/",
            {**fields, "version": str(case.version)},
            cookie,
        )

    def tell(number: int) -> Answer:
        return report(meetings[number].ada, meetings[number].conversation)

    def writer(
        send: Callable[[int], Answer],
        taken: Container[int],
        *,
        letters: int = LETTERS,
        early: int = EARLY,
    ) -> Writer:
        return Writer(
            send=send,
            is_taken=lambda answer: answer.status in taken,
            letters=letters,
            early=early,
            away=away,
        )

    return Rehearsal(
        notices=writer(lambda number: notice(f"letter {number}"), {303}),
        busy_notices=writer(
            lambda number: notice(f"busy {number}"),
            {303},
            letters=BUSY_LETTERS,
            early=BUSY_LETTERS,
        ),
        # 409: it was taken, and the answer got lost; the page shows it.
        appeals=writer(appeal, {302, 409}),
        decisions=writer(decide, {303}),
        reports=writer(tell, {200}),
        findings=[_found(20 + number, now) for number in range(FINDINGS)],
        decided=[case.pk for case in cases],
    )


def _recorded(number: int, now: datetime) -> tuple[UUID, str]:
    """A report with a sanction: its key, and the statement's code."""
    taken = snapshot(subject=person(number), started_at=now, taken_at=now)
    made = reports_findings.record(finding(snapshot=taken, found_at=now, evidence=()))
    assert made.sanction_code is not None
    return made.report, made.sanction_code


def _claimed(pk: UUID, mod: User, now: datetime) -> Report:
    found = Report.objects.get(pk=pk)
    claims.claim(pk, version=found.version, acting_user=mod, now=now)
    found.refresh_from_db()
    return found


def _found(number: int, now: datetime) -> Finding:
    """Long ago, so that the sweep takes it for one that lost its task."""
    found_at = now - timedelta(milliseconds=RESUME_AFTER_MS) - timedelta(minutes=1)
    taken = snapshot(subject=person(number), started_at=found_at, taken_at=found_at)
    return finding(
        id=FindingId(uuid4()), snapshot=taken, found_at=found_at, evidence=(frame(number),)
    )


def _has_begun(play: Rehearsal) -> bool:
    counts = [len(writer.taken) for writer in play.writers if writer is not play.busy_notices]
    return min(counts) >= EARLY and len(play.busy_notices.taken) >= BUSY_BEFORE


def _find(client: redis.Redis, orders: Dispatcher, found: list[Finding]) -> None:
    """What a judge does about a cut."""
    for one in found:
        subject = one.snapshot.subject
        bars.set_bar_now(client, subject.participant, subject.device, one.id)
        findings.save_now(client, one)
        orders.send(Order(task=RECORD_FINDING, kwargs={"finding": str(one.id)}, queue=OPS))


def _be_away(
    play: Rehearsal, house: House, talking: Meeting, worker: Process, away_s: float
) -> None:
    """Who talks goes on talking; one worker dies with a finding in its hands."""
    end = time.monotonic() + away_s
    count = 0
    while time.monotonic() < end:
        count += 1
        play.readiness.append(_readyz(house))
        play.slowest_pong_s = max(play.slowest_pong_s, _ping(talking))
        talking.ada.send("say", id=str(count), text="still here")
        talking.bo.expect("said", timeout_s=2)
        if worker.is_running and end - time.monotonic() < away_s / 2:
            worker.die()
        time.sleep(LINE_EVERY_S)


def _ping(talking: Meeting) -> float:
    """Seconds until the answer."""
    began_s = time.monotonic()
    talking.ada.send("ping")
    talking.ada.expect("pong")
    return time.monotonic() - began_s


def _come_back(play: Rehearsal, house: House, threads: list[threading.Thread]) -> None:
    began_s = time.monotonic()
    wait_for(lambda: _readyz(house)[0] == 200, timeout_s=BACK_WITHIN_S, what="it is ready again")
    play.ready_again_s = time.monotonic() - began_s
    for thread in threads:
        thread.join(BACK_WITHIN_S)
        assert not thread.is_alive(), "somebody still waits to be heard"
    play.all_taken_s = time.monotonic() - began_s


def _readyz(house: House) -> tuple[int, str]:
    """Status, and what it says of the database."""
    try:
        with urllib.request.urlopen(f"{house.url}/readyz", timeout=5) as answer:
            return answer.status, json.load(answer)["database"]
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)["database"]


@contextmanager
def _orders() -> Iterator[Dispatcher]:
    url = settings.CELERY_BROKER_URL
    app = Celery(broker=url, set_as_current=False)
    app.conf.broker_transport_options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    dispatcher = Dispatcher(app)
    try:
        yield dispatcher
    finally:
        dispatcher.close()


def _ops() -> list[str]:
    return [
        *("celery", "--app", "config", "--quiet", "worker", "--queues", "ops"),
        *("--pool", "prefork", "--concurrency", "1", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
