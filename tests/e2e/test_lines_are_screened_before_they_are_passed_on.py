"""Story: what lines do to people is seen to before they are read. Advice, refusals, and help."""

from playwright.sync_api import expect

from tests.cast import ADA
from tests.e2e.configurations import SHIPPED
from tests.e2e.conftest import Cast
from tests.e2e.person import Person, meet

CONFIGURATION = SHIPPED

LOW_PHONE = (390, 500)


def test_who_is_lured_away_reads_advice_and_can_report_from_there(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.say("add me on snap: ada_99")
    bo.expect_line("add me on snap: ada_99")
    caution = bo.page.locator("[data-about=contact_handle]")
    expect(caution).to_contain_text("They want to talk elsewhere")
    expect(caution.get_by_role("link")).to_have_attribute("href", "/help/#elsewhere")
    expect(ada.page.locator("[data-about]")).to_have_count(0)

    caution.get_by_role("button").click()
    expect(bo.hook("report-send")).to_be_visible()


def test_a_hidden_link_is_not_passed_on_and_its_sender_reads_why(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.say("look: еxample dot cоm")  # noqa: RUF001
    expect(ada.page.locator(".line-withheld .line-note")).to_contain_text("links are not")
    ada.say("never mind")
    bo.expect_line("never mind")
    expect(bo.hook("lines")).not_to_contain_text("look:")


def test_who_is_blackmailed_reads_what_to_do_and_not_the_line(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.say("pay me or i send your video to your family")
    caution = bo.page.locator("[data-about=blackmail]")
    expect(caution).to_contain_text("Do not pay")
    expect(caution.get_by_role("link")).to_have_attribute("href", "/help/#blackmail")
    expect(bo.hook("lines")).not_to_contain_text("your video to your family")
    expect(ada.page.locator(".line-withheld .line-note")).to_contain_text("A person will look")


def test_who_speaks_of_hurting_themself_is_shown_who_listens(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.say("i want to kill myself")
    comfort = ada.page.locator(".line-comfort")
    expect(comfort).to_contain_text("Somebody will listen to you now")
    expect(comfort.get_by_role("link", name="988").first).to_have_attribute("href", "tel:988")
    expect(comfort.get_by_role("link", name="Find A Helpline")).to_have_attribute(
        "href", "https://findahelpline.com"
    )
    bo.expect_line("i want to kill myself")
    ada.say("thank you")
    bo.expect_line("thank you")


def test_help_that_is_taller_than_the_window_is_read_from_its_beginning(
    enter_cast: Cast, bo: Person
) -> None:
    ada = enter_cast(ADA, size=LOW_PHONE)
    meet(ada, bo, "text")
    ada.say("i want to kill myself")
    comfort, box = ada.page.locator(".line-comfort"), ada.page.locator("[data-part=lines-box]")
    expect(comfort).to_contain_text("Find A Helpline")
    help_at, window = comfort.bounding_box(), box.bounding_box()
    assert help_at is not None
    assert window is not None
    assert help_at["height"] > window["height"]
    assert abs(help_at["y"] - window["y"]) < 2
    bo.say("are you there?")
    line = ada.page.locator(".line-partner")
    expect(line).to_be_in_viewport()
