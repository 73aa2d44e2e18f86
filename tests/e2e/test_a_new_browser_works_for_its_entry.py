"""Story: a new browser solves a puzzle while its person fills in the form, and says so."""

import json
from typing import Any

from playwright.sync_api import Request, Route, expect

from tests.cast import BO, GUEST, UNDER_AGE_BORN
from tests.e2e.configurations import PROVING
from tests.e2e.conftest import Cast
from tests.e2e.person import Person
from tests.e2e.platform import Platform
from tests.e2e.wire import Stranger

CONFIGURATION = PROVING

PHONE = (360, 740)
COMES_IN_MS = 30_000


def count_requests(person: Person, path: str) -> list[str]:
    """The addresses below `path` that the page asks for from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if path in request.url:
            asked.append(request.url)

    person.page.on("request", note)
    return asked


def watch_policy(person: Person) -> None:
    """Note what the content policy refuses, in `window.refusedByPolicy`."""
    person.context.add_init_script(
        "window.refusedByPolicy = [];"
        "document.addEventListener('securitypolicyviolation',"
        " (event) => window.refusedByPolicy.push(event.violatedDirective));"
    )


def test_it_is_solved_in_the_background_on_a_phone_by_keyboard_alone(enter_cast: Cast) -> None:
    guest = enter_cast(GUEST, size=PHONE)
    watch_policy(guest)
    guest.open()
    asked = count_requests(guest, "/api/terms")
    status = guest.hook("proof-status")
    expect(status).to_be_hidden()
    assert status.get_attribute("role") == "status"
    assert asked == []  # whoever only reads works for nothing

    guest.hook("birth-date").focus()
    expect(status).to_contain_text("puzzle")
    expect(status).to_contain_text("is solved", timeout=COMES_IN_MS)
    assert guest.page.evaluate("() => document.documentElement.scrollWidth") <= PHONE[0]
    # Nothing of the widget can be seen or focused.
    expect(guest.page.locator("altcha-widget")).to_be_hidden()

    guest.hook("birth-date").fill(GUEST.born.isoformat())
    guest.hook("accept-terms").focus()
    guest.page.keyboard.press("Space")
    guest.hook("enter").focus()
    guest.page.keyboard.press("Enter")
    expect(guest.hook("mode-text")).to_be_visible(timeout=COMES_IN_MS)
    assert guest.page.evaluate("() => window.refusedByPolicy") == []
    assert all("//localhost" in address for address in asked)


def test_who_is_faster_than_the_puzzle_is_told_and_comes_in_by_itself(guest: Person) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    guest.page.route("**/altcha/pbkdf2*", hold)
    guest.enter()
    expect(guest.hook("proof-status")).to_contain_text("still solving")
    expect(guest.hook("enter")).to_be_disabled()
    for route in held:
        route.continue_()
    expect(guest.hook("mode-text")).to_be_visible(timeout=COMES_IN_MS)


def test_a_browser_that_entered_before_is_not_asked_again(guest: Person) -> None:
    guest.enter()
    expect(guest.hook("mode-text")).to_be_visible(timeout=COMES_IN_MS)
    guest.context.clear_cookies(name="parley_participant")
    widget = count_requests(guest, "altcha")
    with guest.page.expect_request("**/api/enter") as entering:
        guest.enter()
    expect(guest.hook("mode-text")).to_be_visible(timeout=COMES_IN_MS)
    assert "proof" not in json.loads(entering.value.post_data or "{}")
    assert widget == []


def test_a_proof_that_is_refused_is_made_anew_without_a_word(guest: Person) -> None:
    sent: list[Any] = []

    def spoil_the_first(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        sent.append(body["proof"])
        if len(sent) == 1:
            body["proof"] = "spoilt"
        route.continue_(post_data=json.dumps(body))

    guest.page.route("**/api/enter", spoil_the_first)
    guest.enter()
    expect(guest.hook("mode-text")).to_be_visible(timeout=COMES_IN_MS)
    assert len(set(sent)) == 2


def test_a_browser_that_cannot_solve_it_is_told_what_to_do(guest: Person) -> None:
    guest.page.route("**/altcha/pbkdf2*", lambda route: route.abort())
    guest.enter()
    error = guest.page.locator("[data-part=entry-error]")
    expect(error).to_contain_text("could not solve the puzzle")
    expect(guest.hook("enter")).to_be_enabled()


def test_after_an_under_age_answer_a_fresh_browser_works_longer_and_gets_in_no_sooner(
    enter_cast: Cast, platform: Platform
) -> None:
    child, again = enter_cast(GUEST), enter_cast(BO)
    for person in (child, again):
        person.context.set_extra_http_headers({"X-Forwarded-For": "203.0.113.9"})
    before = _tries(platform, "203.0.113.10")
    child.enter(UNDER_AGE_BORN)
    expect(child.page.locator("[data-part=under-age]")).to_be_visible(timeout=COMES_IN_MS)
    assert _tries(platform, "203.0.113.10") == 4 * before
    again.enter()
    expect(again.hook("mode-text")).to_be_visible(timeout=COMES_IN_MS)


def _tries(platform: Platform, address: str) -> int:
    terms = Stranger(platform.url, address).get("/api/terms")
    return int(terms["challenge"]["parameters"]["data"]["tries"])
