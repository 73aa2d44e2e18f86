"""Story (c): a picture against the rules is stopped before it is shown, and a person decides."""

from playwright.sync_api import expect

from tests.e2e.cameras import is_showing
from tests.e2e.configurations import FACES
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform

CONFIGURATION = FACES


def test_not_one_frame_is_seen_and_the_finding_waits_for_a_moderator(
    mallory: Person, bo: Person, mod: Person, platform: Platform
) -> None:
    meet(mallory, bo, "video")

    mallory.expect_barred()
    expect(mallory.hook("appeal-link")).to_be_visible()
    expect(mallory.hook("barred")).to_contain_text("nudity", ignore_case=True)
    statement = mallory.hook("appeal-link").get_attribute("href")
    assert statement is not None

    seen = bo.seen()
    assert seen.video_packets == 0
    assert not any(is_showing(seen.drawn, "astronaut"))
    assert bo.frames() == 0
    assert {mark["name"] for mark in seen.marks} >= {"paired", "ended"}
    assert "barred" not in {mark["name"] for mark in seen.marks}
    expect(bo.hook("barred")).to_be_hidden()
