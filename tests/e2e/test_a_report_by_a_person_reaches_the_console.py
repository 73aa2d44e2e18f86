"""Story (d): a person reports; staff see the lines and the picture, and nothing can hurt them."""

from playwright.sync_api import expect

from tests.e2e.configurations import FACES
from tests.e2e.office import Office, first_account
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform

CONFIGURATION = FACES

HOSTILE = '"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'


def test_with_lines_and_picture_and_hostile_text_as_text(
    ada: Person, bo: Person, mod: Person, platform: Platform
) -> None:
    office = Office(mod, first_account(platform))
    known = office.waiting()
    meet(ada, bo, "video")
    for person in (ada, bo):
        person.expect_picture("shown").expect_frames(5)
    bo.say(f"buy this {HOSTILE}")
    ada.expect_line("buy this")

    ada.report("spam")
    expect(bo.hook("line-input")).to_be_disabled()

    report = office.wait_for_report(known)
    office.open(report)
    expect(office.hook("lines")).to_contain_text(f"buy this {HOSTILE}")
    mosaic = office.hook("evidence-mosaic").first
    expect(mosaic).to_be_visible()
    assert office.page.evaluate("() => window.hacked") is None
    bo_told = [mark for mark in bo.seen().marks if mark["name"] == "barred"]
    assert bo_told == []


def test_the_two_never_meet_again(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.report("spam")
    expect(bo.hook("line-input")).to_be_disabled()
    for person in (ada, bo):
        person.hook("next").click()
    expect(ada.hook("partner-state")).to_contain_text("looking", ignore_case=True)
    expect(ada.hook("line-input")).to_be_disabled()
    expect(bo.hook("line-input")).to_be_disabled()
