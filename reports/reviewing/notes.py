"""Notes that staff leave on a report for each other: added, never changed or taken away.

`NoteError` — the note is empty or too long; a retry does not help. `reports.roles.NotAllowedError`
and `Report.DoesNotExist` (also for what the account may not know of) are raised as they are.

A note changes nothing about the report: nobody who is deciding it loses a race to one.
"""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.models import User

from reports.models import Report, StaffNote
from reports.roles import Right, require
from reports.snapshot_json import storable
from reports.trail import audit

TEXT_MAX = 2000


class NoteError(Exception):
    """The text is empty, or has more than TEXT_MAX characters."""


def write(report_id: UUID, text: str, *, acting_user: User, now: datetime) -> StaffNote:
    """Add a note. The trail says that there is one, and never what it says."""
    require(acting_user, Right.REVIEW)
    words = storable(text).strip()
    if not words or len(words) > TEXT_MAX:
        raise NoteError(f"write between 1 and {TEXT_MAX} characters")
    with audit.trail():
        report = Report.objects.visible_to(acting_user).get(pk=report_id)
        note = StaffNote.objects.create(report=report, text=words, written_by=acting_user, at=now)
        audit.record(
            "report.noted",
            target=report,
            payload={"note": note.pk, "characters": len(words), "queue": report.queue},
            acting_user=acting_user,
            now=now,
        )
    return note
