"""From Enter to the next report: how long a moderator waits between two decisions.

`python -m tests.bench.desk [--decisions N]` prints one JSON line per figure, measured in a real
browser against a whole platform:

- `desk_next_p50_ms`, `desk_next_p95_ms`: Enter was pressed on a decision → the next report,
  claimed, is painted. Baseline: the same page loaded anew without deciding anything, in turns with
  the decisions: what the browser and the page cost by themselves.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.figures import percentile, publish
from tests.cast import MOD
from tests.e2e.browsers import Browsers, find_chromium, fresh_context
from tests.e2e.desk import PAINTED, Desk, fill_queue
from tests.e2e.office import Office, another_account
from tests.e2e.person import Person
from tests.e2e.platform import Platform, prepared_models

MORNING = 8
UNCOUNTED = 3
"""The first turns fill the browser's cache, as they do in the morning."""


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures; 1 when there is no Chromium."""
    parser = argparse.ArgumentParser(description="From Enter to the next report.")
    parser.add_argument("--decisions", type=int, default=40, help="decisions that count")
    options = parser.parse_args(arguments)
    if find_chromium() is None:
        print("no Chromium on PATH", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        platform = Platform(
            folder=place / "platform",
            models=prepared_models(),
            settings={"DJANGO_SETTINGS_MODULE": "tests.bench.kept_static"},
        )
        browsers = Browsers(playwright, place)
        platform.start()
        try:
            decided_ms, loaded_ms = _measure(platform, browsers, options.decisions + UNCOUNTED)
        finally:
            browsers.close()
            platform.stop()
    for percent in (50, 95):
        publish(
            f"desk_next_p{percent}_ms",
            percentile(decided_ms[UNCOUNTED:], percent),
            "ms",
            baseline="the same page loaded without a decision",
            baseline_value=percentile(loaded_ms[UNCOUNTED:], percent),
            decisions=options.decisions,
        )
    return 0


def _measure(
    platform: Platform, browsers: Browsers, decisions: int
) -> tuple[list[float], list[float]]:
    """Times in ms: of decisions, and of the pages loaded anew in between."""
    fill_queue(platform, -(-(decisions + 1) // MORNING))
    context = fresh_context(browsers.with_camera(None), platform.url, width=1440, height=900)
    desk = Desk(Office(Person(MOD, context), another_account(platform, "mod")))
    decided_ms, loaded_ms = [], []
    desk.press("n")
    for _ in range(decisions):
        desk.decide("1", "Enter")
        decided_ms.append(desk.turns_ms()[-1])
        desk.page.evaluate("() => { sessionStorage.enteredAt = String(Date.now()); }")
        turns = len(desk.turns_ms())
        desk.page.reload()
        desk.page.wait_for_function(PAINTED, arg=turns)
        loaded_ms.append(desk.turns_ms()[-1])
    return decided_ms, loaded_ms


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
