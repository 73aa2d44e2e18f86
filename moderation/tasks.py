"""The Celery edge of moderation: translate, call once, translate back."""

import logging
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import celeryd_after_setup, worker_process_init
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from moderation import evidence, shifts
from moderation.bank import publishing
from moderation.classifiers.registry import load_thresholds
from moderation.context import at
from moderation.dispatch import (
    ATTACH_EVIDENCE,
    JUDGE_WAITING,
    NOTE_BANK_HIT,
    NOTE_THRESHOLDS,
    OPS,
    PUBLISH_BANKS,
    RECORD_FINDING,
    RESUME_FINDINGS,
    SCREENING,
    Order,
    shared_dispatcher,
)
from moderation.judging import Judge, now_ms
from moderation.stores import bars, client, findings, media, prevalence
from moderation.stores.turns import ShiftId
from moderation.worker import make_judge, start_pulse
from reports.hashing.sightings import BankMatch, Crop, Orientation
from reports.ids import DeviceId, FindingId, ParticipantId, ReportId
from reports.incoming import findings as reports_findings
from reports.incoming import intake as reports_intake
from reports.known_pictures import bank_imports
from reports.known_pictures import banks as reports_banks
from reports.prevalence import frames as prevalence_frames
from reports.snapshots import Person
from reports.trail import audit

logger = logging.getLogger(__name__)

JUDGE_MAX_S = 5
"""Hard limit for what comes at a shift's end: a process that needs longer is killed."""
RETRIES = 5
RESUME_AFTER_MS = 120_000
"""A finding older than this that is not recorded has lost its task."""

THRESHOLDS_LOADED = "thresholds.loaded"

STORES_AWAY = (OperationalError, InterfaceError, OSError)
"""PostgreSQL, or what evidence is kept in."""
UNTIL_IT_IS_THERE: Any = {
    "autoretry_for": STORES_AWAY,
    "max_retries": None,
    "retry_backoff": 2,
    "retry_backoff_max": 60,
    "acks_late": True,
}
"""For what nobody would send a second time, and what may be done twice: also a worker that dies
with it loses nothing, the broker hands it out again after its visibility timeout. Findings are
swept up, and need no more than RETRIES."""


class _Process:
    """What this process is: whether it screens, with what, and how fast."""

    screens = False
    judge: Judge | None = None
    pace = shifts.Pace()


@celeryd_after_setup.connect
def _note_queues(instance: Any, **_signal: Any) -> None:
    # In the parent, before it forks: only who judges needs models.
    _Process.screens = SCREENING in instance.app.amqp.queues.consume_from


@worker_process_init.connect
def _prepare(**_signal: Any) -> None:
    if _Process.screens:
        _Process.judge = make_judge()
        _announce_thresholds()
        start_pulse()


def _announce_thresholds() -> None:
    # A screening process has no business in PostgreSQL: the ops worker writes it down.
    rules = load_thresholds()
    kwargs = {"version": rules.version, "sha256": rules.sha256}
    shared_dispatcher().send(Order(task=NOTE_THRESHOLDS, kwargs=kwargs, queue=OPS))


@shared_task(name=JUDGE_WAITING, ignore_result=True, time_limit=JUDGE_MAX_S + shifts.SHIFT_MAX_S)
def judge_waiting(*, shift: str, opening_took_ms: int = 0, **_later: Any) -> None:
    """Judge what waits, the most urgent first, until nothing does or the shift is long enough."""
    if _Process.judge is None:
        raise RuntimeError("this process has no models; only screening workers serve this queue")
    shifts.work(_Process.judge, _Process.pace, ShiftId(shift), opening_took_ms)


@shared_task(
    name=RECORD_FINDING,
    ignore_result=True,
    autoretry_for=STORES_AWAY,
    max_retries=RETRIES,
    retry_backoff=2,
)
def record_finding(*, finding: str, **_later: Any) -> None:
    """Hand a finding to PostgreSQL, then lift its interim bar and forget it.

    When PostgreSQL stays away for longer than the retries, `resume_findings` comes back to it.
    """
    finding_id = FindingId(UUID(finding))
    with client.connect() as redis:
        found = findings.load(redis, finding_id)
        if found is None:
            # Recorded already, or its 24 hours are over; then the bar is over, too.
            findings.discard(redis, finding_id)
            logger.info("finding %s is not there any more", finding)
            return
        reports_findings.record(found)
        person = found.snapshot.subject
        bars.clear_bar_now(redis, person.participant, person.device, finding_id)
        findings.discard(redis, finding_id)


@shared_task(
    name=NOTE_THRESHOLDS,
    ignore_result=True,
    **UNTIL_IT_IS_THERE,
)
def note_thresholds(*, version: str, sha256: str, **_later: Any) -> None:
    """Put the thresholds that a screening process judges by on the record, when they changed (I23).

    The entry's object is the file's whole digest.
    """
    audit.record_digest(THRESHOLDS_LOADED, "thresholds", sha256, payload={"version": version})


@shared_task(name=PUBLISH_BANKS, ignore_result=True)
def publish_banks(**_later: Any) -> None:
    """Let the machine do its part in the banks, then hand screening their newest copy."""
    now = timezone.now()
    reports_banks.settle(now)
    bank_imports.settle(now)
    with client.connect() as redis:
        publishing.publish(redis)


@shared_task(
    name=NOTE_BANK_HIT,
    ignore_result=True,
    **UNTIL_IT_IS_THERE,
)
def note_bank_hit(
    *,
    entry: int,
    distance: int,
    orientation: str,
    crop: str,
    conversation: str,
    participant: str,
    device: str,
    was_clear: int,
    at_ms: int,
    **_later: Any,
) -> None:
    """Keep that an entry on trial met somebody."""
    reports_banks.note_hit(
        BankMatch(
            entry=entry,
            distance=distance,
            orientation=Orientation(orientation),
            crop=Crop(crop),
        ),
        UUID(conversation),
        Person(
            participant=ParticipantId(UUID(participant)),
            device=DeviceId(UUID(device)),
        ),
        was_clear=bool(was_clear),
        at=at(at_ms),
    )


@shared_task(ignore_result=True)
def take_in_prevalence(**_later: Any) -> None:
    """Write down which frames wait to be judged; what was taken back meanwhile is passed over."""
    with client.connect() as redis:
        for frame in prevalence.find_new(redis):
            kept = prevalence.load(redis, frame)
            if kept is not None:
                prevalence_frames.take_in(kept)
            prevalence.note_taken_in(redis, frame)


@shared_task(name=RESUME_FINDINGS, ignore_result=True)
def resume_findings(**_later: Any) -> None:
    """Send `record_finding` again for findings that should long have been recorded."""
    with client.connect() as redis:
        for finding_id in findings.pending(redis, now_ms() - RESUME_AFTER_MS):
            kwargs = {"finding": str(finding_id)}
            shared_dispatcher().send(Order(task=RECORD_FINDING, kwargs=kwargs, queue=OPS))


@shared_task(
    name=ATTACH_EVIDENCE,
    ignore_result=True,
    **UNTIL_IT_IS_THERE,
)
def attach_evidence(*, report: str, **_later: Any) -> None:
    """Seal the reported side's last pictures to the report, then forget the packets."""
    report_id = ReportId(UUID(report))
    with client.connect() as redis:
        packets = media.load(redis, report_id)
        if packets is None:
            return
        if items := evidence.of_report(packets):
            reports_intake.attach(report_id, items)
        media.discard(redis, report_id)
