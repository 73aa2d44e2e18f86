"""The audit trail in the browser: for auditors, read only, exported so that it can be checked."""

import hashlib
import json
from itertools import pairwise

import pytest
from django.contrib.auth.models import User

from reports.models import AuditEntry, Report
from tests.integration.staff.conftest import SignIn, address, claimed, verbs

TRAIL = "/admin/reports/auditentry/"


@pytest.mark.parametrize("who", ["mod", "guardian", "lead", "chief"])
def test_only_auditors_see_it(
    who: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get(TRAIL).status_code == 404
    assert client.get(f"{TRAIL}1/").status_code == 404
    assert client.post(f"{TRAIL}export/").status_code == 404
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


def test_the_export_chains_without_our_code(
    auditor: User, mod: User, found: Report, browser: SignIn
) -> None:
    claimed(browser(mod), found)

    response = browser(auditor).post(f"{TRAIL}export/")

    lines = [json.loads(line) for line in b"".join(response).splitlines()]
    assert len(lines) > 5
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    for before, after in pairwise(lines):
        assert after["previous_hash"] == before["hash"]
    for line in lines:
        assert hashlib.sha256(line["payload"].encode()).hexdigest() == line["payload_digest"]
    assert verbs()[-1] == "audit.exported"
    assert response.headers["Content-Disposition"].startswith("attachment")
