"""Story: before the first video match a camera is looked at; a covered one is told what to do."""

import re

from playwright.sync_api import Locator, expect

from tests.cast import GROWN_UP_BORN, MALLORY, Character
from tests.e2e.cameras import COVERED, STILL, is_showing
from tests.e2e.configurations import CHECKED
from tests.e2e.conftest import Cast
from tests.e2e.person import PAIRED_TIMEOUT_MS, Person
from tests.e2e.platform import Platform
from tests.e2e.waiting import wait_for

CONFIGURATION = CHECKED

CHECK_TIMEOUT_MS = 30_000
PASSED_WITHIN_MS = 15_000
TRIES_MAX = 5
OPEN_AGAIN_MS = 45_000
"""A worker has to start and to load its models, on a machine that may be full."""
PHONE = (390, 844)


def try_until_help(*people: Person) -> None:
    """Everybody tries again and again; what nobody could judge counts as nobody's failure."""
    for _ in range(TRIES_MAX):
        for person in people:
            expect(person.hook("check-again")).to_be_visible(timeout=CHECK_TIMEOUT_MS)
        waiting = [person for person in people if person.hook("check-help").is_hidden()]
        if not waiting:
            return
        for person in waiting:
            person.hook("check-again").click()


def is_refused_again(person: Person, refusal: Locator) -> bool:
    """A worker that stands still counts as dead after a while: until then a check only fails."""
    if person.hook("check-again").is_visible():
        person.hook("check-again").click()
    return refusal.is_visible()


def test_who_shows_a_face_passes_by_itself_and_meets_somebody(enter_cast: Cast) -> None:
    one, other = enter_cast(MALLORY), enter_cast(MALLORY, size=PHONE)
    for person in (one, other):
        person.enter().seek("video")
        expect(person.hook("camera-check")).to_be_visible()
    for person in (one, other):
        expect(person.hook("partner-video")).to_be_visible(timeout=PASSED_WITHIN_MS)
        person.expect_paired().expect_picture("shown").expect_frames(10)
        assert is_showing(person.seen().drawn, "astronaut").count(True) >= 5
    # What was passed counts for the next one, too.
    one.hook("next").click()
    expect(one.hook("partner-state")).to_contain_text("Looking for somebody")
    expect(one.hook("camera-check")).to_be_hidden()


def test_who_shows_none_is_told_what_is_missing_and_offered_text(enter_cast: Cast) -> None:
    covered = enter_cast(Character(name="covered", born=GROWN_UP_BORN, camera=COVERED))
    still = enter_cast(Character(name="still", born=GROWN_UP_BORN, camera=STILL), size=PHONE)
    for person in (covered, still):
        person.enter().seek("video")
    dark, unmoving = covered.hook("check-words"), still.hook("check-words")
    expect(dark).to_contain_text("Move into the light", timeout=CHECK_TIMEOUT_MS)
    expect(unmoving).to_contain_text("Move your head", timeout=CHECK_TIMEOUT_MS)
    expect(dark).to_have_attribute("role", "status")
    done = still.page.locator("[data-step=done]")
    expect(done).to_have_text([re.compile("light"), re.compile("face"), re.compile("clear")])
    try_until_help(covered, still)
    for person in (covered, still):
        expect(person.hook("check-help")).to_contain_text("3 tries did not work")
        expect(person.hook("check-help")).to_be_in_viewport(ratio=1)
        person.hook("check-text").click()
    for person in (covered, still):
        expect(person.hook("line-input")).to_be_enabled(timeout=PAIRED_TIMEOUT_MS)
    covered.say("hello without a camera")
    still.expect_line("hello without a camera")


def test_who_is_refused_while_video_is_closed_reads_so_until_it_opens(
    enter_cast: Cast, platform: Platform
) -> None:
    covered = enter_cast(Character(name="covered", born=GROWN_UP_BORN, camera=COVERED))
    covered.enter().seek("video")
    expect(covered.hook("check-again")).to_be_visible(timeout=CHECK_TIMEOUT_MS)
    worker = platform.screening_worker()
    assert worker is not None
    family = [worker, *worker.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        refusal = covered.page.locator("[data-part=lobby-error]")
        wait_for(lambda: is_refused_again(covered, refusal), timeout_s=40, what="nobody judges")
        expect(refusal).to_contain_text("Video is closed just now")
    finally:
        # Another one is started in its place.
        for process in family:
            process.kill()
    expect(covered.hook("mode-video")).to_be_enabled(timeout=OPEN_AGAIN_MS)
    expect(covered.hook("mode-video")).to_be_checked()
    expect(refusal).to_be_hidden()
