import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports import appeals, evidence, findings, intake, retention, viewing
from reports.ladder import Length
from reports.models import AuditEntry, Evidence, Report, Statement
from reports.rules import Rule
from tests.integration.reports.desk import confirm, dismiss
from tests.report_cases import NOW, finding, snapshot, user_report

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
TEN_YEARS = timedelta(days=3650)


@pytest.fixture
def files(settings: Settings) -> Path:
    return Path(settings.EVIDENCE_DIR)


def file_of(files: Path) -> Path:
    return files / evidence.file_name(Evidence.objects.get().pk)


def is_kept(at: datetime, files: Path) -> bool:
    retention.sweep(at)
    kept = Evidence.objects.get().destroyed_at is None
    assert file_of(files).exists() == kept
    return kept


def test_what_nobody_has_decided_is_kept_for_ever(files: Path) -> None:
    findings.record(finding())
    assert is_kept(NOW + TEN_YEARS, files)
    assert Report.objects.get().state == "open"


def test_a_legal_hold_beats_the_time(mod: User, files: Path) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    Report.objects.update(is_on_legal_hold=True)
    assert is_kept(NOW + TEN_YEARS, files)


def test_dismissed_evidence_is_destroyed_after_seven_days(mod: User, files: Path) -> None:
    context = snapshot()
    findings.record(finding(snapshot=context))
    intake.receive(user_report(rule=Rule.NUDITY, snapshot=context))
    dismiss(Report.objects.get(), mod, now=NOW)
    assert is_kept(NOW + timedelta(days=7, seconds=-1), files)
    assert not is_kept(NOW + timedelta(days=7), files)
    row, report = Evidence.objects.get(), Report.objects.get()
    assert bytes(row.wrapped_key) == b""
    assert len(row.sha256) == 64
    assert report.snapshot["lines"] == []
    assert report.findings.get().snapshot["lines"] == []
    assert report.reporters.get().snapshot["lines"] == []
    assert report.reporters.get().note == ""
    assert AuditEntry.objects.filter(verb="evidence.destroyed").count() == 1
    with pytest.raises(evidence.DestroyedError):
        viewing.open_mosaic(row.pk, acting_user=mod, now=NOW)
    entries = AuditEntry.objects.count()
    retention.sweep(NOW + timedelta(days=8))
    assert AuditEntry.objects.count() == entries


def test_confirmed_evidence_outlives_the_time_for_appeals(
    mod: User, files: Path, settings: Settings
) -> None:
    findings.record(finding())
    confirm(Report.objects.get(), mod, Length.AS_IS, now=NOW)
    assert is_kept(NOW + timedelta(days=settings.APPEAL_WITHIN_DAYS), files)
    assert not is_kept(NOW + timedelta(days=settings.EVIDENCE_CONFIRMED_DAYS), files)


def test_an_open_appeal_keeps_it_and_a_granted_one_ends_it(
    mod: User, other_mod: User, files: Path
) -> None:
    findings.record(finding())
    confirm(Report.objects.get(), mod, Length.AS_IS, now=NOW)
    appeal = appeals.write(Statement.objects.get().code, "It was a statue", now=NOW)
    assert is_kept(NOW + TEN_YEARS, files)
    appeals.decide(appeal.pk, is_granted=True, reason="", acting_user=other_mod, now=NOW)
    assert is_kept(NOW + timedelta(days=6), files)
    assert not is_kept(NOW + timedelta(days=7), files)


def test_a_file_without_a_row_goes_after_an_hour_and_others_stay(files: Path) -> None:
    findings.record(finding())
    os.utime(file_of(files), (LONG_AGO, LONG_AGO))
    old, young = files / "old.sealed", files / "young.sealed"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (LONG_AGO, LONG_AGO))
    moment = datetime.fromtimestamp(young.stat().st_mtime, tz=UTC)
    swept = retention.sweep(moment)
    assert swept.orphans == 1
    assert not old.exists()
    assert young.exists()
    assert file_of(files).exists()


def test_what_a_rollback_left_behind_is_swept(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("after the evidence")

    monkeypatch.setattr(intake, "reprioritise", fail)
    with pytest.raises(RuntimeError):
        findings.record(finding())
    (left,) = files.iterdir()
    assert not Evidence.objects.exists()
    moment = datetime.fromtimestamp(left.stat().st_mtime, tz=UTC)
    assert retention.sweep(moment + timedelta(minutes=59)).orphans == 0
    assert retention.sweep(moment + timedelta(minutes=61)).orphans == 1


def test_sweeping_before_there_is_any_evidence_is_fine(files: Path) -> None:
    assert not files.exists()
    assert retention.sweep(NOW) == retention.Swept(orphans=0, destroyed=0)
