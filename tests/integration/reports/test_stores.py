"""Evidence and anchors on a disk and in a bucket: sealed, served, rotated, destroyed, vouched for.

What goes wrong with a bucket, one by one, is in tests/contract/test_sealed_stores.py.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from pytest_django.fixtures import Settings

from reports import retention
from reports.evidence_room import evidence, viewing
from reports.evidence_room.storage import evidence_storage
from reports.evidence_room.viewing import Glance
from reports.incoming import findings
from reports.keys import new_evidence_pair
from reports.models import AuditEntry, Evidence, EvidenceView, Report
from reports.reviewing import claims
from reports.tasks import anchor_audit
from reports.trail.anchor_stores import AnchorStoreError, StorageStore, anchor_store
from tests.integration.reports.desk import claimed, dismiss
from tests.integration.reports.trail import verify, write
from tests.report_cases import NOW, finding, frame
from tests.s3_server import S3Server

pytestmark = pytest.mark.django_db(transaction=True)
AWAY = "http://127.0.0.1:9"


@pytest.fixture(params=["disk", "bucket"])
def place(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Where evidence lies in this test."""
    if request.param == "bucket":
        in_a_bucket(request.getfixturevalue("s3_server"), settings)
    return str(request.param)


def in_a_bucket(server: S3Server, settings: Settings) -> str:
    bucket = server.new_bucket()
    settings.EVIDENCE_STORAGE = server.storage(bucket, prefix="evidence")
    return bucket


def take_away(settings: Settings) -> None:
    """Nobody listens any more where the store was."""
    options = settings.EVIDENCE_STORAGE["OPTIONS"] | {"endpoint_url": AWAY}
    settings.EVIDENCE_STORAGE = settings.EVIDENCE_STORAGE | {"OPTIONS": options}


def open_one(user: User) -> viewing.Opened:
    row = Evidence.objects.get()
    return viewing.open_original(
        row.pk, Glance(frame=0, in_colour=False, purpose="decide"), acting_user=user, now=NOW
    )


def test_what_is_sealed_opens_rotates_and_is_destroyed_with_proof(
    place: str, mod: User, settings: Settings
) -> None:
    del place  # asked for, so that it is set
    findings.record(finding(evidence=(frame(1),)))
    report = claimed(mod)
    assert open_one(mod).data
    settings.EVIDENCE_PRIVATE_KEYS_BEFORE = (settings.EVIDENCE_PRIVATE_KEY,)
    pair = new_evidence_pair()
    settings.EVIDENCE_PUBLIC_KEY, settings.EVIDENCE_PRIVATE_KEY = pair.public, pair.private
    call_command("rotate_evidence_keys", verbosity=0)
    settings.EVIDENCE_PRIVATE_KEYS_BEFORE = ()
    assert open_one(mod).data
    row = Evidence.objects.get()
    name = evidence.file_name(row.pk)
    assert evidence_storage().exists(name)

    dismiss(report, mod)
    assert retention.sweep(NOW + timedelta(days=30)).destroyed == 1

    row.refresh_from_db()
    assert row.destroyed_at is not None
    assert row.sha256
    assert AuditEntry.objects.filter(verb="evidence.destroyed").exists()
    assert not evidence_storage().exists(name)


def test_a_file_that_no_row_speaks_for_is_swept_after_an_hour(place: str, mod: User) -> None:
    del place, mod
    findings.record(finding(evidence=(frame(1),)))
    kept = evidence.file_name(Evidence.objects.get().pk)
    with evidence_storage().open(kept) as file:
        evidence_storage().save("orphan.sealed", file)
    now = evidence_storage().get_modified_time("orphan.sealed")
    assert retention.sweep(now).orphans == 0
    assert retention.sweep(now + 2 * retention.ORPHAN_AGE).orphans == 1
    assert evidence_storage().listdir("")[1] == [kept]


def test_while_the_store_is_away_nothing_is_recorded_as_sealed(
    s3_server: S3Server, settings: Settings
) -> None:
    in_a_bucket(s3_server, settings)
    take_away(settings)
    with pytest.raises(OSError, match="can't be reached"):
        findings.record(finding())
    assert not Report.objects.exists()
    assert not AuditEntry.objects.filter(verb="evidence.sealed").exists()


def test_while_the_store_is_away_nothing_is_served_and_staff_read_why(
    s3_server: S3Server, settings: Settings, mod: User, client: Client
) -> None:
    bucket = in_a_bucket(s3_server, settings)
    findings.record(finding(evidence=(frame(1),)))
    client.force_login(mod)
    report, item = Report.objects.get(), Evidence.objects.get()
    assert claims.claim_next(acting_user=mod, now=NOW) is not None
    address = f"/admin/reports/report/{report.pk}/evidence/{item.pk}/mosaic/"
    s3_server.deny(bucket)
    refused = client.get(address)
    take_away(settings)
    away = client.get(address)
    for answer in (refused, away):
        assert answer.status_code == 503
        assert b"can't be reached" in answer.content
    assert not EvidenceView.objects.exclude(served_at=None).exists()


def test_what_could_not_be_deleted_is_deleted_by_a_later_sweep(
    s3_server: S3Server, settings: Settings, mod: User
) -> None:
    in_a_bucket(s3_server, settings)
    here = settings.EVIDENCE_STORAGE
    findings.record(finding(evidence=(frame(1),)))
    name = evidence.file_name(Evidence.objects.get().pk)
    dismiss(claimed(mod), mod)
    take_away(settings)
    with pytest.raises(OSError, match="can't be reached"):
        retention.sweep(NOW + timedelta(days=30))
    assert Evidence.objects.get().destroyed_at is not None
    settings.EVIDENCE_STORAGE = here
    assert evidence_storage().exists(name)
    later = evidence_storage().get_modified_time(name) + 2 * retention.ORPHAN_AGE
    assert retention.sweep(later).orphans == 1
    assert not evidence_storage().exists(name)


def test_anchors_in_a_bucket_vouch_for_the_trail(
    s3_server: S3Server, settings: Settings, tmp_path: Path
) -> None:
    bucket = s3_server.new_bucket(is_locked=True)
    settings.AUDIT_ANCHOR_STORAGE = s3_server.storage(bucket)
    for number in range(3):
        write(1, start=number)
        anchor_audit()
    anchor_audit()
    code, said = verify(state_file=tmp_path / "state")
    assert code == 0
    assert "anchors 3" in said
    write(1, start=3)
    anchor_audit()
    assert "anchors 4" in verify(state_file=tmp_path / "state")[1]

    first = "000/000/000/000000000001.json"
    with pytest.raises(AnchorStoreError, match="there already"):
        _Stuck(anchor_store()).append(b"another")
    versions = s3_server.client().list_object_versions(Bucket=bucket, Prefix=first)
    assert len(versions["Versions"]) == 1

    s3_server.client().delete_object(Bucket=bucket, Key="000/000/000/000000000002.json")
    code, said = verify()
    assert code == 1
    assert "line 2 of the anchors" in said


def test_anchors_that_can_t_be_read_vouch_for_nothing(
    s3_server: S3Server, settings: Settings
) -> None:
    bucket = s3_server.new_bucket()
    settings.AUDIT_ANCHOR_STORAGE = s3_server.storage(bucket)
    write(1)
    anchor_audit()
    s3_server.deny(bucket)
    code, said = verify()
    assert code == 2
    assert "can't be read" in said
    with pytest.raises(OSError, match="refuses access"):
        anchor_audit()


class _Stuck(StorageStore):
    """Believes that nothing was kept yet, as one that was shown an old list."""

    def __init__(self, store: object) -> None:
        assert isinstance(store, StorageStore)
        super().__init__(store._storage)

    def _newest(self) -> int:
        return 0
