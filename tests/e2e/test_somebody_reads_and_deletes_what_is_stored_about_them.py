"""Story: somebody reads what is stored about them, undoes a block, downloads it, deletes it."""

import json
from pathlib import Path

from playwright.sync_api import expect

from tests.cast import ADA, BO
from tests.e2e.configurations import SHIPPED
from tests.e2e.conftest import Cast
from tests.e2e.person import Person, meet

CONFIGURATION = SHIPPED

HOSTILE = '"><img src=x onerror=hacked=1>'


def test_what_was_chosen_is_there_again_and_hostile_words_stay_words(ada: Person) -> None:
    ada.enter()
    expect(ada.hook("only-common")).to_be_disabled()  # there is nothing to have in common yet
    ada.hook("interests").fill(f"jazz, {HOSTILE}")
    ada.hook("only-common").check()
    with ada.page.expect_response("**/me/preferences/") as kept:
        ada.seek("text")
    assert kept.value.status == 200
    expect(ada.page.get_by_text("Only among people who share an interest")).to_be_visible()

    # What this browser remembers by itself is not what is looked for here.
    ada.page.evaluate("() => localStorage.clear()")
    ada.open()
    expect(ada.hook("interests")).to_have_value(f"jazz, {HOSTILE}")
    expect(ada.hook("only-common")).to_be_checked()

    ada.hook("about-you").click()
    expect(ada.hook("me-interests")).to_have_text(f"jazz, {HOSTILE}")
    assert ada.page.evaluate("() => window.hacked") is None
    expect(ada.hook("me").locator("img, script")).to_have_count(0)


def test_somebody_reads_undoes_downloads_and_deletes(ada: Person, bo: Person) -> None:
    meet(ada, bo, "text")
    ada.hook("block").click()
    expect(bo.hook("line-input")).to_be_disabled()

    second = ada.context.new_page()
    second.goto("/me/")
    expect(second.get_by_test_id("me-level")).to_have_attribute("data-level", "new")
    second.get_by_test_id("me-unblock").click()
    expect(second.get_by_text("Nobody, as far as you are concerned.")).to_be_visible()

    with second.expect_download() as download:
        second.get_by_test_id("me-download").click()
    stored = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["stored"]
    expect(second.get_by_test_id("me-participant")).to_have_text(stored["stays"][0]["participant"])

    second.get_by_test_id("me-delete").click()
    expect(second.get_by_test_id("me-delete")).to_be_visible()  # not before it is confirmed
    second.get_by_test_id("me-sure").check()
    second.get_by_test_id("me-delete").click()
    expect(second.get_by_test_id("me-deleted")).to_be_visible()
    # The other tab learns it at once.
    expect(ada.hook("birth-date")).to_be_visible()


def test_it_fits_on_a_phone(enter_cast: Cast) -> None:
    one, other = enter_cast(ADA, size=(360, 740)), enter_cast(BO, size=(360, 740))
    meet(one, other, "text")
    one.report("harassment")
    expect(one.hook("lines")).to_contain_text("receipt")
    one.page.goto("/me/")
    expect(one.hook("me-reports")).to_be_visible()
    expect(one.hook("me-unblock")).to_have_count(0)
    width = one.page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= 360
