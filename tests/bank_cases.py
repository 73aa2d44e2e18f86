"""Entries of banks as people bring them about: picked, agreed on, and a day later in force."""

from datetime import timedelta

from django.contrib.auth.models import User

from reports.incoming import findings
from reports.known_pictures import banks
from reports.models import BankEntry, Evidence
from reports.sanctions.ladder import Length
from reports.snapshots import EvidenceKind
from tests.integration.reports.desk import SOON, claimed, confirm
from tests.report_cases import finding

DAY = timedelta(hours=24)


def confirmed_frame(mod: User, **changes: object) -> Evidence:
    """A frame of a report that somebody confirmed."""
    findings.record(finding(**changes))
    report = claimed(mod)
    confirm(report, mod, Length.AS_IS)
    return report.evidence.get(kind=EvidenceKind.FRAME.value)


def proposed(mod: User) -> BankEntry:
    frame = confirmed_frame(mod)
    return banks.propose(frame.pk, reason="shows it", acting_user=mod, now=SOON)


def on_trial(mod: User, lead: User) -> BankEntry:
    entry = proposed(mod)
    return banks.approve(entry.pk, acting_user=lead, now=SOON)


def in_force(mod: User, lead: User) -> BankEntry:
    entry = on_trial(mod, lead)
    assert banks.settle(SOON + DAY).active == 1
    entry.refresh_from_db()
    return entry
