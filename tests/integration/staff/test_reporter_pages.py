"""Reporters as leads see them, and what nobody else sees."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from reports.models import Report, Reporter, ReporterMeasure
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, a_report, address, verbs
from tests.report_cases import BO, person

LIST = "/admin/reports/reportermeasure/"
PAGE = f"{LIST}{BO.device}/"
ACTS = ("warn", "mute", "invalidate")
SAID = {"reason": "often wrong", "days": "1"}

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["mod", "auditor", "chief"])
def test_the_pages_exist_for_leads_alone(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    a_report()
    client = browser(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 404
    assert client.get(PAGE).status_code == 404
    for act in ACTS:
        assert client.post(f"{PAGE}{act}/", SAID).status_code == 404
    assert not ReporterMeasure.objects.exists()


def test_a_reporter_of_sealed_reports_alone_does_not_exist_for_a_lead(
    lead: User, guardian: User, browser: SignIn
) -> None:
    a_report(Rule.GROOMING)
    unknown = browser(lead).get(f"{LIST}{uuid4()}/")
    sealed = browser(lead).get(PAGE)
    assert sealed.status_code == unknown.status_code == 404
    assert sealed.content == unknown.content
    assert browser(guardian).get(PAGE).status_code == 200


def test_an_act_needs_its_reason(lead: User, browser: SignIn) -> None:
    a_report()
    for act in ACTS:
        answer = browser(lead).post(f"{PAGE}{act}/", {"days": "1"})
        assert answer.status_code == 422
        assert b'role="alert"' in answer.content
    assert not ReporterMeasure.objects.exists()


def test_reading_an_address_changes_nothing(lead: User, browser: SignIn) -> None:
    a_report()
    for act in ACTS:
        assert browser(lead).get(f"{PAGE}{act}/").status_code == 405


def test_a_lead_warns_mutes_sets_aside_and_takes_it_back(lead: User, browser: SignIn) -> None:
    report, client = a_report(), browser(lead)
    for act in ACTS:
        assert client.post(f"{PAGE}{act}/", SAID).status_code == 303
    aside = Reporter.objects.get().set_aside_by
    assert aside is not None
    page = client.get(PAGE).content.decode()
    assert page.count("often wrong") == 3

    client.post(f"{LIST}{aside.public_id}/lift/", {"reason": "we were wrong"})

    assert Reporter.objects.get().set_aside_by is None
    assert Report.objects.get(pk=report.pk).priority > 0
    assert [verb for verb in verbs() if verb.startswith("reporter.")] == [
        "reporter.warned",
        "reporter.muted",
        "reporter.invalidated",
        "reporter.set_aside",
        "reporter.measure_lifted",
        "reporter.counts_again",
    ]


def test_too_long_a_mute_is_refused_in_words(lead: User, browser: SignIn) -> None:
    a_report()
    answer = browser(lead).post(f"{PAGE}mute/", SAID | {"days": "90"}, follow=True)
    assert "needs a warning" in answer.content.decode()
    assert not ReporterMeasure.objects.exists()


def test_the_report_page_says_what_each_voice_is_worth(
    lead: User, mod: User, browser: SignIn
) -> None:
    report = a_report()
    browser(lead).post(f"{PAGE}invalidate/", SAID)
    for_mod = browser(mod).get(address(report)).content.decode()
    assert 'data-testid="reporter-band"' in for_mod
    assert 'data-testid="set-aside"' in for_mod
    assert str(BO.device) not in for_mod.split("reporter-band")[1]
    assert 'data-testid="reporter-link"' not in for_mod
    assert PAGE in browser(lead).get(address(report)).content.decode()


def test_what_a_lead_writes_is_text_and_nothing_more(lead: User, browser: SignIn) -> None:
    a_report()
    browser(lead).post(f"{PAGE}warn/", {"reason": "<script>alert(1)</script>"})
    for path in (PAGE, LIST):
        assert b"<script>alert(1)" not in browser(lead).get(path).content


def test_a_device_is_found_by_its_beginning(lead: User, browser: SignIn) -> None:
    a_report()
    browser(lead).post(f"{PAGE}warn/", SAID)
    found = browser(lead).get(LIST, {"q": str(BO.device)[:10]}).content.decode()
    other = browser(lead).get(LIST, {"q": str(person(9).device)}).content.decode()
    assert found.count('data-testid="measure-row"') == 1
    assert 'data-testid="measure-row"' not in other


def test_no_filter_counts_the_sealed_reports_that_a_measure_is_about(
    lead: User, guardian: User, browser: SignIn
) -> None:
    """`set_aside` leads to the rows of every report, sealed ones among them."""
    a_report()
    a_report(Rule.GROOMING)
    browser(guardian).post(f"{PAGE}invalidate/", SAID)
    client = browser(lead)
    for row in Reporter.objects.all():
        assert client.get(LIST, {"set_aside": row.pk}).status_code == 400
    assert client.get(LIST, {"set_aside__isnull": "0"}).status_code == 400


def test_what_the_child_safety_team_gives_as_a_reason_stays_there(
    lead: User, guardian: User, browser: SignIn
) -> None:
    a_report()
    a_report(Rule.GROOMING)
    browser(guardian).post(f"{PAGE}warn/", {"reason": "invented grooming"})
    browser(lead).post(f"{PAGE}warn/", {"reason": "invented rudeness"})
    for path in (LIST, PAGE):
        theirs, ours = (browser(who).get(path).content.decode() for who in (lead, guardian))
        assert "invented grooming" not in theirs
        assert "invented rudeness" in theirs
        assert "invented grooming" in ours
