"""Story (a): two people meet by text, talk, go on, and meet again; nobody else hears them."""

from contextlib import closing

from playwright.sync_api import expect

from tests.cast import ADA, BO, GUEST, UNDER_AGE_BORN
from tests.e2e.browsers import Browsers
from tests.e2e.configurations import SHIPPED
from tests.e2e.conftest import Cast
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform

CONFIGURATION = SHIPPED

HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> evil.example'


def test_who_has_entered_nothing_sees_no_conversation(guest: Person) -> None:
    guest.open()
    expect(guest.hook("birth-date")).to_be_visible()
    expect(guest.hook("lines")).to_be_hidden()


def test_an_under_age_answer_is_remembered_whatever_date_comes_next(guest: Person) -> None:
    for born in (UNDER_AGE_BORN, GUEST.born):
        with guest.page.expect_response("**/api/enter") as answer:
            guest.enter(born)
        assert answer.value.status == 403
        assert answer.value.json()["code"] == "under_age"
        expect(guest.page.locator("[data-part=under-age]")).to_be_visible()
        expect(guest.hook("mode-text")).to_be_hidden()


def test_they_talk_go_on_and_meet_again(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.say("hello from ada")
    bo.expect_line("hello from ada")
    bo.say("hello from bo")
    ada.expect_line("hello from bo")

    ada.hook("next").click()
    expect(bo.hook("line-input")).to_be_disabled()
    bo.hook("next").click()

    ada.expect_paired()
    bo.expect_paired()
    expect(ada.hook("lines")).not_to_contain_text("hello from bo")
    bo.say("you again")
    ada.expect_line("you again")


def test_a_hostile_line_is_shown_as_text_and_nothing_in_it_is_a_link(
    ada: Person, bo: Person
) -> None:
    meet(ada, bo, "text")
    ada.say(HOSTILE)
    bo.expect_line(HOSTILE)
    for person in (ada, bo):
        assert person.page.evaluate("() => window.hacked") is None
        expect(person.hook("lines").locator("a, img, script")).to_have_count(0)


def test_escape_stops_and_escape_again_goes_on(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.page.keyboard.press("Escape")
    expect(bo.hook("line-input")).to_be_disabled()
    expect(ada.hook("line-input")).to_be_disabled()
    ada.page.keyboard.press("Escape")
    bo.hook("next").click()
    ada.expect_paired()
    bo.expect_paired()


def test_a_second_window_asks_before_it_takes_over(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    second = ada.context.new_page()
    second.goto("/")
    elsewhere = second.get_by_role("heading", name="open in another tab or window")
    expect(elsewhere).to_be_visible()
    ada.say("still here")
    bo.expect_line("still here")

    second.get_by_role("button", name="Use it here instead").click()
    expect(second.get_by_test_id("start")).to_be_visible()
    expect(ada.page.get_by_role("heading", name="open in another tab or window")).to_be_visible()
    second.get_by_test_id("start").click()
    expect(second.get_by_test_id("stop")).to_be_visible()
    second.get_by_test_id("stop").click()
    expect(second.get_by_text("You are not talking with anybody.")).to_be_visible()


def test_who_only_looked_around_is_not_asked(ada: Person) -> None:
    ada.enter()
    expect(ada.hook("start")).to_be_visible()
    second = ada.context.new_page()
    second.goto("/")
    expect(second.get_by_test_id("start")).to_be_visible()


def test_the_keyboard_is_never_left_without_a_place(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.hook("report").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.hook("report-reason")).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.hook("report")).to_be_focused()
    expect(ada.hook("line-input")).to_be_enabled()

    ada.page.keyboard.press("Enter")
    ada.hook("report-send").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.hook("report")).to_be_disabled()
    expect(ada.hook("partner-state")).to_be_focused()

    ada.hook("next").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.hook("next")).to_be_disabled()
    expect(ada.hook("partner-state")).to_be_focused()


def test_a_line_has_the_direction_of_its_script(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.say("مرحبا، كيف حالك؟")
    bo.expect_line("مرحبا")
    said = bo.hook("lines").locator(".line-text").last
    expect(said).to_have_css("direction", "rtl")
    ada.say("hello")
    bo.expect_line("hello")
    expect(said).to_have_css("direction", "ltr")


def test_without_scripts_the_page_says_so_and_asks_nothing(
    browsers: Browsers, platform: Platform
) -> None:
    context = browsers.with_camera(None).new_context(
        base_url=platform.url, java_script_enabled=False
    )
    with closing(context):
        page = context.new_page()
        page.goto("/")
        expect(page.locator("noscript p")).to_be_visible()
        expect(page.get_by_test_id("birth-date")).to_be_hidden()
        page.goto("/rules/")
        expect(page.get_by_role("heading", name="Rules")).to_be_visible()


def test_nothing_scrolls_sideways_on_a_phone(enter_cast: Cast) -> None:
    one, other = enter_cast(ADA, size=(360, 740)), enter_cast(BO, size=(360, 740))
    one.open()
    _expect_no_sideways_scroll(one)
    meet(one, other, "text")
    one.say("a line without any space " + "x" * 200)
    other.expect_line("a line without any space")
    for person in (one, other):
        _expect_no_sideways_scroll(person)


def _expect_no_sideways_scroll(person: Person) -> None:
    width = person.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 360
