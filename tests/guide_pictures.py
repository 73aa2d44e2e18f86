"""The pictures of the guides, taken from the running console: `make pictures`.

Each picture is one function, named by the file in docs/pictures that it makes. The people in them
don't exist, and the photographs are those that packages ship.
"""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.e2e.backstage import live_a_day
from tests.e2e.browsers import Browsers, find_chromium, fresh_context
from tests.e2e.configurations import OFFICE
from tests.e2e.desk import fill_queue
from tests.e2e.office import another_account, sign_in
from tests.e2e.platform import REPOSITORY, Platform, prepared_models

FOLDER = REPOSITORY / "docs" / "pictures"
SIZE = (1280, 800)
QUEUE = "/admin/reports/report/"
Picture = Callable[[Page], None]


def desk_queue(page: Page) -> None:
    """The list of reports, with filters that somebody keeps."""
    for query, name in (
        ("holder=me", "In my hands"),
        ("rule=spam", "Spam"),
        ("age=overdue", "Late"),
    ):
        page.goto(f"{QUEUE}?{query}")
        page.get_by_test_id("filter-keep").click()
        page.get_by_test_id("filter-name").fill(name)
        page.get_by_test_id("filter-save").click()
        page.get_by_test_id("saved-filter").filter(has_text=name).wait_for()
    page.goto(QUEUE)


def desk_report(page: Page) -> None:
    """A report in hand; a number was pressed, and Enter would decide."""
    _take(page, "Harassment")
    page.keyboard.press("1")


def desk_keys(page: Page) -> None:
    """The keys of that page."""
    page.keyboard.press("Escape")
    page.keyboard.press("?")


def desk_also(page: Page) -> None:
    """Notes, and what else may be done about a report."""
    page.keyboard.press("Escape")
    page.get_by_test_id("note-text").fill("The same words as in yesterday's report.")
    page.get_by_test_id("note-add").click()
    page.get_by_test_id("note-of-staff").wait_for()
    page.get_by_test_id("also").locator("summary").click()
    page.get_by_test_id("also").scroll_into_view_if_needed()


def desk_macros(page: Page) -> None:
    """The macros, as everybody reads them."""
    page.goto("/admin/reports/macro/")


def desk_evidence(page: Page) -> None:
    """A picture opened in grey."""
    _take(page, "Nudity on camera", row=-1)
    page.get_by_test_id("evidence-open").first.click()
    page.get_by_test_id("evidence-original").wait_for()


def desk_exposure(page: Page) -> None:
    """What one was shown, and what one doesn't want to be offered."""
    page.goto("/admin/me/")


def appeal(page: Page) -> None:
    """An appeal that somebody else has to decide than before."""
    page.goto("/admin/reports/appeal/")
    page.get_by_test_id("appeal-row").locator("a").first.click()
    page.get_by_test_id("grant").wait_for()
    page.get_by_test_id("reason").fill("The picture shows a cup of coffee.")


def second_decision(page: Page) -> None:
    """A report as the first person saw it, and nothing of what they did."""
    page.goto("/admin/reports/qualityitem/")
    page.get_by_test_id("quality-next").click()
    page.get_by_test_id("blind").wait_for()


def many_at_once(page: Page) -> None:
    """The adverts that wait, to be decided together."""
    page.goto("/admin/reports/wave/new/?rule=spam")


def sealed_asked(page: Page) -> None:
    """Somebody of the team asks for an original."""
    page.goto("/admin/reports/accessrequest/")
    page.get_by_test_id("access-row").locator("a").first.click()
    page.get_by_test_id("access-approve").wait_for()


def audit_trail(page: Page) -> None:
    """The newest entries."""
    page.goto("/admin/reports/auditentry/")


def audit_verified(page: Page) -> None:
    """What a walk over all of it found."""
    page.get_by_test_id("audit-verify").click()
    page.get_by_test_id("verification").wait_for()


def audit_measures(page: Page) -> None:
    """What auditors see of the work: numbers."""
    page.goto("/admin/measures/volume/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """Who signs in, and what is taken while they sit there."""

    name: str
    role: str
    pictures: tuple[Picture, ...]


BEFORE_THE_DAY = (
    Sitting(
        name="mod",
        role="moderator",
        pictures=(desk_queue, desk_report, desk_keys, desk_also, desk_macros),
    ),
)
AFTER_THE_DAY = (
    Sitting(
        name="kim",
        role="moderator",
        pictures=(desk_evidence, desk_exposure, appeal, second_decision),
    ),
    Sitting(name="lee", role="lead", pictures=(many_at_once,)),
    Sitting(name="guardian", role="child-safety", pictures=(sealed_asked,)),
    Sitting(name="auditor", role="auditor", pictures=(audit_trail, audit_verified, audit_measures)),
)


def _take(page: Page, title: str, *, row: int = 0) -> None:
    page.goto(QUEUE)
    page.get_by_test_id("report-row").filter(has_text=title).nth(row).locator("a").first.click()
    page.get_by_test_id("claim").click()
    page.get_by_test_id("confirm").wait_for()


def _sit(sitting: Sitting, platform: Platform, browsers: Browsers) -> None:
    width, height = SIZE
    context = fresh_context(browsers.with_camera(None), platform.url, width=width, height=height)
    page = context.new_page()
    account = another_account(platform, sitting.name, sitting.role)
    sign_in(page, account, before_code=lambda: _keep(page, "sign-in-code"))
    for picture in sitting.pictures:
        picture(page)
        _keep(page, picture.__name__.replace("_", "-"))
    context.close()


def _keep(page: Page, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def main() -> int:
    """Take every picture; 1 when there is no Chromium."""
    if find_chromium() is None:
        print("no Chromium on PATH", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        platform = Platform(
            folder=place / "platform", models=prepared_models(), settings=dict(OFFICE.settings)
        )
        browsers = Browsers(playwright, place)
        platform.start()
        try:
            fill_queue(platform, 1)
            for sitting in BEFORE_THE_DAY:
                _sit(sitting, platform, browsers)
            live_a_day(platform)
            for sitting in AFTER_THE_DAY:
                _sit(sitting, platform, browsers)
        finally:
            browsers.close()
            platform.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
