"""Macros: read by all who review, written by leads, each change a version and on the record."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from reports.models import AuditEntry, Macro, Report
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, a_report, address, claimed
from tests.integration.staff.test_report_page import FORMULA, HOSTILE, Tags

LIST = "/admin/reports/macro/"
FORM: dict[str, Any] = {
    "title": "Rude about food",
    "act": "confirm",
    "length": "24_hours",
    "policies": ["harassment"],
    "text_en": "Mocks what the other one eats.",
    "text_es": "Se burla de lo que come.",
}


@pytest.mark.parametrize("address_", ["new/", "insults/save/", "insults/retire/"])
@pytest.mark.parametrize("who", ["mod", "guardian", "auditor", "chief"])
def test_who_is_no_lead_changes_nothing(
    address_: str, who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    before = list(Macro.objects.values_list("code", "version", "is_current"))

    assert client.post(LIST + address_, FORM).status_code == 404
    assert list(Macro.objects.values_list("code", "version", "is_current")) == before


def test_a_moderator_reads_them_and_is_offered_no_form(mod: User, browser: SignIn) -> None:
    client = browser(mod)

    assert b"The lines insult or humiliate" in client.get(LIST).content
    page = client.get(f"{LIST}insults/").content
    assert b"The lines insult or humiliate" in page
    assert b"<textarea" not in page


def test_a_leads_macro_is_offered_on_the_reports_that_it_fits(
    lead: User, mod: User, browser: SignIn
) -> None:
    browser(lead).post(f"{LIST}new/", FORM)
    client = browser(mod)
    fits = claimed(client, a_report(Rule.HARASSMENT))

    page = client.get(address(fits)).content.decode()

    made = Macro.objects.get(code="rude-about-food")
    choice = page.split(f'href="?macro={made.pk}"')[1].split("</a>")[0]
    assert 'data-key="' in choice
    assert "24 hours" in choice


def test_a_change_is_a_new_version_and_the_trail_keeps_quiet_about_the_words(
    lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    client.post(f"{LIST}insults/save/", FORM)

    versions = Macro.objects.filter(code="insults").order_by("version")
    entry = AuditEntry.objects.get(verb="macro.saved")
    assert [(macro.version, macro.is_current) for macro in versions] == [(1, False), (2, True)]
    assert (versions[1].edited_by, versions[1].title) == (lead, "Rude about food")
    assert (entry.object_id, entry.actor) == ("insults", lead.pk)
    assert "eats" not in entry.payload
    assert b"came with the program" in client.get(f"{LIST}insults/").content


def test_what_was_taken_away_is_offered_no_more(lead: User, mod: User, browser: SignIn) -> None:
    browser(lead).post(f"{LIST}insults/retire/")
    client = browser(mod)

    page = client.get(address(claimed(client, a_report(Rule.HARASSMENT)))).content

    assert b"The lines insult or humiliate" not in page
    assert client.get(f"{LIST}insults/").status_code == 404
    assert browser(lead).post(f"{LIST}insults/retire/").status_code == 303
    assert Macro.objects.filter(code="insults").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 61},
        {"text_en": ""},
        {"text_en": "x" * 2001},
        {"act": "burn"},
        {"length": "1000_years"},
        {"policies": ["no-such"]},
    ],
)
def test_what_does_not_fit_is_refused(wrong: dict[str, Any], lead: User, browser: SignIn) -> None:
    response = browser(lead).post(f"{LIST}new/", FORM | wrong)

    assert response.status_code == 422
    assert not Macro.objects.filter(edited_by=lead).exists()


@pytest.mark.parametrize("code", ["no-such", "..", "%00", "insults'--"])
def test_a_forged_code_is_a_missing_page(code: str, lead: User, browser: SignIn) -> None:
    client = browser(lead)

    assert client.get(f"{LIST}{code}/").status_code in {301, 404}
    assert client.post(f"{LIST}{code}/save/", FORM).status_code == 404


def test_hostile_macros_stay_words_wherever_they_stand(
    lead: User, found: Report, browser: SignIn
) -> None:
    client = browser(lead)
    hostile = {"title": HOSTILE[:60], "text_en": HOSTILE + FORMULA, "policies": ["nudity"]}
    client.post(f"{LIST}new/", FORM | hostile)
    made = Macro.objects.get(edited_by=lead)
    report = claimed(client, found)

    for where in (LIST, f"{LIST}{made.code}/", f"{address(report)}?macro={made.pk}"):
        shown = Tags(client.get(where).content.decode())
        assert HOSTILE[:40] in shown.text
        assert all("onerror" not in attributes for _tag, attributes in shown.tags)
