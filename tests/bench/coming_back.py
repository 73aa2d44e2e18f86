"""How long a barred person needs to come back: a fresh browser, a fresh address, real solvers.

`python -m tests.bench.coming_back [--samples N]` prints one JSON line per solver and difficulty,
`return_<solver>_x<work>_s`: seconds from the first request to the 201 that lets them in, at the
median. `chromium` is the page itself in a headless browser without cookies, filled in by a script
without a pause; `python` is ALTCHA's own library on one core, as somebody's program would do it.
`x1` is what a prefix pays that did nothing, `x32` is the most that is ever asked for.

Baseline of each: the same solver in the same run with PROOF_OF_WORK=off.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import Browser, sync_playwright

from tests.bench.figures import publish
from tests.cast import GROWN_UP_BORN
from tests.e2e.browsers import Browsers, find_chromium, fresh_context
from tests.e2e.wire import Stranger
from tests.integration.chat.house import open_houses
from tests.services import services

PATIENCE_MS = 600_000

Return = Callable[[str, str], None]
"""Come in at this site, from this address."""


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures; 1 when there is no Chromium."""
    parser = argparse.ArgumentParser(description="How long a barred person needs to come back.")
    parser.add_argument("--samples", type=int, default=5, help="returns per figure")
    options = parser.parse_args(arguments)
    if find_chromium() is None:
        print("no Chromium on PATH", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as name, sync_playwright() as started:
        folder = Path(name)
        browsers = Browsers(started, folder)
        solvers = {"chromium": _by_page(browsers.with_camera(None)), "python": _by_program}
        without = _measure(folder, solvers, options.samples, {"PROOF_OF_WORK": "off"})
        for doublings in range(settings.PROOF_DOUBLINGS_MAX + 1):
            asking = {
                "PROOF_OF_WORK": "on",
                "PROOF_TRIES": str(settings.PROOF_TRIES * 2**doublings),
            }
            returned = _measure(folder, solvers, options.samples, asking)
            for solver, values_s in returned.items():
                publish(
                    f"return_{solver}_x{2**doublings}_s",
                    statistics.median(values_s),
                    "s",
                    baseline="the same without proof of work, median",
                    baseline_value=statistics.median(without[solver]),
                    samples=len(values_s),
                    longest=round(max(values_s), 2),
                )
        browsers.close()
    return 0


def _measure(
    folder: Path, solvers: dict[str, Return], samples: int, asking: dict[str, str]
) -> dict[str, list[float]]:
    """Seconds of each return, by solver; each comes from a network of its own."""
    # Behind a proxy of its own: the address is what it says.
    given = {"TRUSTED_PROXIES": "127.0.0.0/8", "NEW_IDENTITIES_PER_HOUR": "100"} | asking
    with open_houses(services, folder, 1, given) as (house,):
        addresses = iter(f"10.{number // 256}.{number % 256}.1" for number in range(65536))
        return {
            name: [_timed(come_in, house.url, next(addresses)) for _ in range(samples)]
            for name, come_in in solvers.items()
        }


def _timed(come_in: Return, url: str, address: str) -> float:
    began_s = time.monotonic()
    come_in(url, address)
    return time.monotonic() - began_s


def _by_page(browser: Browser) -> Return:
    def come_in(url: str, address: str) -> None:
        context = fresh_context(browser, url, width=400, height=700)
        context.set_extra_http_headers({"X-Forwarded-For": address})
        page = context.new_page()
        page.goto("/")
        page.get_by_test_id("birth-date").fill(GROWN_UP_BORN.isoformat())
        page.get_by_test_id("accept-terms").check()
        page.get_by_test_id("enter").click()
        page.get_by_test_id("mode-text").wait_for(state="visible", timeout=PATIENCE_MS)
        context.close()

    return come_in


def _by_program(url: str, address: str) -> None:
    Stranger(url, address).enter()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    django.setup()
    services.start()
    call_command("migrate", verbosity=0)
    raise SystemExit(main(sys.argv[1:]))
