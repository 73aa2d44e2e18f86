"""The Celery edge of `reports`; every task is on the `ops` queue and safe to run twice."""

import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from reports import notices, retention
from reports.anchor_stores import anchor_store
from reports.anchoring import anchor_head
from reports.keys import anchor_private_key
from reports.models import Sanction

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def anchor_audit(**_later: Any) -> None:
    """Sign the trail's head and keep it outside the database, unless it was anchored already."""
    key = anchor_private_key(settings.AUDIT_ANCHOR_KEY)
    anchor_head(anchor_store(), key, timezone.now())


@shared_task(ignore_result=True)
def sweep_evidence(**_later: Any) -> None:
    """Destroy evidence whose time is over and files without a row; empty old notices."""
    swept = retention.sweep(timezone.now())
    if swept.orphans or swept.destroyed:
        log.info("evidence swept: %d destroyed, %d orphans", swept.destroyed, swept.orphans)
    notices.forget(timezone.now())


@shared_task(ignore_result=True)
def alarm_overdue_holds(**_later: Any) -> None:
    """Say loudly that people wait for a decision; never decides anything itself (I15)."""
    overdue = Sanction.objects.overdue(timezone.now()).count()
    if overdue:
        log.error("%d hold(s) are overdue: a person has to decide", overdue)
