"""How fast first contact is, and how tight: two real browsers on one machine, real models.

`python -m tests.bench.first_contact [--samples N]` prints one JSON line per figure:

- `first_frame_p95_ms`: `paired` arrived → the partner's first frame is on the canvas, both sides
  of each conversation. Baseline: one frame encoded, decoded and painted inside a page, measured
  in the same run: what no relay on this machine could undercut.
- `cut_p95_ms`: first offending frame left the sender, in the sampled phase → the partner's canvas
  is blank. Baseline: the wait alone, from a random instant to the next sampling instant, drawn
  from `chat.sampler` in the same run: what judging, verdict and page add is the difference.
- `frames_passed_screened`: offending frames drawn at the partner's in the screened phase.
  Baseline: the offending frames that were sent meanwhile.

A face stands in for what breaks the rules (tests/e2e/configurations.py). Both pages read the
same system clock, so that instants can be compared.
"""

import argparse
import base64
import bisect
import json
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from chat.sampler import Sampler
from tests.cast import BO, MALLORY
from tests.e2e.browsers import Browsers, find_chromium, fresh_context
from tests.e2e.cameras import is_showing, picture
from tests.e2e.configurations import FACES_AGAINST_THE_RULES
from tests.e2e.person import Person
from tests.e2e.platform import Platform, prepared_models
from tests.e2e.waiting import wait_for

HERE = Path(__file__).parent
SCREENED_S = 3.0
SAMPLED_AFTER_S = SCREENED_S + 1.5  # counted from the first frame that was drawn
CONVERSATION_TIMEOUT_S = 30.0
LONGEST_RUN_S = 20 * 60

BASELINES = {
    "first_frame_p95_ms": "one frame encoded, decoded and painted within one page, p95",
    "cut_p95_ms": "the wait from a random instant to the next sampling instant alone, p95",
    "frames_passed_screened": "offending frames sent while screened",
}


@dataclass(slots=True)
class Measured:
    """What came out so far; times in ms."""

    first_frame_ms: list[float] = field(default_factory=list)
    cut_ms: list[float] = field(default_factory=list)
    screened_rounds: int = 0
    passed_screened: int = 0
    offered_screened: int = 0
    local_loop_ms: list[float] = field(default_factory=list)


class Bench:
    """Two browsers and a platform; each round is one conversation that ends in a cut."""

    def __init__(self, platform: Platform, mallory: Browser, bo: Browser, seed: int) -> None:
        self._platform = platform
        self._mallory_browser = mallory
        self._random = random.Random(seed)
        self._bo = Person(BO, self._context(bo))
        self._bo.enter().seek("video")
        self.measured = Measured()

    def round(self, *, is_screened: bool) -> None:
        """One conversation with a fresh mallory, who shows the offending picture at a chosen time.

        Screened: as soon as bo has seen the first clean frame. Sampled: at a random instant after
        the screened start is over.
        """
        mallory = Person(MALLORY, self._context(self._mallory_browser))
        marks_before = len(self._bo.seen().marks)
        try:
            mallory.enter().seek("video")
            wait_for(
                lambda: _first(self._bo, "drawing", marks_before) and _first(mallory, "drawing", 0),
                timeout_s=CONVERSATION_TIMEOUT_S,
                what="both see each other",
            )
            for person, start in ((self._bo, marks_before), (mallory, 0)):
                self.measured.first_frame_ms.append(_between(person, "paired", "drawing", start))
            drawn_before = self._bo.seen().drawn_count
            if not is_screened:
                self._let_the_screened_start_pass(mallory)
            mallory.page.evaluate("() => window.camera.show('astronaut')")
            blank = wait_for(
                lambda: _blank_at(self._bo, marks_before),
                timeout_s=CONVERSATION_TIMEOUT_S,
                what="bo's canvas is blank",
            )
            sent = mallory.page.evaluate("() => window.camera")
            if is_screened:
                self._count_passed(drawn_before, sent["sentSinceSwitch"])
            else:
                self.measured.cut_ms.append(blank - sent["sentAt"])
            mallory.expect_barred()
        finally:
            mallory.close()
        self._bo.hook("next").click()

    def local_loop(self) -> None:
        """One sample of the baseline, in bo's page."""
        script = (HERE / "local_loop.js").read_text()
        self.measured.local_loop_ms.append(self._bo.page.evaluate(script))

    def close(self) -> None:
        self._bo.close()

    def _context(self, browser: Browser) -> BrowserContext:
        context = fresh_context(browser, self._platform.url, width=1000, height=800)
        context.add_init_script(script=_switching_camera())
        return context

    def _let_the_screened_start_pass(self, mallory: Person) -> None:
        until_ms = 1000 * (SAMPLED_AFTER_S + self._random.uniform(0.0, 4.0))
        mallory.page.wait_for_function(
            """(until) => {
                const first = window.witness.marks.find((mark) => mark.name === "drawing");
                return performance.timeOrigin + performance.now() - first.at >= until;
            }""",
            arg=until_ms,
            timeout=CONVERSATION_TIMEOUT_S * 1000,
        )

    def _count_passed(self, drawn_before: int, offered: int) -> None:
        seen = self._bo.seen()
        fresh = seen.drawn[len(seen.drawn) - (seen.drawn_count - drawn_before) :]
        self.measured.screened_rounds += 1
        self.measured.passed_screened += is_showing(fresh, "astronaut").count(True)
        self.measured.offered_screened += offered


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures; 1 when there is no Chromium."""
    parser = argparse.ArgumentParser(description="How fast first contact is, and how tight.")
    parser.add_argument("--samples", type=int, default=60, help="conversations per figure")
    parser.add_argument("--seed", type=int, default=1, help="of the instants of switching")
    options = parser.parse_args(arguments)
    if find_chromium() is None:
        print("no Chromium on PATH", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        measured = _run(Path(folder), options.samples, options.seed)
    for line in _figures(measured, random.Random(options.seed)):
        print(json.dumps(line))
    return 0


def _run(folder: Path, samples: int, seed: int) -> Measured:
    thresholds = folder / "thresholds.toml"
    thresholds.write_text(FACES_AGAINST_THE_RULES)
    settings = {"SCREENED_S": f"{SCREENED_S:g}", "MODERATION_THRESHOLDS": str(thresholds)}
    platform = Platform(folder=folder / "platform", models=prepared_models(), settings=settings)
    started_s = time.monotonic()
    try:
        platform.start()
        with sync_playwright() as playwright:
            mallorys, bos = (Browsers(playwright, folder) for _ in range(2))
            bench = Bench(platform, mallorys.with_camera(None), bos.with_camera(None), seed)
            for number in range(2 * samples):
                if time.monotonic() - started_s > LONGEST_RUN_S:
                    print(f"stopped after {number} conversations: time is up", file=sys.stderr)
                    break
                bench.round(is_screened=number % 2 == 0)
                bench.local_loop()
            bench.close()
            mallorys.close()
            bos.close()
    finally:
        platform.stop()
    return bench.measured


def _figures(measured: Measured, rng: random.Random) -> list[dict[str, Any]]:
    return [
        _figure(
            "first_frame_p95_ms",
            "ms",
            _p95(measured.first_frame_ms),
            _p95(measured.local_loop_ms),
            samples=len(measured.first_frame_ms),
            median=_median(measured.first_frame_ms),
        ),
        _figure(
            "cut_p95_ms",
            "ms",
            _p95(measured.cut_ms),
            _p95(_waits_ms(rng)),
            samples=len(measured.cut_ms),
            median=_median(measured.cut_ms),
        ),
        _figure(
            "frames_passed_screened",
            "frames",
            measured.passed_screened,
            measured.offered_screened,
            samples=measured.screened_rounds,
        ),
    ]


def _figure(name: str, unit: str, value: float, baseline: float, **more: float) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "baseline": BASELINES[name],
        "baseline_value": round(baseline, 1),
        "ratio": round(value / baseline, 3) if baseline else None,
        **more,
    }


def _p95(values: Sequence[float]) -> float:
    """The smallest value that at least 95 % of the values do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def _waits_ms(rng: random.Random) -> list[float]:
    """From 5,000 random instants of an hour: how long until the sampler's next instant, in ms."""
    sampler = Sampler(rng)
    sampler.start(0)
    hour_ms = 3600 * 1000
    instants = [now_ms for now_ms in range(0, hour_ms, 10) if sampler.should_sample(now_ms)]
    asked = (rng.uniform(0, instants[-1]) for _ in range(5000))
    return [instants[bisect.bisect_left(instants, at)] - at for at in asked]


def _first(person: Person, name: str, start: int) -> dict[str, Any] | None:
    marks = person.seen().marks[start:]
    return next((mark for mark in marks if mark["name"] == name), None)


def _between(person: Person, first: str, then: str, start: int) -> float:
    """Milliseconds between two marks; both must be there."""
    one, other = (_first(person, name, start) for name in (first, then))
    assert one is not None
    assert other is not None
    return float(other["at"] - one["at"])


def _blank_at(person: Person, start: int) -> float | None:
    """When the partner's canvas went blank after it had been drawn on; Unix time in ms."""
    marks = person.seen().marks[start:]
    was_drawing = False
    for mark in marks:
        if mark["name"] == "drawing":
            was_drawing = True
        elif mark["name"] == "blank" and was_drawing:
            return float(mark["at"])
    return None


def _switching_camera() -> str:
    """The camera's script with its two pictures in front."""
    pictures = {}
    for name in ("coffee", "astronaut"):
        shown = cv2.cvtColor(picture(name), cv2.COLOR_RGB2BGR)
        _, jpeg = cv2.imencode(".jpg", shown, [cv2.IMWRITE_JPEG_QUALITY, 90])
        pictures[name] = base64.b64encode(jpeg.tobytes()).decode("ascii")
    script = (HERE / "switching_camera.js").read_text()
    return f"const PICTURES = {json.dumps(pictures)};\n{script}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
