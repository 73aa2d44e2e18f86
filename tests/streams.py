"""The stream that the tests of pictures are about: ada's side of a conversation with bo."""

from uuid import UUID

from moderation.samples import Side, Subject
from reports.ids import ConversationId, DeviceId, ParticipantId
from reports.snapshots import Person
from tests.packets import ZERO_MS

SUBJECT = Subject(
    conversation=ConversationId(UUID(int=1)),
    side=Side.A,
    participant=ParticipantId(UUID(int=2)),
    device=DeviceId(UUID(int=3)),
    partner=Person(participant=ParticipantId(UUID(int=4)), device=DeviceId(UUID(int=5))),
    mode="video",
    pool="adult",
    started_ms=ZERO_MS,
)
