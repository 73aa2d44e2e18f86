"""The Celery edge: findings and evidence reach PostgreSQL, and a real worker answers."""

import asyncio
import base64
import json
import os
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import redis
import redis.asyncio
from celery.exceptions import Retry
from django.db import OperationalError

from moderation import tasks
from moderation.classifiers.registry import load_thresholds
from moderation.context import finding_id, frozen_context
from moderation.dispatch import OPS, RECORD_FINDING
from moderation.intake import Screening
from moderation.samples import Purpose
from moderation.stores import bars, findings, heartbeat, keys, media
from moderation.stores.packing import pack_packets
from moderation.verdicts import Decision
from reports.ids import ConversationId, ReportId
from reports.incoming import findings as reports_findings
from reports.incoming import intake as reports_intake
from reports.models import AuditEntry, Evidence, Report
from reports.rules import Rule
from reports.sanctions.in_force import active_sanction
from reports.snapshots import EvidenceItem, EvidenceKind, Finding, UserReport
from tests.integration.moderation.outbox import Outbox
from tests.moderation_cases import astronaut, coffee, film
from tests.moderation_cases import sample as make
from tests.streams import SUBJECT

FOUND_AT = datetime.fromtimestamp(time.time() // 1, UTC)
STARTS_WITHIN_S = 40


def finding(what: str = "1") -> Finding:
    return Finding(
        id=finding_id(SUBJECT, what),
        rule=Rule.NUDITY,
        is_child_safety=False,
        cut=True,
        was_pressed=False,
        snapshot=frozen_context(SUBJECT, (), FOUND_AT),
        found_at=FOUND_AT,
        evidence=(
            EvidenceItem(
                kind=EvidenceKind.SEGMENT,
                media_type="video/x-ivf",
                data=b"DKIF",
                captured_at=FOUND_AT,
                is_offending=True,
            ),
        ),
    )


def keep(client: redis.Redis, found: Finding) -> None:
    bars.set_bar_now(client, SUBJECT.participant, SUBJECT.device, found.id)
    findings.save_now(client, found)


def test_a_finding_stays_pending_and_barred_while_postgresql_is_away(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_finding: Finding) -> None:
        raise OperationalError("the server went away")

    monkeypatch.setattr(reports_findings, "record", away)
    found = finding()
    keep(redis_client, found)

    with pytest.raises(OperationalError):
        tasks.record_finding.run(finding=str(found.id))

    assert findings.pending(redis_client, 2**45) == (found.id,)
    assert redis_client.exists(keys.device_bar(SUBJECT.device))


@pytest.mark.parametrize("error", [OperationalError, OSError], ids=["PostgreSQL", "the store"])
def test_pictures_of_a_report_are_tried_for_as_long_as_what_keeps_them_is_away(
    redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away(*_report: object) -> None:
        raise error("the server went away")

    monkeypatch.setattr(reports_intake, "attach", away)
    report = ReportId(uuid4())
    redis_client.set(keys.media(report), pack_packets(film([coffee()] * 2)))
    tasks.attach_evidence.push_request(
        id=str(uuid4()),
        kwargs={"report": str(report)},
        retries=500,
        called_directly=False,
        delivery_info={"routing_key": OPS},
    )
    try:
        with pytest.raises(Retry):
            tasks.attach_evidence.run(report=str(report))
    finally:
        tasks.attach_evidence.pop_request()


def test_a_finding_that_is_gone_is_no_error_and_not_pending(redis_client: redis.Redis) -> None:
    found = finding()
    keep(redis_client, found)
    redis_client.delete(keys.finding(found.id))

    tasks.record_finding.run(finding=str(found.id))

    assert findings.pending(redis_client, 2**45) == ()


@pytest.mark.django_db(transaction=True)
def test_a_recorded_finding_is_a_sanction_and_the_interim_bar_goes(
    redis_client: redis.Redis,
) -> None:
    found = finding()
    keep(redis_client, found)

    for _ in range(2):
        tasks.record_finding.run(finding=str(found.id), added_by_a_later_release=True)

    assert Report.objects.count() == 1
    assert active_sanction(SUBJECT.participant, SUBJECT.device, FOUND_AT) is not None
    assert findings.pending(redis_client, 2**45) == ()
    assert not redis_client.exists(keys.device_bar(SUBJECT.device))


def test_only_findings_that_wait_too_long_are_sent_again(
    redis_client: redis.Redis, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "shared_dispatcher", lambda: outbox)
    old = replace(finding("old"), found_at=datetime(2026, 1, 1, tzinfo=UTC))
    for found in (old, replace(finding("new"), found_at=datetime.now(UTC))):
        findings.save_now(redis_client, found)

    tasks.resume_findings.run()

    (order,) = outbox.orders
    assert (order.task, order.queue) == (RECORD_FINDING, OPS)
    assert order.kwargs == {"finding": str(old.id)}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("is_torn", "kinds"),
    [(False, ["frame"] * 6 + ["segment"]), (True, ["segment"])],
    ids=["decodable", "torn"],
)
def test_the_last_pictures_are_sealed_to_the_report_once(
    redis_client: redis.Redis, is_torn: bool, kinds: list[str]
) -> None:
    report = reports_intake.receive(
        UserReport(
            rule=Rule.NUDITY,
            note="",
            snapshot=frozen_context(SUBJECT, (), FOUND_AT),
            reported_at=FOUND_AT,
        )
    ).report
    chain = film([coffee(), astronaut()] * 10)
    if is_torn:
        chain[3] = chain[3]._replace(data=chain[3].data[:20])
    redis_client.set(keys.media(report), pack_packets(chain))

    for _ in range(2):
        tasks.attach_evidence.run(report=str(report))

    assert sorted(Evidence.objects.values_list("kind", flat=True)) == kinds
    assert media.load(redis_client, report) is None


async def until(holds: Callable[[], Awaitable[bool]], within_s: float = STARTS_WITHIN_S) -> None:
    """Wait for a condition; fails when it does not come."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.05)


@pytest.mark.django_db
def test_thresholds_are_on_the_record_whenever_they_change() -> None:
    one, other = "1" * 64, "2" * 64
    for sha256 in (one, one, other, other, one):
        tasks.note_thresholds(version="7", sha256=sha256)

    entries = AuditEntry.objects.filter(verb="thresholds.loaded").order_by("sequence")
    assert list(entries.values_list("object_id", flat=True)) == [one, other, one]


async def _ops_order(client: redis.asyncio.Redis) -> bytes:
    """The oldest order that waits for the ops worker."""
    found = await client.lindex("parley.celery.ops", -1)
    assert isinstance(found, bytes)
    return found


async def test_a_real_worker_beats_and_answers_and_a_killed_one_is_missed(
    worker: subprocess.Popen[bytes], redis_url: str, redis_client: redis.Redis
) -> None:
    client = redis.asyncio.Redis.from_url(redis_url)
    screening = Screening(client)
    clean = replace(SUBJECT, conversation=ConversationId(uuid4()))

    async def is_alive() -> bool:
        return heartbeat.is_alive(redis_client, time.time_ns() // 1_000_000)

    async def is_dead() -> bool:
        return not await is_alive()

    async def is_answered() -> bool:
        return await screening.latest_verdict(clean.stream) is not None

    await until(is_alive)
    chain = film([coffee()] * 2)
    submission = make(chain, purpose=Purpose.WINDOW, subject=clean, deadline_ms=2**44)
    await screening.submit(submission, is_opening=True)
    await until(is_answered)

    verdict = await screening.latest_verdict(clean.stream)
    assert verdict is not None
    assert verdict.decision is Decision.CLEAR
    assert verdict.sha256 == submission.sha256

    announced = json.loads(base64.b64decode(json.loads(await _ops_order(client))["body"]))[1]
    assert announced["sha256"] == load_thresholds().sha256

    os.killpg(worker.pid, signal.SIGKILL)
    await until(is_dead, within_s=10)
    await screening.close()
