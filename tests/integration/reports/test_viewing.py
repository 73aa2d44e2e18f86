import json
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection
from pytest_django.fixtures import Settings

from reports.evidence_room import evidence, viewing
from reports.incoming import findings
from reports.models import AuditEntry, Evidence, EvidenceView, Report
from reports.reviewing import claims
from reports.roles import NotAllowedError
from reports.snapshots import EvidenceItem, EvidenceKind
from reports.trail import audit
from tests.report_cases import NOW, finding, frame, ivf

pytestmark = pytest.mark.django_db

IN_COLOUR = viewing.Glance(in_colour=True)


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


def a_segment(frames: int = 5, data: bytes = b"") -> Evidence:
    """The one item of a finding: a film of so many frames, or these bytes."""
    segment = EvidenceItem(
        kind=EvidenceKind.SEGMENT,
        media_type="video/x-ivf",
        data=data or ivf(frames),
        captured_at=NOW,
        is_offending=False,
    )
    findings.record(finding(evidence=(segment,)))
    return Evidence.objects.get()


def claim(user: User) -> None:
    assert claims.claim_next(acting_user=user, now=NOW) is not None


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED))


def test_an_original_is_refused_without_the_claim(row: Evidence, mod: User) -> None:
    with pytest.raises(viewing.NoClaimError):
        viewing.open_original(row.pk, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_an_original_is_refused_when_the_lease_has_lapsed(
    row: Evidence, mod: User, settings: Settings
) -> None:
    claim(mod)
    lapsed = NOW + timedelta(seconds=settings.CLAIM_LEASE_S)
    with pytest.raises(viewing.NoClaimError):
        viewing.open_original(row.pk, acting_user=mod, now=lapsed)


def test_an_original_is_refused_to_somebody_elses_claim(
    row: Evidence, mod: User, other_mod: User
) -> None:
    claim(other_mod)
    with pytest.raises(viewing.NoClaimError):
        viewing.open_original(row.pk, acting_user=mod, now=NOW)


def test_an_auditor_sees_no_media(row: Evidence, auditor: User) -> None:
    with pytest.raises(NotAllowedError):
        viewing.open_mosaic(row.pk, acting_user=auditor, now=NOW)
    with pytest.raises(NotAllowedError):
        viewing.open_original(row.pk, acting_user=auditor, now=NOW)


def test_the_mosaic_is_shown_without_a_claim_and_is_no_original(
    row: Evidence, item: EvidenceItem, mod: User
) -> None:
    opened = viewing.open_mosaic(row.pk, acting_user=mod, now=NOW)
    assert pixels(opened.data).ndim == 2
    assert AuditEntry.objects.latest("sequence").verb == "evidence.opened"


def test_the_original_comes_watermarked_and_both_ends_are_on_the_record(
    row: Evidence, item: EvidenceItem, mod: User
) -> None:
    claim(mod)
    opened = viewing.open_original(row.pk, acting_user=mod, now=NOW)
    original = cv2.cvtColor(pixels(item.data), cv2.COLOR_BGR2GRAY)
    shown = pixels(opened.data)
    assert shown.shape == original.shape
    assert 0 < (shown != original).mean() < 0.2
    view = EvidenceView.objects.get()
    assert view.served_at is None
    viewing.mark_served(opened.view, now=NOW + timedelta(seconds=1))
    viewing.mark_served(opened.view, now=NOW + timedelta(seconds=9))
    view.refresh_from_db()
    assert view.served_at == NOW + timedelta(seconds=1)
    verbs = AuditEntry.objects.filter(object_type="evidence", actor=mod.pk)
    assert list(verbs.values_list("verb", flat=True)) == ["evidence.opened", "evidence.served"]


def test_a_segment_is_shown_frame_by_frame_each_on_the_record(mod: User) -> None:
    row = a_segment(frames=4)
    claim(mod)
    shades = []
    for number in range(4):
        glance = viewing.Glance(frame=number, purpose="decide")
        opened = viewing.open_original(row.pk, glance, acting_user=mod, now=NOW)
        shades.append(int(np.median(pixels(opened.data))))
    assert shades == pytest.approx([0, 40, 80, 120], abs=6)
    assert list(EvidenceView.objects.values_list("frame", "basis")) == [
        (number, "claim") for number in range(4)
    ]
    payload = json.loads(AuditEntry.objects.latest("sequence").payload)
    assert (payload["frame"], payload["basis"], payload["purpose"]) == (3, "claim", "decide")


@pytest.mark.parametrize("frame", [-1, 4, 99_999])
def test_a_frame_that_is_not_there_is_refused_and_not_on_the_record(mod: User, frame: int) -> None:
    row = a_segment(frames=4)
    claim(mod)
    with pytest.raises(viewing.NoFrameError):
        viewing.open_original(row.pk, viewing.Glance(frame=frame), acting_user=mod, now=NOW)
    with pytest.raises(viewing.NoFrameError):
        viewing.open_mosaic(row.pk, frame=frame, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_a_segment_that_can_not_be_read_is_kept_and_has_no_frame(mod: User) -> None:
    row = a_segment(data=b"not a film")
    assert (row.frames, row.size_bytes) == (0, 10)
    claim(mod)
    with pytest.raises(viewing.NoFrameError):
        viewing.open_original(row.pk, acting_user=mod, now=NOW)


def test_colours_are_refused_before_grey_was_served(row: Evidence, mod: User) -> None:
    claim(mod)
    opened = viewing.open_original(row.pk, acting_user=mod, now=NOW)
    with pytest.raises(viewing.GreyFirstError):
        viewing.open_original(row.pk, IN_COLOUR, acting_user=mod, now=NOW)
    viewing.mark_served(opened.view, now=NOW)
    shown = viewing.open_original(row.pk, IN_COLOUR, acting_user=mod, now=NOW)
    assert pixels(opened.data).ndim == 2
    assert pixels(shown.data).ndim == 3
    assert list(EvidenceView.objects.values_list("in_colour", flat=True)) == [False, True]


def test_grey_that_somebody_else_saw_opens_no_colours(
    row: Evidence, mod: User, other_mod: User
) -> None:
    claim(other_mod)
    opened = viewing.open_original(row.pk, acting_user=other_mod, now=NOW)
    viewing.mark_served(opened.view, now=NOW)
    claims.skip(row.report_id, reason="", acting_user=other_mod, now=NOW)
    claim(mod)
    with pytest.raises(viewing.GreyFirstError):
        viewing.open_original(row.pk, IN_COLOUR, acting_user=mod, now=NOW)


def test_the_database_keeps_no_original_without_a_basis(row: Evidence, mod: User) -> None:
    with pytest.raises(IntegrityError, match="evidence_view_has_a_basis"):
        EvidenceView.objects.create(
            evidence=row, viewer=mod, rendition="original", basis="report", opened_at=NOW
        )


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

    monkeypatch.setattr(evidence, "unseal", unseal)
    viewing.open_original(row.pk, acting_user=mod, now=NOW)
    assert states == [(False, 1)]


@pytest.mark.django_db(transaction=True)
def test_nothing_opens_inside_a_transaction_that_could_still_be_rolled_back(mod: User) -> None:
    findings.record(finding())
    claim(mod)
    row = Evidence.objects.get()
    with audit.trail(), pytest.raises(RuntimeError, match="durable"):
        viewing.open_original(row.pk, acting_user=mod, now=NOW)
    assert not EvidenceView.objects.exists()


def test_lines_are_on_the_record_when_shown(row: Evidence, mod: User) -> None:
    viewing.record_lines_served(Report.objects.get(), acting_user=mod, now=NOW)
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.verb, entry.actor) == ("report.lines_served", mod.pk)
