"""The ids that every app shares: UUIDs that a type checker can tell apart."""

from typing import NewType
from uuid import UUID

ParticipantId = NewType("ParticipantId", UUID)
DeviceId = NewType("DeviceId", UUID)
ConversationId = NewType("ConversationId", UUID)
ReportId = NewType("ReportId", UUID)
EvidenceId = NewType("EvidenceId", UUID)
FindingId = NewType("FindingId", UUID)
