"""What pages wear: every style sheet is there, is linked, and stands where its rules win."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from reports.incoming import findings
from tests.report_cases import finding

ROOT = Path(__file__).resolve().parents[2]
OURS = ("chat/static", "reports/static")
LINK = re.compile(r'<link\b[^>]*\bhref="/static/([^"]+\.css)"')
THEME = "unfold/css/styles.css"


@pytest.fixture
def statement(db: None, sealed_folders: None) -> str:
    return f"/statement/{findings.record(finding()).sanction_code}/"


def _linked(path: str) -> list[str]:
    return LINK.findall(Client().get(path).content.decode())


def test_every_sheet_of_ours_is_linked_and_every_link_leads_to_a_sheet(
    statement: str, redis_url: str
) -> None:
    ours = {
        str(sheet.relative_to(ROOT / folder))
        for folder in OURS
        for sheet in (ROOT / folder).rglob("*.css")
    }
    pages = [_linked(path) for path in ("/", "/me/", statement, "/admin/login/")]
    linked = {sheet for page in pages for sheet in page}

    assert all(len(page) == len(set(page)) for page in pages)
    assert ours <= linked
    assert all(finders.find(sheet) for sheet in linked)


@pytest.mark.django_db
def test_a_page_s_own_sheets_come_after_those_it_builds_on() -> None:
    rooms = [sheet.partition("/")[0] for sheet in _linked("/")]
    assert rooms == sorted(rooms, key=["site", "chat"].index)


@pytest.mark.django_db
def test_the_staff_s_own_sheets_come_before_the_theme_s_so_that_their_layer_wins() -> None:
    linked = _linked("/admin/login/")
    last_of_ours = max(at for at, sheet in enumerate(linked) if sheet.startswith("reports/"))
    assert last_of_ours < linked.index(THEME)
