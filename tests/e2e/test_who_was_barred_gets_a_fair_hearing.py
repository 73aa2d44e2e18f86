"""Stories (e) and (f): dismissing lifts the bar live; an appeal goes to another account."""

from playwright.sync_api import expect

from tests.cast import MOD
from tests.e2e.configurations import FACES
from tests.e2e.conftest import Cast
from tests.e2e.office import Office, another_account, first_account
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform

CONFIGURATION = FACES


def test_dismissing_lifts_the_bar_and_the_page_says_so_by_itself(
    mallory: Person, bo: Person, mod: Person, platform: Platform
) -> None:
    office = Office(mod, first_account(platform))
    report = _bar(mallory, bo, office)

    office.open(report).decide("dismiss", "A lawful photograph.")

    expect(mallory.page.locator("[data-part=come-back]")).to_be_visible(timeout=40_000)
    mallory.page.locator("[data-part=come-back]").click()
    expect(mallory.hook("start")).to_be_visible()
    platform.expect_an_intact_trail()


def test_an_appeal_is_refused_to_the_decider_and_granted_by_another(
    mallory: Person, bo: Person, enter_cast: Cast, platform: Platform
) -> None:
    office = Office(enter_cast(MOD), first_account(platform))
    report = _bar(mallory, bo, office)
    office.open(report).decide("confirm", "A face, against the rules of this house.")
    office.expect_it_fits_a_phone()
    office.hook("sanction-in-force").locator("a").first.click()
    expect(office.hook("sanction-page")).to_contain_text("A face, against the rules")
    office.expect_it_fits_a_phone()

    mallory.hook("appeal-link").click()
    mallory.page.locator("textarea").fill("It was a photograph of an astronaut.")
    mallory.hook("appeal-send").click()
    expect(mallory.hook("appeal-state")).to_have_attribute("data-state", "open")

    office.open_appeal()
    expect(office.hook("appeal-not-yours")).to_be_visible()
    expect(office.hook("grant")).to_have_count(0)

    colleague = Office(enter_cast(MOD), another_account(platform, "colleague"))
    colleague.open_appeal()
    colleague.grant_appeal("The photograph is lawful.")

    mallory.page.reload()
    expect(mallory.hook("appeal-state")).to_have_attribute("data-state", "granted")
    expect(mallory.hook("statement")).to_have_attribute("data-state", "lifted")
    mallory.open()
    expect(mallory.hook("start")).to_be_visible()
    platform.expect_an_intact_trail()


def _bar(mallory: Person, bo: Person, office: Office) -> str:
    """Mallory is cut; the id of the report about it."""
    known = office.waiting()
    meet(mallory, bo, "video")
    mallory.expect_barred()
    return office.wait_for_report(known)
