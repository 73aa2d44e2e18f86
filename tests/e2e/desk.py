"""The console in front of somebody who has nothing but keys."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.office import Office
from tests.e2e.platform import Platform, PlatformError

TURNING = Path(__file__).with_name("turning.js")
PAINTED = "(before) => Number(document.documentElement.dataset.turned ?? 0) > before"


def fill_queue(platform: Platform, copies: int, *, subjects_from: int = 100) -> None:
    """Bring in mornings of eight reports each."""
    code = f"from tests.office_mornings import fill; fill({copies}, subjects_from={subjects_from})"
    done = platform.manage("shell", "-c", code)
    if done.returncode != 0:
        raise PlatformError(f"no reports: {done.stderr}")


class Desk:
    """Counts the keys that are pressed, and the time from Enter to the next report."""

    def __init__(self, office: Office) -> None:
        self.page: Page = office.page
        self.page.add_init_script(path=TURNING)
        self.page.goto("/admin/")
        self.strokes = 0

    def press(self, *keys: str) -> "Desk":
        """One key after the other."""
        for key in keys:
            self.strokes += 1
            # The scripts that hear keys have run when the page has loaded, and not before.
            self.page.wait_for_load_state("load")
            self.page.keyboard.press(key)
        return self

    def at(self) -> str:
        """The id of the report that is on the page and in hand."""
        expect(self.page.get_by_test_id("skip")).to_be_visible()
        report = self.page.get_by_test_id("report").get_attribute("data-report")
        assert report is not None
        return report

    def decide(self, *keys: str) -> int:
        """Press the keys, the last of which is Enter, and wait for the next report; returns how
        many keys that were."""
        strokes, before, turned = self.strokes, self.at(), len(self.turns_ms())
        self.press(*keys)
        self.page.wait_for_function(PAINTED, arg=turned)
        assert self.at() != before
        return self.strokes - strokes

    def turns_ms(self) -> list[float]:
        """How long each decision took, from Enter to the next report painted."""
        turns: list[float] = json.loads(self.page.evaluate("() => sessionStorage.turns ?? '[]'"))
        return turns
