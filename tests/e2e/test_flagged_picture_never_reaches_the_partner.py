"""Story (c): a picture against the rules is stopped before it is shown, and a person decides."""

from playwright.sync_api import expect

from tests.e2e.cameras import is_showing
from tests.e2e.configurations import FACES
from tests.e2e.office import Office, first_account
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform

CONFIGURATION = FACES

# 640x480 as the server decoded it: nothing but the frame itself has this size on the page.
EVIDENCE_WIDTH_PX = 640

ORIGINAL_THUMBNAIL = """canvas => {
    const small = new OffscreenCanvas(32, 24).getContext("2d");
    small.drawImage(canvas, 0, 0, 32, 24);
    const { data } = small.getImageData(0, 0, 32, 24);
    const grey = [];
    for (let at = 0; at < data.length; at += 4) {
        grey.push(0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]);
    }
    return grey;
}"""


def test_not_one_frame_is_seen_and_a_moderator_confirms_the_finding(
    mallory: Person, bo: Person, mod: Person, platform: Platform
) -> None:
    office = Office(mod, first_account(platform))
    known = office.waiting()
    meet(mallory, bo, "video")

    mallory.expect_barred()
    expect(mallory.hook("barred")).to_contain_text("nud", ignore_case=True)
    expect(mallory.hook("appeal-link")).to_be_visible()
    _expect_nothing_was_seen(bo)

    report = office.wait_for_report(known)
    office.open(report)
    _expect_the_frame_is_there(office)
    office.decide("confirm", "A face, against the rules of this house.")

    mallory.hook("statement-link").click()
    expect(mallory.hook("statement")).to_have_attribute("data-state", "in_force")
    expect(mallory.hook("statement-decider")).to_contain_text("person")

    platform.expect_an_intact_trail()


def _expect_nothing_was_seen(bo: Person) -> None:
    expect(bo.hook("line-input")).to_be_disabled()
    expect(bo.hook("barred")).to_be_hidden()
    seen = bo.seen()
    names = [mark["name"] for mark in seen.marks]
    assert "ended" in names
    assert "barred" not in names
    assert seen.video_packets == 0
    assert seen.audio_packets == 0
    assert seen.drawn_count == 0
    assert bo.frames() == 0


def _expect_the_frame_is_there(office: Office) -> None:
    exhibit = office.page.locator("[data-testid=exhibit][data-kind=frame]").first
    mosaic = exhibit.get_by_test_id("evidence-mosaic")
    mosaic.scroll_into_view_if_needed()
    expect(mosaic).to_have_js_property("naturalWidth", EVIDENCE_WIDTH_PX)
    expect(exhibit).to_contain_text("led to the finding")
    expect(office.hook("evidence-original")).to_have_count(0)
    exhibit.get_by_test_id("evidence-open").click()
    original = exhibit.get_by_test_id("evidence-original")
    expect(original).to_be_visible()
    assert is_showing([original.evaluate(ORIGINAL_THUMBNAIL)], "astronaut") == [True]
