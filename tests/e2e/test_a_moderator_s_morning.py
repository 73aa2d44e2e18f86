"""Story: a moderator's morning, from the second factor to the second decision."""

import pytest
from playwright.sync_api import expect

from tests.cast import GUEST, MOD
from tests.e2e.backstage import prepare
from tests.e2e.configurations import OFFICE
from tests.e2e.conftest import Cast
from tests.e2e.desk import Desk
from tests.e2e.office import PASSWORD, Account, Office
from tests.e2e.person import Person
from tests.e2e.platform import Platform

CONFIGURATION = OFFICE

REASON = "Seen, and plainly against the rules."
STAFF_AT_WORK = {
    "mod": "moderator",
    "colleague": "moderator",
    "lead": "lead",
    "guardian": "child-safety",
    "other-guardian": "child-safety",
}
BEFORE_WORK = "from tests import office_day; told = office_day.before_work({roles}, {password!r})"


MEANWHILE = "from tests import office_day; told = office_day.meanwhile()"


class Morning:
    """Who is at work."""

    def __init__(self, platform: Platform, enter_cast: Cast) -> None:
        self.enter_cast = enter_cast
        code = BEFORE_WORK.format(password=PASSWORD, roles=STAFF_AT_WORK)
        self.names = prepare(platform, code)

    def comes_in(self, name: str) -> Office:
        """One of the staff signs in; the code of the second factor is asked."""
        return Office(self.enter_cast(MOD), Account(name=self.names[name], password=PASSWORD))


@pytest.mark.timeout(600)
def test_signed_in_with_a_code_they_decide_escalate_hear_appeals_and_judge_again(
    platform: Platform, enter_cast: Cast
) -> None:
    morning = Morning(platform, enter_cast)
    mod = morning.comes_in("mod")

    _ten_by_keyboard(Desk(mod))
    more = prepare(platform, MEANWHILE)
    _escalated_by_keyboard(mod, more["to_seal"])
    _opened_with_approval(morning, more["to_seal"])
    colleague = morning.comes_in("colleague")
    _appeal_decided_by(colleague, mod, more["to_confirm"], barred=enter_cast(GUEST))
    _judged_again_by(colleague, morning.comes_in("lead"))

    platform.expect_an_intact_trail()


def _ten_by_keyboard(desk: Desk) -> None:
    desk.press("n")
    decided = set()
    for _ in range(10):
        decided.add(desk.at())
        is_talk = "jazz" in desk.page.get_by_test_id("lines").inner_text()
        is_nudity = "Nudity" in desk.page.get_by_test_id("report-title").inner_text()
        desk.decide("d" if is_talk and not is_nudity else "1", "Enter")
    assert len(decided) == 10


def _escalated_by_keyboard(mod: Office, path: str) -> None:
    """For whoever sealed it, it no longer exists."""
    page = mod.page
    page.goto(path)
    page.keyboard.press("c")
    expect(mod.hook("confirm")).to_be_visible()
    # Keys are heard as soon as the page's scripts are there.
    page.wait_for_load_state("load")
    page.keyboard.press("x")
    expect(mod.hook("reason")).to_be_focused()
    page.keyboard.type("May be a child; the age can't be told.")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(lambda url: not url.endswith(path))
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 404


def _opened_with_approval(morning: Morning, path: str) -> None:
    """One of the team asks, another one agrees, and only then does the original open; that it shows
    no child takes the two of them as well."""
    asks = morning.comes_in("guardian")
    agrees = morning.comes_in("other-guardian")
    asks.page.goto(path)
    asks.hook("claim").click()
    expect(asks.hook("confirm")).to_be_visible()
    expect(asks.hook("evidence-open")).to_have_count(0)
    asks.hook("access-ask").locator("summary").click()
    asks.hook("access-reason").fill("The mosaic doesn't tell the age.")
    asks.hook("access-send").click()
    expect(asks.hook("access-waiting")).to_be_visible()

    agrees.page.goto("/admin/reports/accessrequest/")
    agrees.hook("access-row").first.get_by_role("link").click()
    expect(agrees.hook("access-why")).to_contain_text("The mosaic doesn't tell")
    agrees.hook("access-approve").click()
    expect(agrees.hook("access-state")).to_contain_text("Approved")

    asks.page.goto(path)
    asks.hook("evidence-open").click()
    expect(asks.hook("evidence-original")).to_be_visible()
    asks.propose("confirm", "A grown-up, and against the rules all the same.")

    agrees.page.goto(path)
    agrees.hook("claim").click()
    agrees.decide("confirm", "A grown-up, I think so too.")


def _appeal_decided_by(colleague: Office, mod: Office, path: str, *, barred: Person) -> None:
    mod.page.goto(path)
    mod.hook("claim").click()
    mod.decide("confirm", REASON)
    mod.hook("sanction-in-force").locator("a").first.click()
    statement = mod.page.get_by_role("link", name="Statement").get_attribute("href")
    assert statement is not None

    barred.page.goto(statement)
    barred.page.locator("textarea").fill("It was a picture of a cup of coffee.")
    barred.hook("appeal-send").click()
    expect(barred.hook("appeal-state")).to_have_attribute("data-state", "open")

    for office in (mod, colleague):
        office.page.goto(path)
        office.hook("to-appeal").click()
        expect(office.hook("appeal-text")).to_contain_text("cup of coffee")
    expect(mod.hook("appeal-not-yours")).to_be_visible()
    expect(mod.hook("grant")).to_have_count(0)
    colleague.grant_appeal("It is coffee.")
    barred.page.reload()
    expect(barred.hook("statement")).to_have_attribute("data-state", "lifted")


def _judged_again_by(colleague: Office, lead: Office) -> None:
    """Blind: neither what the first person decided nor why is on the page."""
    lead.page.goto("/admin/reports/qualityitem/")
    lead.hook("draw-size").fill("5")
    lead.hook("draw").click()
    expect(lead.hook("sample").first).to_be_visible()

    colleague.page.goto("/admin/reports/qualityitem/")
    colleague.hook("quality-next").click()
    blind = colleague.hook("blind")
    expect(blind).to_be_visible()
    expect(blind).not_to_contain_text("morning-mod")
    expect(blind).not_to_contain_text(REASON)
    colleague.hook("reason").fill("Nothing is broken as far as I see.")
    colleague.hook("not-broken").click()
    expect(colleague.page.get_by_text("Your decision is kept")).to_be_visible()
