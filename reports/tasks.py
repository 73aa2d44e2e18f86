"""The Celery edge of `reports`; every task is on the `ops` queue and safe to run twice."""

import logging
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from reports import anchors, audit, notices, retention
from reports.anchors import Anchor
from reports.keys import anchor_private_key
from reports.models import Sanction

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def anchor_audit(**_later: Any) -> None:
    """Sign the trail's head into AUDIT_ANCHOR_DIR; nothing while the trail is empty."""
    sequence, head_hash = audit.head()
    if not sequence:
        return
    anchor = Anchor(sequence=sequence, hash=head_hash, at=timezone.now().isoformat())
    anchors.append(settings.AUDIT_ANCHOR_DIR, anchor, anchor_private_key(settings.AUDIT_ANCHOR_KEY))


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
