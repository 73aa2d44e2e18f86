"""The measures in the browser: who may see them, what stands on them, and the files beside them."""

import csv
import json
from io import StringIO

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports.measures.catalogue import Page
from reports.models import Report
from reports.roles import Role
from reports.snapshots import Score
from tests.integration.staff.conftest import SignIn, a_finding, a_report
from tests.report_cases import staff

MEASURES = "/admin/measures/"


@pytest.mark.parametrize("page", [*Page, "screening"])
def test_without_the_right_no_page_exists(page: str, chief: User, browser: SignIn) -> None:
    assert browser(chief).get(f"{MEASURES}{page}/").status_code == 404
    assert browser().get(f"{MEASURES}{page}/").status_code == 302


@pytest.mark.parametrize("who", ["mod", "guardian", "lead", "auditor"])
@pytest.mark.parametrize("page", list(Page))
def test_each_role_sees_each_page(
    who: str, page: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    response = browser(request.getfixturevalue(who)).get(f"{MEASURES}{page}/")

    assert response.status_code == 200
    assert b'data-testid="measure"' in response.content


@pytest.mark.parametrize(
    ("page", "name"), [("decisions", "overturned-by-person"), ("work", "exposure-by-person")]
)
def test_only_leads_are_told_by_person(
    page: str, name: str, lead: User, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    for who in ("mod", "guardian", "auditor"):
        client = browser(request.getfixturevalue(who))
        assert name not in client.get(f"{MEASURES}{page}/").content.decode()
        assert client.get(f"{MEASURES}{page}/{name}.json").status_code == 404

    assert f'data-measure="{name}"' in browser(lead).get(f"{MEASURES}{page}/").content.decode()
    assert browser(lead).get(f"{MEASURES}{page}/{name}.json").status_code == 200


def test_page_json_and_csv_say_the_same(mod: User, found: Report, browser: SignIn) -> None:
    a_report()
    client = browser(mod)
    page = client.get(f"{MEASURES}volume/?days=7").content.decode()
    file = client.get(f"{MEASURES}volume/volume-by-rule.json?days=7")
    kept = client.get(f"{MEASURES}volume/volume-by-rule.csv?days=7")

    assert json.loads(file.content)["rows"] == [
        {"rule": "harassment", "machine": 0, "person": 1},
        {"rule": "nudity", "machine": 1, "person": 0},
    ]
    assert list(csv.reader(StringIO(kept.content.decode(), newline=""))) == [
        ["rule", "machine", "person"],
        ["harassment", "0", "1"],
        ["nudity", "1", "0"],
    ]
    assert kept.headers["Content-Disposition"] == 'attachment; filename="volume-by-rule.csv"'
    assert 'volume-by-rule.json?days=7"' in page
    assert "Nudity on camera" in page


def test_a_page_brings_no_script_and_no_style_of_its_own(
    mod: User, found: Report, browser: SignIn
) -> None:
    page = browser(mod).get(f"{MEASURES}volume/").content.decode()
    charts = page.split('<svg class="staff-chart"')[1:]

    assert charts
    for chart in charts:
        drawing = chart.partition("</svg>")[0]
        assert "style=" not in drawing
        assert "<script" not in drawing


@pytest.mark.parametrize(
    "path",
    [
        "nothing/",
        "volume/?days=8",
        "volume/?days=x",
        "volume/nothing.json",
        "volume/volume-by-rule.xml",
    ],
)
def test_what_is_not_there_is_a_missing_page(path: str, mod: User, browser: SignIn) -> None:
    assert browser(mod).get(f"{MEASURES}{path}").status_code == 404


def test_screening_is_told_as_metrics_tells_it(mod: User, redis_url: str, browser: SignIn) -> None:
    page = browser(mod).get(f"{MEASURES}screening/").content.decode()
    valve = json.loads(browser(mod).get(f"{MEASURES}screening/valve.json").content)

    assert "Processes that judge" in page
    # No process judges in this test, so that nobody may begin.
    assert {row["video"] for row in valve["rows"]} == {"closed"}


def test_screening_says_so_when_it_cannot_be_asked(
    mod: User, browser: SignIn, settings: Settings
) -> None:
    settings.REDIS_URL = "unix:///nonexistent/redis.sock"

    page = browser(mod).get(f"{MEASURES}screening/")

    assert page.status_code == 200
    assert b"can't be had now" in page.content


def test_the_overview_says_what_an_auditor_s_role_opens(db: None, browser: SignIn) -> None:
    page = browser(staff("ann", Role.AUDITOR)).get("/admin/").content.decode()
    doors = page.split('data-testid="door"')[1:]
    assert len(doors) == 3
    assert "Verify that none was changed" in doors[0]


def test_an_account_without_a_role_is_told_whom_to_ask(db: None, browser: SignIn) -> None:
    page = browser(staff("new")).get("/admin/").content.decode()
    assert "Ask an administrator" in page
    assert 'data-testid="door"' not in page


def test_the_sidebar_leads_there_only_who_may(mod: User, chief: User, browser: SignIn) -> None:
    assert b'href="/admin/measures/volume/"' in browser(mod).get("/admin/").content
    assert b'href="/admin/measures/volume/"' not in browser(chief).get("/admin/").content


def test_what_if_says_what_would_have_been_and_what_is_not_known(
    mod: User, found: Report, browser: SignIn
) -> None:
    a_finding(cut=False, scores=(Score(label="FEMALE_BREAST_EXPOSED", value=0.44),))
    asked = "?label=FEMALE_BREAST_EXPOSED&cut=0.3&days=7"
    client = browser(mod)

    page = client.get(f"{MEASURES}what-if/{asked}").content.decode()
    file = json.loads(client.get(f"{MEASURES}what-if/changes.json{asked}").content)

    assert "At 0.30 you would have cut 1 more, of which 0 were upheld and 1 are undecided." in page
    assert 'data-testid="below-known"' in page
    assert "The lowest score stored is 0.44." in page
    assert file["rows"][0] == {
        "change": "more",
        "findings": 1,
        "undecided": 1,
        "n": 0,
        "upheld": 0,
        "share": None,
        "low": None,
        "high": None,
    }
    assert 'data-testid="below-known"' not in (
        client.get(f"{MEASURES}what-if/?cut=0.5").content.decode()
    )


@pytest.mark.parametrize("asked", ["cut=0.1", "cut=2", "cut=x", "label=NOTHING", "days=8"])
def test_what_if_refuses_what_makes_no_sense(
    asked: str, mod: User, found: Report, browser: SignIn
) -> None:
    assert browser(mod).get(f"{MEASURES}what-if/?{asked}").status_code == 422
    assert browser(mod).get(f"{MEASURES}what-if/changes.json?{asked}").status_code == 404


def test_what_if_is_for_who_may_see_measures(chief: User, auditor: User, browser: SignIn) -> None:
    assert browser(chief).get(f"{MEASURES}what-if/").status_code == 404
    assert browser(auditor).get(f"{MEASURES}what-if/").status_code == 200
