"""The pictures of the guides, taken from the running console: `make pictures`.

Each picture is one function, named by the file in docs/pictures that it makes. The people in them
don't exist, and the photographs are those that packages ship.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.cast import MOD
from tests.e2e.browsers import Browsers, find_chromium, fresh_context
from tests.e2e.desk import fill_queue
from tests.e2e.office import Office, another_account
from tests.e2e.person import Person
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


PICTURES: tuple[Picture, ...] = (desk_queue, desk_report, desk_keys, desk_also, desk_macros)


def _take(page: Page, title: str) -> None:
    page.goto(QUEUE)
    page.get_by_test_id("report-row").filter(has_text=title).first.locator("a").first.click()
    page.get_by_test_id("claim").click()
    page.get_by_test_id("confirm").wait_for()


def main() -> int:
    """Take every picture; 1 when there is no Chromium."""
    if find_chromium() is None:
        print("no Chromium on PATH", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        platform = Platform(folder=place / "platform", models=prepared_models(), settings={})
        browsers = Browsers(playwright, place)
        platform.start()
        try:
            fill_queue(platform, 1)
            width, height = SIZE
            context = fresh_context(
                browsers.with_camera(None), platform.url, width=width, height=height
            )
            page = Office(Person(MOD, context), another_account(platform, "mod")).page
            for picture in PICTURES:
                picture(page)
                name = picture.__name__.replace("_", "-")
                page.screenshot(path=FOLDER / f"{name}.png")
                print(f"docs/pictures/{name}.png")
        finally:
            browsers.close()
            platform.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
