"""Story: a moderator's first half hour, without touching the mouse once."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.configurations import DESK
from tests.e2e.desk import Desk, fill_queue
from tests.e2e.office import Office, another_account
from tests.e2e.person import Person
from tests.e2e.platform import Platform

CONFIGURATION = DESK
STROKES_MAX = 3


def opens(url: str, report: str | None) -> bool:
    """Whether an address is a report's page, whatever list one came from."""
    return urlsplit(url).path == f"/admin/reports/report/{report}/"


@pytest.fixture
def desk(mod: Person, platform: Platform) -> Desk:
    """A moderator in front of a full queue."""
    fill_queue(platform, 2, subjects_from=1000)
    return Desk(Office(mod, another_account(platform, "mod")))


def test_ten_clear_reports_take_three_keys_at_most_each(desk: Desk, platform: Platform) -> None:
    desk.press("n")
    decided, strokes = set(), []
    for _ in range(10):
        decided.add(desk.at())
        is_small_talk = "jazz" in desk.page.get_by_test_id("lines").inner_text()
        is_nudity = desk.page.get_by_test_id("report-title").inner_text() == "Nudity on camera"
        strokes.append(desk.decide("d" if is_small_talk and not is_nudity else "1", "Enter"))

    assert len(decided) == 10
    assert max(strokes) <= STROKES_MAX
    desk.page.goto("/admin/reports/report/?state=closed")
    expect(desk.page.get_by_test_id("report-row")).to_have_count(10)
    platform.expect_an_intact_trail()


def test_what_is_less_clear_is_done_by_keyboard_as_well(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/reports/report/?rule=spam")
    desk.press("n")
    skipped = desk.at()
    desk.press("s")
    page.wait_for_function(
        "(was) => document.querySelector('[data-testid=report]')?.dataset.report !== was",
        arg=skipped,
    )
    report = desk.at()

    desk.press("?")
    expect(page.get_by_test_id("help")).to_contain_text("Go on with the next report")
    desk.press("Escape")
    expect(page.get_by_test_id("help")).to_be_hidden()

    desk.press("m")
    page.keyboard.type("Looks like yesterday's.")
    desk.press("Control+Enter")
    expect(page.get_by_test_id("note-of-staff")).to_contain_text("Looks like yesterday's.")
    assert opens(page.url, report)

    page.keyboard.press("p")
    page.get_by_test_id("policy").press_sequentially("Harass")
    desk.press("Escape", "l")
    page.get_by_test_id("sanction").press_sequentially("7 d")
    desk.press("Escape", "r")
    page.keyboard.type("Insults, line after line.")
    desk.press("Escape", "g", "y")
    expect(page.get_by_test_id("go-on")).not_to_be_checked()
    expect(page.get_by_test_id("confirm")).to_be_focused()
    desk.press("Enter")

    expect(page.get_by_test_id("decision-state")).to_have_attribute("data-state", "closed")
    imposed = page.get_by_test_id("sanction-in-force").filter(has_text="Harassment")
    expect(imposed).to_contain_text(re.compile("Suspended"))
    assert opens(page.url, report)


def test_one_key_alone_decides_nothing(desk: Desk) -> None:
    desk.press("n")
    report = desk.at()

    desk.press("y", "d", "e", "x", "1", "2")

    assert desk.at() == report
    expect(desk.page.get_by_test_id("decision-state")).to_have_attribute("data-state", "claimed")
    expect(desk.page.locator(".is-ready")).to_have_count(1)


def test_enter_twice_decides_once(desk: Desk) -> None:
    desk.press("n")
    first = desk.at()

    desk.press("1")
    desk.page.evaluate(
        """() => {
            const button = document.querySelector("[data-testid=confirm]");
            button.click();
            button.click();
        }"""
    )
    desk.page.wait_for_function(
        "(was) => document.querySelector('[data-testid=report]')?.dataset.report !== was",
        arg=first,
    )

    second = desk.at()
    desk.page.goto(f"/admin/reports/report/{first}/")
    expect(desk.page.get_by_test_id("decisions").get_by_text("Confirmed")).to_have_count(1)
    assert second != first


def test_the_list_is_walked_and_narrowed_by_keyboard(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/reports/report/?rule=spam")
    rows = page.get_by_test_id("report-row")
    opened = rows.nth(1).get_attribute("data-report")

    desk.press("j", "j", "Enter")

    page.wait_for_url(f"**/{opened}/?within=rule%3Dspam")
    desk.press("c")
    assert desk.at() == opened


def test_a_filter_is_worked_off_and_one_key_goes_on_with_all(desk: Desk) -> None:
    page = desk.page
    page.goto("/admin/reports/report/?rule=spam")
    desk.press("n")
    while page.get_by_test_id("worked-off").is_hidden():
        report = desk.at()
        expect(page.get_by_test_id("within")).to_contain_text("Spam")
        desk.press("1", "Enter")
        page.wait_for_function(
            "(was) => document.querySelector('[data-testid=report]')?.dataset.report !== was",
            arg=report,
        )
        page.wait_for_load_state("load")

    desk.press("n")

    desk.at()
    expect(page.get_by_test_id("within")).to_have_count(0)


def test_a_lead_ticks_rows_by_keyboard_and_decides_them_together(
    desk: Desk, platform: Platform, bo: Person
) -> None:
    lead = Desk(Office(bo, another_account(platform, "lena", "lead")))
    lead.page.goto("/admin/reports/report/?rule=spam")

    lead.press("j", "x", "j", "x", "w")

    lead.page.wait_for_url("**/wave/new/**")
    expect(lead.page.get_by_test_id("wave-candidate")).to_have_count(2)
    lead.page.get_by_test_id("policy").select_option("spam")
    lead.page.get_by_test_id("sanction").select_option("24_hours")
    lead.page.get_by_test_id("reason").fill("The same advert.")
    lead.page.get_by_test_id("wave-confirm").click()
    progress = lead.page.get_by_test_id("wave-progress")
    expect(progress).to_have_attribute("data-left", "0", timeout=20_000)
    expect(lead.page.get_by_test_id("wave-count")).to_have_text("2")


def test_two_at_one_report_are_told_apart(desk: Desk, platform: Platform, bo: Person) -> None:
    colleague = Desk(Office(bo, another_account(platform, "colleague")))
    desk.page.goto("/admin/reports/report/?state=open")
    desk.press("j", "Enter")
    desk.page.wait_for_url(re.compile(r"/report/[0-9a-f-]{36}/\?within=state%3Dopen$"))
    colleague.page.goto(desk.page.url)
    colleague.press("c")
    theirs = colleague.at()

    desk.press("c")

    mine = desk.at()
    assert mine != theirs
    expect(desk.page.get_by_text("colleague was faster")).to_be_visible()


def test_everything_works_without_a_script_as_well(desk: Desk, platform: Platform) -> None:
    plain = desk.page.context.browser
    assert plain is not None
    context = plain.new_context(
        base_url=platform.url,
        java_script_enabled=False,
        storage_state=desk.page.context.storage_state(),
    )
    page = context.new_page()
    page.goto("/admin/reports/report/")
    page.get_by_test_id("next-report").click()
    first = page.get_by_test_id("report").get_attribute("data-report")
    page.locator("[data-testid=macro][data-act=confirm]:visible").first.click()
    if page.get_by_test_id("sanction").input_value() == "":
        page.get_by_test_id("sanction").select_option("24_hours")
    page.get_by_test_id("note-text").fill("Decided on an old machine.")
    page.get_by_test_id("note-add").click()
    expect(page.get_by_test_id("note-of-staff")).to_be_visible()
    page.locator("[data-testid=macro][data-act=confirm]:visible").first.click()
    if page.get_by_test_id("sanction").input_value() == "":
        page.get_by_test_id("sanction").select_option("24_hours")
    page.get_by_test_id("confirm").click()

    expect(page.get_by_test_id("report")).not_to_have_attribute("data-report", first or "")
    expect(page.get_by_test_id("confirm")).to_be_visible()
    context.close()
