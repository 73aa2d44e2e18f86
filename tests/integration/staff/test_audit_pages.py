"""The audit trail in the browser: for auditors, read only, exported so that it can be checked."""

import hashlib
import json
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from reports.keys import anchor_private_key
from reports.models import AuditEntry, Report
from reports.tasks import anchor_audit
from reports.trail import anchors, audit
from reports.trail import export as trail_export
from reports.trail.anchor_stores import anchor_store
from reports.trail.anchors import Anchor
from tests.integration.staff.conftest import SignIn, address, claimed, verbs

pytestmark = pytest.mark.django_db
TRAIL = "/admin/reports/auditentry/"


@pytest.mark.parametrize("who", ["mod", "guardian", "lead", "chief"])
def test_only_auditors_see_it(
    who: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get(TRAIL).status_code == 404
    assert client.get(f"{TRAIL}1/").status_code == 404
    assert client.post(f"{TRAIL}export/").status_code == 404
    assert client.post(f"{TRAIL}verify/").status_code == 404
    assert "audit.exported" not in verbs()


@pytest.mark.parametrize("path", ["add/", "1/delete/", "1/change/", "1/history/"])
def test_there_is_nothing_to_write_with(
    path: str, auditor: User, found: Report, browser: SignIn
) -> None:
    client = browser(auditor)

    assert client.get(f"{TRAIL}{path}").status_code == 404
    assert client.post(f"{TRAIL}{path}").status_code == 404
    assert client.post(TRAIL, {"action": "delete_selected"}).status_code == 405


def test_an_auditor_reads_entries_and_no_media(
    auditor: User, mod: User, found: Report, browser: SignIn
) -> None:
    claimed(browser(mod), found)
    client = browser(auditor)

    page = client.get(TRAIL, {"q": "report.claimed"}).content.decode()
    entry = AuditEntry.objects.get(verb="report.claimed")
    detail = client.get(f"{TRAIL}{entry.pk}/").content.decode()

    assert page.count('data-testid="audit-entry"') == 1
    assert "hash fits" in detail
    assert "<img" not in detail
    assert "mosaic" not in page + detail
    assert client.get(address(found)).status_code == 404


def export(client: Client) -> list[bytes]:
    """The lines of the file, with their ends."""
    response = client.post(f"{TRAIL}export/")
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in response.headers["Cache-Control"]
    return b"".join(response).splitlines(keepends=True)


def test_the_export_chains_without_our_code(
    auditor: User, mod: User, found: Report, browser: SignIn
) -> None:
    claimed(browser(mod), found)

    *entries, end = export(browser(auditor))

    lines = [json.loads(line) for line in entries]
    assert len(lines) > 5
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    for before, after in pairwise(lines):
        assert after["previous_hash"] == before["hash"]
    for line in lines:
        assert hashlib.sha256(line["payload"].encode()).hexdigest() == line["payload_digest"]
    assert json.loads(end)["export"] == {
        "entries": len(lines),
        "head": lines[-1]["hash"],
        "sha256": hashlib.sha256(b"".join(entries)).hexdigest(),
    }
    assert verbs()[-1] == "audit.exported"


def test_the_export_is_the_same_in_pieces(
    auditor: User, found: Report, browser: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = export(browser(auditor))
    monkeypatch.setattr(trail_export, "BATCH_ROWS", 2)
    assert export(browser(auditor))[: len(whole) - 1] == whole[:-1]


def test_an_empty_trail_is_exported_as_its_end() -> None:
    (end,) = trail_export.chunks(0)
    assert json.loads(end)["export"]["entries"] == 0


def test_an_auditor_verifies_in_the_browser(auditor: User, found: Report, browser: SignIn) -> None:
    client = browser(auditor)
    anchor_audit()
    sequence, head = audit.head()
    page = client.post(f"{TRAIL}verify/").content.decode()
    assert 'data-intact="yes"' in page
    assert head in page
    assert "No anchors" not in page
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.verb, entry.actor, entry.sequence) == (
        "audit.verified",
        auditor.pk,
        sequence + 1,
    )


def test_what_is_broken_is_named_in_the_browser(
    auditor: User, found: Report, browser: SignIn, settings: Settings
) -> None:
    key = anchor_private_key(settings.AUDIT_ANCHOR_KEY)
    other = Anchor(sequence=2, hash="f" * 64, at=timezone.now().isoformat())
    line = anchors.sign(other, b"", key)
    anchor_store().append(line)
    page = browser(auditor).post(f"{TRAIL}verify/").content.decode()
    assert 'data-intact="no"' in page
    assert "Entry 2:" in page
    assert "rewritten" in page

    settings.AUDIT_ANCHOR_DIR = settings.AUDIT_ANCHOR_DIR / "other"
    anchor_store().append(b"not signed")
    page = browser(auditor).post(f"{TRAIL}verify/").content.decode()
    assert 'data-intact="no"' in page
    assert "line 1 of the anchors is not a signed anchor" in page
