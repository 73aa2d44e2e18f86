"""One's own exposure: always in view, limits in clear words, opt-outs that are nobody else's."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from reports.models import EvidenceView, OptOut, Report
from tests.integration.staff.conftest import SignIn, a_finding, address, claimed

METER = 'data-testid="exposure-meter"'


def _open(client: Client, report: Report) -> object:
    item = report.evidence.get()
    response = client.post(f"{address(report)}evidence/{item.pk}/original/", {"purpose": "decide"})
    b"".join(response)
    return response


@pytest.mark.parametrize(
    "path",
    ["", "me/", "reports/report/", "reports/appeal/", "reports/sanction/", "reports/policy/"],
)
def test_the_counter_is_on_every_page(path: str, mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)
    _open(client, found)

    for page in (f"/admin/{path}", address(found)):
        shown = client.get(page).content.decode()
        assert METER in shown
        assert "1 original<" in shown


def test_who_opens_no_originals_has_no_counter_and_no_page(
    auditor: User, chief: User, browser: SignIn
) -> None:
    for user in (auditor, chief):
        client = browser(user)
        assert METER not in client.get("/admin/").content.decode()
        for path in ("me/", "me/exposure/"):
            assert client.get(f"/admin/{path}").status_code == 404
        for path in ("me/opt-outs/", "me/cover/"):
            assert client.post(f"/admin/{path}", {"rules": "spam"}).status_code == 404
    assert not OptOut.objects.exists()


def test_a_full_stretch_is_refused_with_what_and_until_when(
    mod: User, browser: SignIn, settings: Settings
) -> None:
    settings.EXPOSURE_STRETCH_ITEMS = 1
    client = browser(mod)
    first, second = a_finding(), a_finding()
    claimed(client, first)
    claimed(client, second)
    _open(client, first)

    item = second.evidence.get()
    refused = client.post(f"{address(second)}evidence/{item.pk}/original/", {"purpose": "decide"})

    assert refused.status_code == 429
    assert refused.headers["Content-Type"].startswith("text/plain")
    assert "Time for a break: originals open again at" in refused.content.decode()
    assert "Time for a break" in client.get("/admin/me/").content.decode()
    assert "is-bad" in client.get("/admin/me/exposure/").content.decode()


def test_the_page_says_when_it_covered_an_original(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    client = browser(mod)
    claimed(client, found)
    _open(client, found)
    path, item = "/admin/me/cover/", {"item": str(found.evidence.get().pk)}

    assert browser(other_mod).post(path, item).status_code == 204
    assert client.post(path, {"item": "none"}).status_code == 204
    assert EvidenceView.objects.get().covered_at is None
    assert client.get(path).status_code == 405
    assert client.post(path, item).status_code == 204
    assert EvidenceView.objects.get().covered_at is not None


def test_opt_outs_are_chosen_on_ones_own_page_and_shown_to_nobody_else(
    mod: User, lead: User, browser: SignIn
) -> None:
    client = browser(mod)

    client.post("/admin/me/opt-outs/", {"rules": ["blackmail", "threat"]})

    mine = client.get("/admin/me/").content.decode()
    assert mine.count("checked") == 2
    assert "checked" not in browser(lead).get("/admin/me/").content.decode()
    client.post("/admin/me/opt-outs/", {})
    assert not OptOut.objects.exists()


@pytest.mark.parametrize("rule", ["minor", "nonsense", "<script>"])
def test_what_is_not_offered_can_not_be_chosen(rule: str, mod: User, browser: SignIn) -> None:
    browser(mod).post("/admin/me/opt-outs/", {"rules": [rule, "spam"]})

    assert not OptOut.objects.exists()
