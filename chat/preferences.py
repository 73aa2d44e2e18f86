"""How somebody wants to talk, kept from visit to visit. Blocking ORM work.

Raises Django's database errors; `chat.database.run` turns them into `DatabaseUnavailable`.
"""

from datetime import datetime

from django.db import transaction

from chat.messages import Mode, Seek
from chat.models import Participant, Preferences
from reports.ids import ParticipantId
from reports.snapshot_json import storable


@transaction.atomic
def save(participant: ParticipantId, wanted: Seek, now: datetime) -> bool:
    """Keep what they chose; False when nobody is here under this id."""
    here = Participant.objects.filter(id=participant, left_at=None)
    if not here.update(languages=list(wanted.languages)):
        return False
    Preferences.objects.update_or_create(
        participant_id=participant,
        defaults={
            "mode": wanted.mode.value,
            "interests": [storable(interest) for interest in wanted.interests],
            "only_common": wanted.only_common,
            "changed_at": now,
        },
    )
    return True


def load(participant: ParticipantId) -> Seek | None:
    """What they chose last, None before the first time and for who has left."""
    row = (
        Preferences.objects.select_related("participant")
        .filter(participant=participant, participant__left_at=None)
        .first()
    )
    if row is None:
        return None
    return Seek(
        mode=Mode(row.mode),
        interests=tuple(row.interests),
        languages=tuple(row.participant.languages),
        only_common=row.only_common,
    )
