"""Story: an auditor's morning: verified here, exported, checked elsewhere, nothing else seen."""

import hashlib
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

from playwright.sync_api import expect

from tests.cast import MOD
from tests.e2e.backstage import live_a_day
from tests.e2e.configurations import OFFICE
from tests.e2e.conftest import Cast
from tests.e2e.office import Office, another_account
from tests.e2e.platform import REPOSITORY, Platform
from tests.e2e.walk import STAFF, Stop, walk
from tests.office_mornings import ADVERTS, INSULTS, PRESSURE, SMALL_TALK, THREATS, UNDER_AGE

CONFIGURATION = OFFICE

TRAIL = "/admin/reports/auditentry/"
GUIDE = REPOSITORY / "docs" / "audit.md"
TALKS = (INSULTS, ADVERTS, THREATS, PRESSURE, SMALL_TALK, UNDER_AGE)
TELLING_CHARS = 12
SAID = [text for talk in TALKS for _, text in talk if len(text) > TELLING_CHARS]
SHOWS_MEDIA = re.compile(r"<(img|video|audio|canvas|picture|object|embed|iframe)\b", re.IGNORECASE)
TEXTS = ("text/html", "text/csv", "application/json")
STOPS_AT_LEAST = 40


def test_they_verify_export_check_elsewhere_and_meet_neither_media_nor_lines(
    platform: Platform, enter_cast: Cast, tmp_path: Path
) -> None:
    day = live_a_day(platform).day
    auditor = Office(enter_cast(MOD), another_account(platform, "auditor", "auditor"))

    _verify(auditor)
    export = _export(auditor, tmp_path / "audit.jsonl")
    assert day["claimed"].split("/")[-2] in export.read_text()
    _check_elsewhere(export, tmp_path)
    _go_everywhere(auditor, day["claimed"], day["sealed"], day["mosaic"])


def _verify(auditor: Office) -> None:
    auditor.page.goto(TRAIL)
    auditor.hook("audit-entry").first.locator("a").click()
    expect(auditor.page.get_by_text("hash fits")).to_be_visible()
    auditor.page.go_back()
    auditor.hook("audit-verify").click()
    expect(auditor.hook("verification")).to_have_attribute("data-intact", "yes")


def _export(auditor: Office, file: Path) -> Path:
    """The whole trail, in which nothing stands that anybody said."""
    auditor.page.goto(TRAIL)
    with auditor.page.expect_download() as download:
        auditor.hook("audit-export").click()
    download.value.save_as(file)
    *entries, end = file.read_bytes().splitlines(keepends=True)
    assert json.loads(end)["export"]["sha256"] == hashlib.sha256(b"".join(entries)).hexdigest()
    assert not [text for text in SAID if text in file.read_text()]
    return file


def _check_elsewhere(export: Path, folder: Path) -> None:
    """With the program that the guide gives to auditors, which has nothing of ours."""
    program = folder / "check.py"
    program.write_text(GUIDE.read_text().partition("```python\n")[2].partition("```")[0])
    assert "intact" in _run(program, export).stdout

    lines = export.read_bytes().splitlines(keepends=True)
    export.write_bytes(b"".join(lines[:5] + lines[6:]))
    assert "broken at entry 6" in _run(program, export).stderr


def _run(program: Path, file: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-I", str(program), str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _go_everywhere(auditor: Office, *elsewhere: str) -> None:
    """Every link that they see, and some that only others see."""
    context = auditor.page.context
    stops = list(walk(context, STAFF, goes_to=lambda _path: True))
    assert len(stops) >= STOPS_AT_LEAST
    assert [stop.path for stop in stops if stop.answer.status != 200] == []
    assert [stop.path for stop in stops if not _is_bare(stop)] == []
    for path in elsewhere:
        assert context.request.get(path).status == 404


def _is_bare(stop: Stop) -> bool:
    """Text without a picture, without a place for one, and without a line of anybody."""
    text = unescape(stop.answer.text())
    is_text = stop.answer.headers["content-type"].startswith(TEXTS)
    is_about_reports = re.search(r"/(report|accessrequest|notice|appeal)/|/evidence/", text)
    has_lines = any(said in text for said in SAID)
    return is_text and not SHOWS_MEDIA.search(text) and not is_about_reports and not has_lines
