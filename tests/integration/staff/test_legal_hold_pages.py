"""Legal holds in the browser: for leads and the child-safety team, from a report's page."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.models import HoldBasis, LegalHold, Report
from tests.integration.staff.conftest import SignIn, address, verbs

HOLDS = "/admin/reports/legalhold/"


def new(report: Report) -> str:
    return f"{HOLDS}new/{report.pk}/"


def filled(basis: HoldBasis = HoldBasis.AUTHORITY, **changes: str) -> dict[str, str]:
    return {"basis": basis.value, "day": "", "reason": "A court asks for it.", **changes}


@pytest.mark.parametrize("who", ["mod", "auditor", "chief"])
def test_to_others_they_do_not_exist(
    who: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get(HOLDS).status_code == 404
    assert client.get(new(found)).status_code == 404
    assert client.post(new(found), filled()).status_code == 404
    page = client.get(address(found))
    assert page.status_code == 404 or 'data-testid="hold-new"' not in page.content.decode()
    assert not LegalHold.objects.exists()


def test_a_lead_learns_nothing_of_a_sealed_report_or_its_hold(
    lead: User, guardian: User, sealed: Report, browser: SignIn
) -> None:
    assert browser(lead).post(new(sealed), filled()).status_code == 404
    assert browser(guardian).post(new(sealed), filled()).status_code == 303
    hold = LegalHold.objects.get()
    client = browser(lead)
    assert 'data-testid="legal-hold-row"' not in client.get(HOLDS).content.decode()
    assert client.get(f"{HOLDS}{hold.public_id}/").status_code == 404
    assert client.post(f"{HOLDS}{hold.public_id}/release/", {"reason": "x"}).status_code == 404
    hold.refresh_from_db()
    assert hold.released_at is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (filled(reason=""), "required"),
        (filled(day="2020-01-01"), "over already"),
        (filled(day="soon"), "valid date"),
        (filled(HoldBasis.CYBERTIP), "when it was submitted"),
        (filled(HoldBasis.CYBERTIP, day="2999-01-01"), "yet to come"),
        (filled(HoldBasis.CYBERTIP, day="2020-01-01"), "over already"),
        (filled() | {"basis": "whim"}, "valid choice"),
    ],
)
def test_what_can_not_be_is_said_beside_the_field(
    given: dict[str, str], said: str, lead: User, found: Report, browser: SignIn
) -> None:
    answer = browser(lead).post(new(found), given)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not LegalHold.objects.exists()


def test_a_hold_is_placed_from_the_reports_page_shown_there_and_released(
    lead: User, found: Report, browser: SignIn
) -> None:
    client = browser(lead)
    assert new(found) in client.get(address(found)).content.decode()

    placed = client.post(new(found), filled(), follow=True)
    hold = LegalHold.objects.get()
    page = client.get(address(found)).content.decode()

    assert "until somebody releases it" in placed.content.decode()
    assert f"{HOLDS}{hold.public_id}/" in page
    assert f'data-hold="{hold.short_id}"' in client.get(HOLDS).content.decode()

    refused = client.post(f"{HOLDS}{hold.public_id}/release/", {"reason": ""}, follow=True)
    assert "Give a reason." in refused.content.decode()
    client.post(f"{HOLDS}{hold.public_id}/release/", {"reason": "The case is closed."})
    again = client.post(f"{HOLDS}{hold.public_id}/release/", {"reason": "Again."}, follow=True)

    assert "this hold is over" in again.content.decode()
    assert f'data-hold="{hold.short_id}"' not in client.get(HOLDS).content.decode()
    assert f'data-hold="{hold.short_id}"' in client.get(HOLDS, {"state": "over"}).content.decode()
    assert f"{HOLDS}{hold.public_id}/" not in client.get(address(found)).content.decode()
    holding = [verb for verb in verbs() if verb.startswith("legal_hold")]
    assert holding == ["legal_hold.placed", "legal_hold.released"]


def test_a_submission_is_kept_for_a_year_and_offers_no_release(
    lead: User, found: Report, browser: SignIn
) -> None:
    client = browser(lead)
    today = timezone.now().date()

    client.post(new(found), filled(HoldBasis.CYBERTIP, day=today.isoformat()))

    hold = LegalHold.objects.get()
    assert hold.until is not None
    assert hold.until.date() == today + timedelta(days=365)
    page = client.get(f"{HOLDS}{hold.public_id}/").content.decode()
    assert "The law sets the end" in page
    assert 'data-testid="hold-release"' not in page
    assert client.get(HOLDS, {"q": str(found.pk)[:8]}).content.decode().count("data-hold=") == 1
    assert client.get(HOLDS, {"q": "ffffffff"}).content.decode().count("data-hold=") == 0
