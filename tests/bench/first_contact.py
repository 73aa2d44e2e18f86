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
from playwright.sync_api import Error as PlaywrightError

from chat.sampler import Sampler, longest_gap_ms
from chat.trust import NEW_RISK, NEW_SCREENED_FACTOR
from tests.bench.figures import percentile, publish
from tests.cast import BO, MALLORY
from tests.e2e.browsers import Browsers, find_chromium, fresh_context
from tests.e2e.cameras import is_showing, picture
from tests.e2e.configurations import FACES_AGAINST_THE_RULES
from tests.e2e.person import Person
from tests.e2e.platform import Platform, prepared_models
from tests.e2e.waiting import wait_for

HERE = Path(__file__).parent
LONG_SCREENED_S = 600.0
SHORT_SCREENED_S = 2.0
# Counted from the instant at which it was shown; everybody here is new.
SAMPLED_AFTER_S = SHORT_SCREENED_S * NEW_SCREENED_FACTOR + 1.0
CONVERSATION_TIMEOUT_S = 30.0
LONGEST_PART_S = 720  # two parts, and two starts: at most 25 minutes


@dataclass(slots=True)
class Measured:
    """What came out so far; times in ms."""

    first_frame_ms: list[float] = field(default_factory=list)
    cut_ms: list[float] = field(default_factory=list)
    failed: int = 0
    screened_rounds: int = 0
    passed_screened: int = 0
    offered_screened: int = 0
    local_loop_ms: list[float] = field(default_factory=list)


class Bench:
    """Two browsers and a platform; each round is one conversation that ends in a cut."""

    def __init__(
        self,
        platform: Platform,
        mallory: Browser,
        bo: Browser,
        measured: Measured,
        rng: random.Random,
    ) -> None:
        self._platform = platform
        self._browsers = (mallory, bo)
        self._random = rng
        self._bo = self._new_bo()
        self.measured = measured

    def rounds(self, samples: int, *, is_screened: bool) -> None:
        """Converse until so many conversations counted, or the time of a part is up."""
        give_up_s = time.monotonic() + LONGEST_PART_S
        while (counted := self._counted(is_screened=is_screened)) < samples:
            if time.monotonic() > give_up_s:
                print(f"time is up after {counted} samples", file=sys.stderr)
                return
            self.round(is_screened=is_screened)
            self.local_loop()

    def round(self, *, is_screened: bool) -> None:
        """One conversation with a fresh mallory, who shows the offending picture at a chosen time.

        Screened: as soon as bo has seen the first clean frame. Sampled: at a random instant after
        the screened start is over. A conversation that fails is counted as such, with a fresh bo
        for the next one.
        """
        mallory = Person(MALLORY, self._context(self._browsers[0]))
        try:
            self._converse(mallory, is_screened=is_screened)
            self._bo.hook("next").click()
        except (AssertionError, PlaywrightError) as error:
            print(f"a conversation failed: {error}", file=sys.stderr)
            self.measured.failed += 1
            self._bo.close()
            self._bo = self._new_bo()
        finally:
            mallory.close()

    def local_loop(self) -> None:
        """One sample of the baseline, in bo's page."""
        script = (HERE / "local_loop.js").read_text()
        self.measured.local_loop_ms.append(self._bo.page.evaluate(script))

    def close(self) -> None:
        self._bo.close()

    def _converse(self, mallory: Person, *, is_screened: bool) -> None:
        begin = len(self._bo.marks())
        mallory.enter().seek("video")
        wait_for(
            lambda: _first(self._bo, "drawing", begin) and _first(mallory, "drawing", 0),
            timeout_s=CONVERSATION_TIMEOUT_S,
            what="both see each other",
        )
        for person, start in ((self._bo, begin), (mallory, 0)):
            self.measured.first_frame_ms.append(_between(person, "paired", "drawing", start))
        if not is_screened:
            self._let_the_screened_start_pass()
        self._bo.page.evaluate("() => { window.witness.drawn.length = 0; }")
        mallory.page.evaluate("() => window.camera.show('astronaut')")
        sent_at = wait_for(
            lambda: mallory.page.evaluate("() => window.camera.sentAt"),
            timeout_s=CONVERSATION_TIMEOUT_S,
            what="an offending frame is sent",
        )
        last = [
            m for m in self._bo.marks() if m["name"] in {"drawing", "blank"} and m["at"] < sent_at
        ]
        assert last[-1]["name"] == "drawing", "blank before an offending frame was sent"
        blank_at = wait_for(
            lambda: _first(self._bo, "blank", begin, not_before=sent_at),
            timeout_s=CONVERSATION_TIMEOUT_S,
            what="bo's canvas is blank",
        )["at"]
        mallory.expect_barred()
        stopped = _stopped(mallory, sent_at)
        assert stopped["reason"] == "nudity", f"stopped for another reason: {stopped}"
        if is_screened:
            self._count_passed(mallory.page.evaluate("() => window.camera.sentSinceSwitch"))
        else:
            self.measured.cut_ms.append(blank_at - sent_at)

    def _counted(self, *, is_screened: bool) -> int:
        return self.measured.screened_rounds if is_screened else len(self.measured.cut_ms)

    def _new_bo(self) -> Person:
        return Person(BO, self._context(self._browsers[1])).enter().seek("video")

    def _context(self, browser: Browser) -> BrowserContext:
        context = fresh_context(browser, self._platform.url, width=400, height=600)
        context.add_init_script(script=_switching_camera())
        return context

    def _let_the_screened_start_pass(self) -> None:
        """Wait until bo has been shown mallory without a break for longer than that."""
        self._bo.page.wait_for_function(
            """(until) => {
                const last = window.witness.marks.findLast(
                    (mark) => mark.name === "picture" && mark.whose === "partner");
                const now = performance.timeOrigin + performance.now();
                return last?.state === "shown" && now - last.at >= until;
            }""",
            arg=1000 * (SAMPLED_AFTER_S + self._random.uniform(0.0, 2.0)),
            timeout=CONVERSATION_TIMEOUT_S * 1000,
        )

    def _count_passed(self, offered: int) -> None:
        """Count among the newest 400 pictures that bo's canvas showed since the switch."""
        self.measured.screened_rounds += 1
        self.measured.passed_screened += is_showing(self._bo.seen().drawn, "astronaut").count(True)
        self.measured.offered_screened += offered


def main(arguments: Sequence[str]) -> int:
    """Run the bench and print its figures; 1 when there is no Chromium."""
    parser = argparse.ArgumentParser(description="How fast first contact is, and how tight.")
    parser.add_argument(
        "--samples", type=int, default=60, help="conversations that count, per figure"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the instants of switching")
    options = parser.parse_args(arguments)
    if find_chromium() is None:
        print("no Chromium on PATH", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        measured = _run(Path(folder), options.samples, options.seed)
    _publish(measured, random.Random(options.seed))
    return 0


def _run(folder: Path, samples: int, seed: int) -> Measured:
    """Screened rounds on one platform, then sampled ones on another."""
    measured = Measured()
    models = prepared_models()
    thresholds = folder / "thresholds.toml"
    thresholds.write_text(FACES_AGAINST_THE_RULES)
    with sync_playwright() as playwright:
        mallorys, bos = (Browsers(playwright, folder) for _ in range(2))
        pair = (mallorys.with_camera(None), bos.with_camera(None))
        for screened_s in (LONG_SCREENED_S, SHORT_SCREENED_S):
            platform = Platform(
                folder=folder / f"screened-{screened_s:g}",
                models=models,
                settings={
                    "SCREENED_S": f"{screened_s:g}",
                    "MODERATION_THRESHOLDS": str(thresholds),
                },
            )
            try:
                platform.start()
                bench = Bench(platform, *pair, measured, random.Random(seed))
                bench.rounds(samples, is_screened=screened_s == LONG_SCREENED_S)
                bench.close()
            finally:
                platform.stop()
        mallorys.close()
        bos.close()
    return measured


def _publish(measured: Measured, rng: random.Random) -> None:
    publish(
        "first_frame_p95_ms",
        percentile(measured.first_frame_ms, 95),
        "ms",
        baseline="one frame encoded, decoded and painted within one page, p95",
        baseline_value=percentile(measured.local_loop_ms, 95),
        samples=len(measured.first_frame_ms),
        failed=measured.failed,
        median=round(statistics.median(measured.first_frame_ms), 2),
    )
    publish(
        "cut_p95_ms",
        percentile(measured.cut_ms, 95),
        "ms",
        baseline="the wait from a random instant to the next sampling instant alone, p95",
        baseline_value=percentile(_waits_ms(rng), 95),
        samples=len(measured.cut_ms),
        median=round(statistics.median(measured.cut_ms), 2),
    )
    publish(
        "frames_passed_screened",
        measured.passed_screened,
        "frames",
        baseline="offending frames sent while screened",
        baseline_value=measured.offered_screened,
        samples=measured.screened_rounds,
    )


def _waits_ms(rng: random.Random) -> list[float]:
    """From 5,000 random instants of an hour: how long until the sampler's next instant, in ms."""
    sampler = Sampler(rng)
    gap_ms = longest_gap_ms(NEW_RISK)
    sampler.start(0, gap_ms)
    hour_ms = 3600 * 1000
    instants = [now_ms for now_ms in range(0, hour_ms, 10) if sampler.should_sample(now_ms, gap_ms)]
    asked = (rng.uniform(0, instants[-1]) for _ in range(5000))
    return [instants[bisect.bisect_left(instants, at)] - at for at in asked]


def _first(
    person: Person, name: str, start: int, *, not_before: float = 0.0
) -> dict[str, Any] | None:
    """The first such mark from index `start` on, at or after an instant (Unix ms)."""
    marks = person.marks()[start:]
    return next((m for m in marks if m["name"] == name and m["at"] >= not_before), None)


def _stopped(person: Person, since: float) -> dict[str, Any]:
    """The first mark that says that the person's own picture was stopped after `since`."""
    stops = (
        mark
        for mark in person.marks()
        if mark["name"] == "picture"
        and mark["whose"] == "you"
        and mark["state"] in {"held", "cut"}
        and mark["at"] >= since
    )
    return next(stops, {"reason": "none, the blank came first"})


def _between(person: Person, first: str, then: str, start: int) -> float:
    """Milliseconds between two marks; both must be there."""
    one, other = (_first(person, name, start) for name in (first, then))
    assert one is not None
    assert other is not None
    return float(other["at"] - one["at"])


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
