"""Sanctions in the browser: imposed without a report, lifted, and agreed to by a second person."""

import pytest
from django.contrib.auth.models import User

from reports.models import Report, Sanction, SanctionKind
from reports.sanctions import in_force
from tests.integration.staff.conftest import SignIn, verbs
from tests.report_cases import MALLORY

LIST = "/admin/reports/sanction/"
FIELDS = {
    "participant": str(MALLORY.participant),
    "device": str(MALLORY.device),
    "policy": "harassment",
    "sanction": "24_hours",
    "reason": "Seen in person.",
}


@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_who_reviews_nothing_sanctions_nobody(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get(LIST).status_code == 404
    assert client.post(f"{LIST}new/", FIELDS).status_code == 404
    assert not Sanction.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"participant": "mallory"},
        {"device": ""},
        {"reason": ""},
        {"policy": "grooming"},
        {"sanction": "for_ever"},
        {"sanction": "as_is"},
        {"sanction": "none"},
    ],
)
def test_a_forged_field_sanctions_nobody(wrong: dict[str, str], mod: User, browser: SignIn) -> None:
    response = browser(mod).post(f"{LIST}new/", FIELDS | wrong)

    assert response.status_code == 422
    assert not Sanction.objects.exists()


def test_a_sanction_without_a_report_holds_at_once(mod: User, browser: SignIn) -> None:
    page = browser(mod).post(f"{LIST}new/", FIELDS, follow=True)

    made = Sanction.objects.get()
    assert (made.report, made.decided_by) == (None, mod)
    assert in_force.active_sanction(MALLORY.participant, MALLORY.device) is not None
    assert b'data-testid="sanction-page"' in page.content
    assert "sanction.imposed" in verbs()


def test_the_ids_come_along_in_the_address(mod: User, found: Report, browser: SignIn) -> None:
    page = browser(mod).get(f"{LIST}new/", {"participant": '"><b>', "device": "x"}).content

    assert b'"><b>' not in page
    assert b"&quot;&gt;&lt;b&gt;" in page


def test_lifting_takes_a_reason(mod: User, found: Report, browser: SignIn) -> None:
    sanction = Sanction.objects.get(report=found)

    page = browser(mod).post(f"{LIST}{sanction.pk}/lift/", {"reason": ""}, follow=True)

    sanction.refresh_from_db()
    assert b"Give a reason" in page.content
    assert sanction.lifted_at is None


def test_lifting_is_at_once(mod: User, found: Report, browser: SignIn) -> None:
    sanction = Sanction.objects.get(report=found)

    browser(mod).post(f"{LIST}{sanction.pk}/lift/", {"reason": "A mistake."})

    assert in_force.active_sanction(MALLORY.participant, MALLORY.device) is None


def test_a_sealed_sanction_does_not_exist_for_a_moderator(
    mod: User, guardian: User, sealed: Report, browser: SignIn
) -> None:
    sanction = Sanction.objects.get(report=sealed)
    path = f"{LIST}{sanction.pk}/"

    assert browser(mod).get(path).status_code == 404
    assert browser(mod).post(f"{path}lift/", {"reason": "x"}).status_code == 404
    assert str(sanction.pk).encode() not in browser(mod).get(LIST).content
    assert browser(guardian).get(path).status_code == 200


def test_for_ever_takes_two(lead: User, guardian: User, browser: SignIn) -> None:
    first = browser(lead)
    first.post(f"{LIST}new/", FIELDS | {"sanction": "for_ever"})
    made = Sanction.objects.get()
    path = f"{LIST}{made.pk}/"

    own = first.post(f"{path}second/", {"reason": "Yes."}, follow=True)
    made.refresh_from_db()
    assert b"second person" in own.content
    assert b'data-testid="sanction-second"' not in own.content
    assert made.kind == SanctionKind.HOLD

    browser(guardian).post(f"{path}second/", {"reason": "Agreed."})
    made.refresh_from_db()
    assert made.kind == SanctionKind.EXPULSION
