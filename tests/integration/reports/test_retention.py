import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports import retention
from reports.evidence_room import evidence, legal_holds, viewing
from reports.incoming import findings, intake, notices
from reports.incoming.notices import Letter
from reports.models import AuditEntry, Evidence, Report, Reporter, Statement
from reports.reviewing import appeals
from reports.rules import Rule
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import confirm, dismiss, held
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


def test_a_legal_hold_beats_the_time_until_it_is_released(
    mod: User, lead: User, files: Path
) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    hold = held(Report.objects.get(), lead)
    assert is_kept(NOW + TEN_YEARS, files)
    legal_holds.release(hold.pk, reason="settled", acting_user=lead, now=NOW + TEN_YEARS)
    assert not is_kept(NOW + TEN_YEARS, files)


def test_of_two_holds_the_longer_counts(mod: User, lead: User, files: Path) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    for days in (40, 60):
        held(Report.objects.get(), lead, until=NOW + timedelta(days=days))
    assert is_kept(NOW + timedelta(days=60, seconds=-1), files)
    assert not is_kept(NOW + timedelta(days=60), files)


def test_a_submission_to_the_cybertipline_keeps_for_a_year(
    mod: User, lead: User, files: Path
) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    legal_holds.place_for_submission(
        Report.objects.get().pk, submitted_at=NOW, reason="filed", acting_user=lead, now=NOW
    )
    assert is_kept(NOW + timedelta(days=365, seconds=-1), files)
    assert not is_kept(NOW + timedelta(days=365), files)


def test_a_hold_placed_while_a_sweep_is_under_way_still_counts(
    mod: User, lead: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    destroy = retention._destroy

    def late(report: UUID, *arguments: Any) -> int | None:
        held(Report.objects.get(), lead)
        return destroy(report, *arguments)

    monkeypatch.setattr(retention, "_destroy", late)
    assert is_kept(NOW + timedelta(days=8), files)


def test_a_notice_is_kept_with_the_report_that_is_on_hold(mod: User, lead: User) -> None:
    letter = Letter(
        rule=Rule.HARASSMENT,
        explanation="rude",
        locator="x",
        conversation=None,
        name="Eve Example",
        email="eve@example.org",
    )
    notice = notices.receive(letter, [snapshot()], now=NOW)
    report = notices.open_report(notice.pk, side=0, acting_user=mod, now=NOW)
    report = Report.objects.get(pk=report.pk)
    dismiss(report, mod, now=NOW)
    hold = held(report, lead)
    retention.sweep(NOW + TEN_YEARS)
    notice.refresh_from_db()
    assert (len(notice.sides), notice.name) == (1, "Eve Example")
    legal_holds.release(hold.pk, reason="settled", acting_user=lead, now=NOW + TEN_YEARS)
    assert retention.sweep(NOW + TEN_YEARS).notices == 2
    notice.refresh_from_db()
    assert (notice.sides, notice.name, notice.email) == ([], "", "")


def test_what_only_a_reporter_wrote_goes_too(mod: User) -> None:
    told = user_report(note="she was rude", snapshot=snapshot(lines=()), subject_prefix="keyed")
    intake.receive(told)
    dismiss(Report.objects.get(), mod, now=NOW)
    assert Report.objects.get().subject_prefix
    assert retention.sweep(NOW + timedelta(days=7)).reports == 1
    assert Reporter.objects.get().note == ""
    assert Report.objects.get().subject_prefix == ""
    assert retention.sweep(NOW + timedelta(days=7)).reports == 0


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
    why = {"kept": "dismissed", "rules": retention.rules().version}
    proof = json.loads(AuditEntry.objects.get(verb="evidence.destroyed").payload)
    assert proof == {"report": str(report.pk), "sha256": row.sha256, **why}
    lines = json.loads(AuditEntry.objects.get(verb="report.lines_destroyed").payload)
    assert lines == {"lines": 4, **why}
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
    assert is_kept(NOW + timedelta(days=365, seconds=-1), files)
    assert not is_kept(NOW + timedelta(days=365), files)


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
    assert retention.sweep(NOW) == retention.Swept(reports=0, destroyed=0, notices=0, orphans=0)
