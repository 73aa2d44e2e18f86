"""The Celery edge of `reports`; every task is on the `ops` queue and safe to run twice."""

import logging
import secrets
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from reports import retention
from reports.evidence_room import alarms
from reports.keys import anchor_private_key
from reports.models import Queue, Sanction
from reports.prevalence import frames
from reports.prevalence.memory import frame_memory
from reports.public import transparency
from reports.reviewing import quality_drawing, wave_work, waves
from reports.trail import standing
from reports.trail.anchor_stores import anchor_store
from reports.trail.anchoring import anchor_head

SEED_BYTES = 16
log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def anchor_audit(**_later: Any) -> None:
    """Sign the trail's head and keep it outside the database, unless it was anchored already."""
    key = anchor_private_key(settings.AUDIT_ANCHOR_KEY)
    anchor_head(anchor_store(), key, timezone.now())


@shared_task(ignore_result=True)
def note_standing(**_later: Any) -> None:
    """Put settings and rights on the record when they changed."""
    standing.note(timezone.now())


@shared_task(ignore_result=True)
def carry_out_wave(*, wave_id: int, **_later: Any) -> None:
    """Decide, or undo, what is left of a wave."""
    wave_work.carry_out(wave_id, clock=timezone.now)


@shared_task(ignore_result=True)
def finish_waves(**_later: Any) -> None:
    """Go on with the waves whose task was lost, or died in the middle."""
    for wave_id in waves.unfinished():
        wave_work.carry_out(wave_id, clock=timezone.now)


@shared_task(ignore_result=True)
def sweep_evidence(**_later: Any) -> None:
    """Destroy what is over its time, and files without a row."""
    swept = retention.sweep(timezone.now())
    if swept.orphans or swept.destroyed:
        log.info("evidence swept: %d destroyed, %d orphans", swept.destroyed, swept.orphans)


@shared_task(ignore_result=True)
def sweep_prevalence(**_later: Any) -> None:
    """Destroy frames of the prevalence sample that nobody judged in time."""
    swept = frames.sweep(frame_memory(), retention.rules(), timezone.now())
    if swept.unanswered or swept.lost:
        log.info("prevalence swept: %d unanswered, %d lost", swept.unanswered, swept.lost)


@shared_task(ignore_result=True)
def alarm_overdue_holds(**_later: Any) -> None:
    """Say loudly that people wait for a decision; never decides anything itself (I15)."""
    overdue = Sanction.objects.overdue(timezone.now()).count()
    if overdue:
        log.error("%d hold(s) are overdue: a person has to decide", overdue)


@shared_task(ignore_result=True)
def draw_quality_samples(**_later: Any) -> None:
    """Draw yesterday's samples for second decisions, once."""
    now = timezone.now()
    if not settings.QUALITY_SAMPLE_SIZE:
        return
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    span = quality_drawing.Span(since=today - timedelta(days=1), until=today)
    quality_drawing.draw_for_day(
        span.since.date(),
        secrets.token_hex(SEED_BYTES),
        size=settings.QUALITY_SAMPLE_SIZE,
        span=span,
        now=now,
    )


@shared_task(ignore_result=True)
def alarm_about_staff(**_later: Any) -> None:
    """Say loudly who looks without deciding or lifts unusually much; a lead asks them (I18)."""
    now = timezone.now()
    for look in alarms.looks(tuple(Queue), now):
        if look.is_alarming:
            log.error(
                "account %d opened originals of %d report(s) and left %d undecided: ask them",
                look.account_id,
                look.opened,
                look.undecided,
            )
    for lift in alarms.lifts(tuple(Queue), now):
        if lift.is_alarming:
            log.error(
                "account %d lifted %d of %d sanction(s): ask them",
                lift.account_id,
                lift.lifted,
                lift.lifted + lift.upheld,
            )


@shared_task(ignore_result=True)
def publish_transparency(**_later: Any) -> None:
    """Publish the months that are over and not yet published."""
    transparency.publish(timezone.now())
