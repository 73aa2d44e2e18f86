from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection
from pytest_django.fixtures import Settings

from reports import audit, evidence, findings, review
from reports.keys import new_evidence_pair
from reports.models import AuditEntry, Evidence, EvidenceView, Report
from reports.roles import NotAllowedError
from reports.snapshots import EvidenceItem, EvidenceKind
from tests.report_cases import NOW, finding, frame, ivf

pytestmark = pytest.mark.django_db


@pytest.fixture
def item() -> EvidenceItem:
    return frame(4)


@pytest.fixture
def row(item: EvidenceItem) -> Evidence:
    findings.record(finding(evidence=(item,)))
    return Evidence.objects.get()


@pytest.fixture
def files(settings: Settings) -> Path:
    return Path(settings.EVIDENCE_DIR)


def claim(user: User) -> None:
    assert review.claim_next(acting_user=user, now=NOW) is not None


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def test_an_original_is_refused_without_the_claim(row: Evidence, mod: User) -> None:
    with pytest.raises(evidence.NoClaimError):
        evidence.open_original(row.pk, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_an_original_is_refused_when_the_lease_has_lapsed(
    row: Evidence, mod: User, settings: Settings
) -> None:
    claim(mod)
    lapsed = NOW + timedelta(seconds=settings.CLAIM_LEASE_S)
    with pytest.raises(evidence.NoClaimError):
        evidence.open_original(row.pk, acting_user=mod, now=lapsed)


def test_an_original_is_refused_to_somebody_elses_claim(
    row: Evidence, mod: User, other_mod: User
) -> None:
    claim(other_mod)
    with pytest.raises(evidence.NoClaimError):
        evidence.open_original(row.pk, acting_user=mod, now=NOW)


def test_an_auditor_sees_no_media(row: Evidence, auditor: User) -> None:
    with pytest.raises(NotAllowedError):
        evidence.open_mosaic(row.pk, acting_user=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        evidence.open_original(row.pk, acting_user=auditor, now=NOW)


def test_nothing_opens_without_the_private_key(
    row: Evidence, mod: User, settings: Settings
) -> None:
    claim(mod)
    settings.EVIDENCE_PRIVATE_KEY = ""
    with pytest.raises(evidence.NoPrivateKeyError, match="EVIDENCE_PRIVATE_KEY"):
        evidence.open_original(row.pk, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_nothing_opens_with_another_private_key(
    row: Evidence, mod: User, settings: Settings
) -> None:
    claim(mod)
    settings.EVIDENCE_PRIVATE_KEY = new_evidence_pair().private
    with pytest.raises(evidence.AlteredError):
        evidence.open_original(row.pk, acting_user=mod, now=NOW)


def test_sealing_needs_no_private_key(settings: Settings) -> None:
    settings.EVIDENCE_PRIVATE_KEY = ""
    findings.record(finding())
    assert Evidence.objects.exists()


def test_one_items_file_does_not_open_as_another(mod: User, files: Path) -> None:
    findings.record(finding(evidence=(frame(1), frame(2))))
    claim(mod)
    first, second = Evidence.objects.all()
    (files / evidence.file_name(first.pk)).write_bytes(
        (files / evidence.file_name(second.pk)).read_bytes()
    )
    with pytest.raises(evidence.AlteredError):
        evidence.open_original(first.pk, acting_user=mod, now=NOW)


def test_the_disk_holds_no_plaintext_and_only_its_owner_may_look(
    row: Evidence, item: EvidenceItem, files: Path
) -> None:
    (file,) = files.iterdir()
    sealed = file.read_bytes()
    assert item.data[:64] not in sealed
    assert b"PNG" not in sealed[:64]
    assert file.stat().st_mode & 0o077 == 0
    assert files.stat().st_mode & 0o077 == 0


def test_the_row_proves_what_was_sealed(row: Evidence, item: EvidenceItem) -> None:
    assert row.size_bytes == len(item.data)
    assert len(row.sha256) == 64
    assert len(row.md5) == 32
    assert len(row.pdq) == 64
    assert row.is_offending


def test_the_mosaic_is_shown_without_a_claim_and_is_no_original(
    row: Evidence, item: EvidenceItem, mod: User
) -> None:
    opened = evidence.open_mosaic(row.pk, acting_user=mod, now=NOW)
    assert pixels(opened.data).ndim == 2
    assert AuditEntry.objects.latest("sequence").verb == "evidence.opened"


def test_the_original_comes_watermarked_and_both_ends_are_on_the_record(
    row: Evidence, item: EvidenceItem, mod: User
) -> None:
    claim(mod)
    opened = evidence.open_original(row.pk, acting_user=mod, now=NOW)
    shown, original = pixels(opened.data), pixels(item.data)
    assert shown.shape == original.shape
    assert 0 < (shown != original).mean() < 0.2
    view = EvidenceView.objects.get()
    assert view.served_at is None
    evidence.mark_served(opened.view, now=NOW + timedelta(seconds=1))
    evidence.mark_served(opened.view, now=NOW + timedelta(seconds=9))
    view.refresh_from_db()
    assert view.served_at == NOW + timedelta(seconds=1)
    verbs = AuditEntry.objects.filter(object_type="evidence", actor=mod.pk)
    assert list(verbs.values_list("verb", flat=True)) == ["evidence.opened", "evidence.served"]


def test_a_segment_is_shown_as_a_sheet(mod: User) -> None:
    segment = EvidenceItem(
        kind=EvidenceKind.SEGMENT,
        media_type="video/x-ivf",
        data=ivf(),
        captured_at=NOW,
        is_offending=False,
    )
    findings.record(finding(evidence=(segment,)))
    claim(mod)
    opened = evidence.open_original(Evidence.objects.get().pk, acting_user=mod, now=NOW)
    assert opened.media_type == "image/png"
    assert pixels(opened.data).shape == (480, 960, 3)


@pytest.mark.django_db(transaction=True)
def test_opened_is_committed_before_the_first_byte(
    mod: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings.record(finding())
    claim(mod)
    row = Evidence.objects.get()
    states = []

    def unseal(_row: Evidence) -> bytes:
        states.append((connection.in_atomic_block, EvidenceView.objects.count()))
        return frame().data

    monkeypatch.setattr(evidence, "_unseal", unseal)
    evidence.open_original(row.pk, acting_user=mod, now=NOW)
    assert states == [(False, 1)]


@pytest.mark.django_db(transaction=True)
def test_nothing_opens_inside_a_transaction_that_could_still_be_rolled_back(mod: User) -> None:
    findings.record(finding())
    claim(mod)
    row = Evidence.objects.get()
    with audit.trail(), pytest.raises(RuntimeError, match="durable"):
        evidence.open_original(row.pk, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_lines_are_on_the_record_when_shown(row: Evidence, mod: User) -> None:
    evidence.record_lines_served(Report.objects.get(), acting_user=mod, now=NOW)
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.verb, entry.actor) == ("report.lines_served", mod.pk)
