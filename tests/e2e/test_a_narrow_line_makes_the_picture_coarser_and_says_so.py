"""Story: the line to both browsers gets narrow, or stops for a moment.

That the rate comes back is told by tests/unit/session/test_rates.py: here it would be told of a
machine on which nothing else is slow, either.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.cast import MALLORY
from tests.e2e.conftest import Cast
from tests.e2e.narrow_line import NarrowLine, narrow_line
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform
from tests.e2e.stage import Configuration
from tests.e2e.waiting import wait_for
from tests.integration.chat.house import free_ports

(PORT,) = free_ports(1)
CONFIGURATION = Configuration(
    name="narrow-line",
    settings=(("RELAY_NODES", f"relay-1=ws://localhost:{PORT}/ws/media/"), ("SCREENED_S", "2")),
)
NARROW_KBPS = 130
SOON_MS = 20_000


@pytest.fixture
def line(platform: Platform) -> Iterator[NarrowLine]:
    with narrow_line(PORT, platform.port) as line:
        yield line


def expect_word(person: Person, word: str, *, timeout_ms: int = SOON_MS) -> None:
    expect(person.hook("quality")).to_have_attribute("data-quality", word, timeout=timeout_ms)


def test_it_goes_on_coarser_and_says_so(enter_cast: Cast, line: NarrowLine) -> None:
    pair = enter_cast(MALLORY), enter_cast(MALLORY)
    meet(*pair, "video")
    for person in pair:
        person.expect_picture("shown").expect_frames(20)
        expect(person.hook("quality")).to_be_visible()
    line.kbps = NARROW_KBPS
    for person in pair:
        expect_word(person, "weak")
        expect(person.hook("quality")).to_contain_text("Weak connection")
    before = [person.frames() for person in pair]
    wait_for(
        lambda: all(person.frames() > seen + 10 for person, seen in zip(pair, before, strict=True)),
        timeout_s=30,
        what="both pictures go on",
    )


def test_a_picture_that_stops_says_so_then_goes_blank_and_comes_back(
    enter_cast: Cast, line: NarrowLine
) -> None:
    pair = enter_cast(MALLORY), enter_cast(MALLORY)
    meet(*pair, "video")
    for person in pair:
        person.expect_picture("shown").expect_frames(20)
    line.kbps = 0
    for person in pair:
        expect_word(person, "frozen", timeout_ms=2_000)
        expect(person.hook("quality")).to_contain_text("stands still")
        expect(person.page.locator("[data-part=curtain-words]")).to_contain_text("No picture")
        # What isn't seen any more does not stand still.
        expect(person.hook("quality")).to_be_hidden()
    line.kbps = None
    for person in pair:
        seen = person.frames()
        person.expect_frames(seen + 10)
