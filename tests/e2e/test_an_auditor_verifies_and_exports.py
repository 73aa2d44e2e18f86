"""Story: an auditor verifies the trail, takes an export home and checks it, and sees no picture."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.cast import MOD
from tests.e2e.browsers import Browsers, fresh_context
from tests.e2e.configurations import SHIPPED
from tests.e2e.office import another_account
from tests.e2e.platform import Platform, PlatformError

CONFIGURATION = SHIPPED

A_REPORT = """
from django.utils import timezone
from reports import findings
from tests.report_cases import finding, snapshot
now = timezone.now()
made = findings.record(finding(found_at=now, snapshot=snapshot(started_at=now, taken_at=now)))
print(f"report={made.report}")
"""
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "audit.md"


@pytest.fixture
def browser(browsers: Browsers) -> Browser:
    return browsers.with_camera(MOD.camera)


def test_the_auditors_morning(browser: Browser, platform: Platform, tmp_path: Path) -> None:
    done = platform.manage("shell", "-c", A_REPORT)
    if done.returncode != 0:
        raise PlatformError(f"no report: {done.stderr}")
    report = done.stdout.rpartition("report=")[2].strip()
    account = another_account(platform, "audrey", "auditor")
    context = fresh_context(browser, platform.url, width=1440, height=900)
    page = context.new_page()
    page.goto("/admin/")
    page.locator("input[name=username]").fill(account.name)
    page.locator("input[name=password]").fill(account.password)
    page.locator("form button[type=submit], form input[type=submit]").first.click()
    page.wait_for_url("**/admin/")

    page.get_by_role("link", name="Audit trail").click()
    page.get_by_test_id("audit-entry").first.locator("a").click()
    expect(page.get_by_text("hash fits")).to_be_visible()
    page.go_back()
    page.get_by_test_id("audit-verify").click()
    expect(page.get_by_test_id("verification")).to_have_attribute("data-intact", "yes")

    page.get_by_test_id("verification").get_by_role("link", name="Audit trail").click()
    with page.expect_download() as download:
        page.get_by_test_id("audit-export").click()
    exported = tmp_path / "audit.jsonl"
    download.value.save_as(exported)
    assert checked(exported, tmp_path).startswith("intact: ")
    assert report.encode() in exported.read_bytes()

    expect_no_media_anywhere(page)
    assert page.goto(f"/admin/reports/report/{report}/").status == 404  # type: ignore[union-attr]


def checked(exported: Path, folder: Path) -> str:
    """What the program in the auditors' guide says of the file."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("```python\n")
    program = folder / "check.py"
    program.write_text(rest.partition("```")[0], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(exported)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def expect_no_media_anywhere(page: Page) -> None:
    """On every page that a link leads to, from the first one on."""
    waiting, seen = ["/admin/"], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = page.goto(path)
        assert answer is not None
        assert answer.ok, path
        media = page.locator(
            "img, video, audio, canvas, [data-testid^=evidence], [data-testid=lines]"
        )
        assert media.count() == 0, path
        links = page.eval_on_selector_all(
            "a[href]", "all => all.map(one => new URL(one.href).pathname)"
        )
        waiting += [
            link
            for link in links
            if link.startswith("/admin/")
            and "logout" not in link
            and not link.endswith((".csv", ".json"))
            and link.count("/") <= 5
        ][:40]
    assert "/admin/reports/auditentry/" in seen
