"""Frames of the prevalence sample for tests: drawn, sealed and taken in as in production."""

from datetime import datetime, timedelta
from uuid import UUID

import cv2
import redis
from django.conf import settings
from django.utils import timezone

from moderation import tasks
from moderation.stores import keys, prevalence
from reports.keys import evidence_public_key
from reports.models import PrevalenceFrame
from reports.prevalence import sealing
from reports.prevalence.memory import frame_memory
from reports.snapshots import Person, Score
from tests.moderation_cases import coffee
from tests.report_cases import MALLORY, snapshot


def jpeg() -> bytes:
    """A harmless photograph."""
    picture = cv2.cvtColor(coffee(), cv2.COLOR_RGB2BGR)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def draw(
    client: redis.Redis,
    *,
    person: Person = MALLORY,
    score: float = 0.1,
    at: datetime | None = None,
) -> PrevalenceFrame:
    """One frame of `person`, who agreed, waiting to be judged."""
    captured_at = at or timezone.now() - timedelta(minutes=1)
    context = snapshot(
        subject=person,
        partner=None,
        lines=(),
        taken_at=captured_at,
        started_at=captured_at - timedelta(minutes=1),
        scores=(Score(label="BUTTOCKS_EXPOSED", value=score),),
    )
    kept = sealing.seal(
        jpeg(), context, public_key=evidence_public_key(settings.EVIDENCE_PUBLIC_KEY)
    )
    client.set(keys.prevalence_consent(person.participant), 1)
    assert prevalence.save(client, kept, person, day_max=1000)
    tasks.take_in_prevalence()
    return PrevalenceFrame.objects.get(pk=kept.id)


def is_kept(frame: UUID) -> bool:
    """Whether the picture is still in memory."""
    return not frame_memory().find_gone([frame])
