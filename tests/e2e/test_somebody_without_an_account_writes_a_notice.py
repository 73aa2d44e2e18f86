"""A notice by somebody who was not there: written, read by staff, and made a report of."""

import re

from playwright.sync_api import expect

from tests.e2e.configurations import FACES
from tests.e2e.office import Office, first_account
from tests.e2e.person import Person, meet
from tests.e2e.platform import Platform

CONFIGURATION = FACES


def test_with_the_code_that_stands_in_the_report_window(
    ada: Person, bo: Person, guest: Person, mod: Person, platform: Platform
) -> None:
    meet(ada, bo, "text")
    bo.say("you are nothing")
    ada.expect_line("you are nothing")
    ada.hook("report").click()
    address = ada.hook("conversation-code").get_attribute("href")
    assert address is not None

    guest.page.goto(address)
    guest.hook("notice-send").click()
    expect(guest.page.get_by_role("alert").first).to_contain_text("Nothing was sent")
    guest.hook("notice-rule").select_option("harassment")
    guest.hook("notice-explanation").fill("A friend showed me. They were insulted.")
    guest.hook("notice-name").fill("Eve")
    guest.hook("notice-email").fill("eve@example.org")
    guest.hook("notice-good-faith").check()
    guest.hook("notice-send").click()
    expect(guest.hook("receipt")).to_have_attribute("data-state", "waiting")

    office = Office(mod, first_account(platform))
    office.page.goto("/admin/reports/notice/")
    office.hook("notice-row").get_by_role("link").click()
    expect(office.hook("lines")).to_contain_text("you are nothing")
    office.hook("notice-answer").scroll_into_view_if_needed()
    office.page.get_by_role("button", name=re.compile("Report [AB]")).first.click()
    expect(office.hook("report")).to_be_visible()
