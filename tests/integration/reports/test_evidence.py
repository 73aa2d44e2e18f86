from pathlib import Path

import cv2
import numpy as np
import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports.evidence_room import evidence, viewing
from reports.incoming import findings
from reports.keys import new_evidence_pair
from reports.models import Evidence, EvidenceView
from reports.reviewing import claims
from reports.snapshots import EvidenceItem
from tests.report_cases import NOW, finding, frame

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
    assert claims.claim_next(acting_user=user, now=NOW) is not None


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def test_nothing_opens_without_the_private_key(
    row: Evidence, mod: User, settings: Settings
) -> None:
    claim(mod)
    settings.EVIDENCE_PRIVATE_KEY = ""
    with pytest.raises(evidence.NoPrivateKeyError, match="EVIDENCE_PRIVATE_KEY"):
        viewing.open_original(row.pk, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_nothing_opens_with_another_private_key(
    row: Evidence, mod: User, settings: Settings
) -> None:
    claim(mod)
    settings.EVIDENCE_PRIVATE_KEY = new_evidence_pair().private
    with pytest.raises(evidence.AlteredError):
        viewing.open_original(row.pk, acting_user=mod, now=NOW)


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
        viewing.open_original(first.pk, acting_user=mod, now=NOW)


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
