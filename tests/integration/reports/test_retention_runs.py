"""`apply_retention`: what it lists, what it leaves on the record, and what a kill leaves behind."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db.models import Model
from pytest_django.fixtures import Settings

from reports import retention
from reports.evidence_room import evidence
from reports.evidence_room.storage import evidence_storage
from reports.incoming import findings
from reports.models import AuditEntry, Evidence, Report
from tests.integration.reports.desk import dismiss, held
from tests.integration.reports.killing import run_and_kill
from tests.report_cases import BO, MALLORY, NOW, finding, snapshot
from tests.services import TestServices

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 400


@pytest.fixture
def files(settings: Settings) -> Path:
    return Path(settings.EVIDENCE_DIR)


def test_it_destroys_nothing_by_rules_that_can_not_be_read(
    mod: User, files: Path, settings: Settings, tmp_path: Path
) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    settings.RETENTION_RULES = tmp_path / "nothing.toml"
    for dry_run in (True, False):
        with pytest.raises(CommandError, match="RETENTION_RULES"):
            call_command("apply_retention", dry_run=dry_run)
    assert Evidence.objects.get().destroyed_at is None


def test_a_dry_run_lists_what_would_go_and_what_a_hold_keeps_and_touches_nothing(
    mod: User, lead: User, files: Path
) -> None:
    first = Report.objects.get(pk=findings.record(finding()).report)
    dismiss(first, mod, now=NOW)
    hold = held(first, lead)
    about_bo = snapshot(subject=BO, partner=MALLORY)
    second = Report.objects.get(pk=findings.record(finding(snapshot=about_bo)).report)
    dismiss(second, mod, now=NOW)
    entries = AuditEntry.objects.count()
    out = StringIO()

    call_command("apply_retention", dry_run=True, stdout=out)

    assert f"kept by legal hold {hold.public_id}: {first.pk} (dismissed" in out.getvalue()
    assert f"would go: {second.pk} (dismissed, closed 2026-03-01, 1 item(s))" in out.getvalue()
    assert "1 report(s) would go, 1 kept by legal holds" in out.getvalue()
    assert AuditEntry.objects.count() == entries
    assert not Evidence.objects.exclude(destroyed_at=None).exists()
    assert len(list(files.iterdir())) == 2

    call_command("apply_retention", stdout=out)

    assert Evidence.objects.get(report=second).destroyed_at is not None
    assert Evidence.objects.get(report=first).destroyed_at is None


def test_the_rules_are_on_the_record_whenever_they_change(
    settings: Settings, tmp_path: Path
) -> None:
    retention.sweep(NOW)
    retention.sweep(NOW)
    shipped = Path(settings.RETENTION_RULES).read_text(encoding="utf-8")
    changed = tmp_path / "rules.toml"
    changed.write_text(shipped.replace("days = 7 # from the d", "days = 9 # from the d"))
    settings.RETENTION_RULES = changed
    retention.sweep(NOW)
    entries = AuditEntry.objects.filter(verb="retention.rules_loaded").order_by("sequence")
    assert [json.loads(entry.payload)["days"]["dismissed"] for entry in entries] == [7, 9]
    assert entries[1].object_id == retention.rules().sha256


def test_killed_in_the_middle_it_has_lost_nothing_and_repeats_nothing(
    mod: User, lead: User, files: Path, services: TestServices
) -> None:
    findings.record(finding())
    dismiss(Report.objects.get(), mod, now=NOW)
    copy_report(Report.objects.get())
    last = Report.objects.order_by("closed_at", "pk").reverse()[0]
    held(last, lead)

    run_and_kill(
        services,
        "apply_retention",
        when=AuditEntry.objects.filter(verb="evidence.destroyed").exists,
        environment={"EVIDENCE_DIR": str(files)},
    )

    assert 0 < Evidence.objects.exclude(destroyed_at=None).count() < MANY
    assert_each_is_whole_or_gone(files)

    while retention.sweep(NOW + timedelta(days=8)).reports:
        pass

    assert Evidence.objects.get(destroyed_at=None).report_id == last.pk
    assert_each_is_whole_or_gone(files)
    retention.sweep(datetime.now(tz=UTC) + 2 * retention.ORPHAN_AGE)
    (left,) = files.iterdir()
    assert left.name == evidence.file_name(Evidence.objects.get(destroyed_at=None).pk)


def copy_report(model: Report) -> None:
    """So many reports like it, each with one item of evidence in a file of its own."""
    item = Evidence.objects.get()
    with evidence_storage().open(evidence.file_name(item.pk)) as file:
        sealed = file.read()
    reports = [Report(**{**_fields(model), "conversation": uuid4()}) for _ in range(MANY)]
    Report.objects.bulk_create(reports)
    rows = [Evidence(**{**_fields(item), "report_id": report.pk}) for report in reports]
    Evidence.objects.bulk_create(rows)
    for row in rows:
        evidence_storage().save(evidence.file_name(row.pk), ContentFile(sealed))


def _fields(row: Model) -> dict[str, Any]:
    """Everything but its id."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
    del fields["id"]
    return fields


def assert_each_is_whole_or_gone(files: Path) -> None:
    """Every item has its key, lines and file, or neither key nor lines and one entry as proof."""
    proofs = list(
        AuditEntry.objects.filter(verb="evidence.destroyed").values_list("object_id", flat=True)
    )
    assert len(proofs) == len(set(proofs))
    for row in Evidence.objects.select_related("report"):
        is_gone = row.destroyed_at is not None
        assert (str(row.pk) in proofs) == is_gone
        assert bool(bytes(row.wrapped_key)) != is_gone
        assert bool(row.report.snapshot["lines"]) != is_gone
        assert is_gone or (files / evidence.file_name(row.pk)).exists()
