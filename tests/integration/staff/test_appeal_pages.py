"""Appeals in the browser: refused to the decider, decided by another."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.models import Appeal, AppealState, Report, Sanction
from reports.reviewing import appeals
from tests.integration.staff.conftest import SignIn, address, claimed

HOSTILE = '<b onmouseover="x">it was a photograph</b>'
LIST = "/admin/reports/appeal/"


@pytest.fixture
def appeal(mod: User, found: Report, browser: SignIn) -> Appeal:
    """Mod confirmed the cut; Mallory appeals."""
    client = browser(mod)
    report = claimed(client, found)
    fields = {"policy": "nudity", "sanction": "as_is", "reason": "Plain."}
    client.post(address(report, "confirm"), fields | {"version": str(report.version)})
    code = Sanction.objects.get(report=report).statement.code
    return appeals.write(code, HOSTILE, now=timezone.now())


def _page(appeal: Appeal, act: str = "") -> str:
    return f"{LIST}{appeal.statement.sanction_id}/{act}{'/' if act else ''}"


@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_it_does_not_exist_for_who_reviews_nothing(
    who: str, appeal: Appeal, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get(LIST).status_code == 404
    assert client.get(_page(appeal)).status_code == 404
    assert client.post(_page(appeal, "grant"), {"reason": "x"}).status_code == 404


def test_the_decider_is_offered_nothing_and_refused(
    mod: User, appeal: Appeal, browser: SignIn
) -> None:
    client = browser(mod)

    page = client.get(_page(appeal)).content
    answer = client.post(_page(appeal, "grant"), {"reason": "I was right."}, follow=True)

    appeal.refresh_from_db()
    assert b"Another account has to decide" in page
    assert b'data-testid="grant"' not in page
    assert b"another account than the decision" in answer.content
    assert appeal.state == AppealState.OPEN


@pytest.mark.parametrize("act", ["grant", "refuse"])
def test_reading_the_address_decides_nothing(
    act: str, other_mod: User, appeal: Appeal, browser: SignIn
) -> None:
    assert browser(other_mod).get(_page(appeal, act)).status_code == 405
    appeal.refresh_from_db()
    assert appeal.state == AppealState.OPEN


def test_an_answer_takes_a_reason(other_mod: User, appeal: Appeal, browser: SignIn) -> None:
    response = browser(other_mod).post(_page(appeal, "refuse"), {"reason": " "})

    appeal.refresh_from_db()
    assert response.status_code == 422
    assert appeal.state == AppealState.OPEN


def test_what_the_person_wrote_is_text(other_mod: User, appeal: Appeal, browser: SignIn) -> None:
    page = browser(other_mod).get(_page(appeal)).content

    assert b"<b onmouseover" not in page
    assert b"&lt;b onmouseover" in page


def test_another_grants_it_and_the_sanction_is_lifted(
    other_mod: User, appeal: Appeal, browser: SignIn
) -> None:
    page = browser(other_mod).post(_page(appeal, "grant"), {"reason": "Lawful."}, follow=True)

    appeal.refresh_from_db()
    assert (appeal.state, appeal.decided_by) == (AppealState.GRANTED, other_mod)
    assert appeal.statement.sanction.lifted_at is not None
    assert b'data-state="granted"' in page.content


def test_the_loser_of_two_answers_is_told(
    other_mod: User, lead: User, appeal: Appeal, browser: SignIn
) -> None:
    browser(lead).post(_page(appeal, "refuse"), {"reason": "It stands."})

    page = browser(other_mod).post(_page(appeal, "grant"), {"reason": "Lawful."}, follow=True)

    appeal.refresh_from_db()
    assert b"has been decided" in page.content
    assert (appeal.state, appeal.decided_by) == (AppealState.REFUSED, lead)


def test_the_report_sends_the_reviewer_to_the_appeal(
    other_mod: User, appeal: Appeal, found: Report, browser: SignIn
) -> None:
    page = browser(other_mod).get(address(found)).content

    assert b'data-testid="to-appeal"' in page
    assert _page(appeal).encode() in page


def test_no_page_tells_an_appeals_number(mod: User, appeal: Appeal, browser: SignIn) -> None:
    assert browser(mod).get(f"{LIST}{appeal.pk}/").status_code == 404
    for where in (LIST, _page(appeal)):
        shown = browser(mod).get(where).content.decode()
        assert f"appeal/{appeal.pk}/" not in shown
        assert str(appeal) not in shown
