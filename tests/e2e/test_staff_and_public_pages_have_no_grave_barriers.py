"""Story: every page of staff, and those about reports for everybody, as a screen reader and weak
eyes meet them: wide and light, narrow and dark."""

from collections.abc import Iterable, Iterator
from http.client import METHOD_NOT_ALLOWED
from uuid import UUID

import pytest
from django.urls import URLPattern, URLResolver, reverse
from playwright.sync_api import Browser, Page

from reports.admin.registry import site
from tests.cast import MOD
from tests.e2e.backstage import live_a_day
from tests.e2e.barriers import OF_COLOURS, Barrier, barriers
from tests.e2e.browsers import Browsers
from tests.e2e.configurations import OFFICE
from tests.e2e.office import sign_in
from tests.e2e.platform import Platform
from tests.e2e.walk import STAFF, Stop, kind, match_of, walk

CONFIGURATION = OFFICE

WIDE, NARROW = 1440, 1024
HEIGHT = 900
PUBLIC = ("/notice/", "/transparency/")
NO_LINK_LEADS_TO = (
    "/admin/password_change/done/",
    "/admin/reports/report/worked-off/?within=rule%3Dblackmail",
    "/admin/reports/prevalenceframe/",  # no sample is drawn on this platform
)
NO_PAGES = frozenset(
    f"admin:{name}"
    for name in (
        *("login", "second_factor"),  # looked at before anybody is signed in
        *("app_list", "autocomplete", "jsi18n", "search", "view_on_site"),  # Django's own
        *("own_exposure", "reports_qualityitem_mosaic"),  # part of a page
        *("reports_prevalenceframe_change", "reports_prevalenceframe_mosaic"),  # of who holds one
    )
)
"""Staff addresses that answer GET, and are no page to be come to by a link."""

Found = dict[str, list[Barrier]]


@pytest.fixture
def page(browsers: Browsers, platform: Platform) -> Iterator[Page]:
    """A page that lets the test's own script in."""
    browser: Browser = browsers.with_camera(MOD.camera)
    context = browser.new_context(
        base_url=platform.url,
        bypass_csp=True,
        locale="en-GB",
        reduced_motion="reduce",
        viewport={"width": WIDE, "height": HEIGHT},
    )
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.mark.timeout(600)
def test_each_page_that_can_be_come_to(page: Page, platform: Platform) -> None:
    found: Found = {}
    page.goto(STAFF)
    found |= _looked_at(page, "sign-in")
    lived = live_a_day(platform)
    day = lived.day
    sign_in(page, lived.viewer, before_code=lambda: found.update(_looked_at(page, "second factor")))
    known: set[str] = set()
    stops = _staff_stops(page, known)
    visited = [stop.path for stop in stops if stop.is_page]
    of_reports = (day["claimed"], day["sealed"])
    visited += NO_LINK_LEADS_TO
    for path in (*visited, *of_reports, day["statement"], day["receipt"], *PUBLIC):
        found |= _opened(page, path)
    page.goto("/admin/reports/qualityitem/")
    page.get_by_test_id("quality-next").click()
    page.get_by_test_id("blind").wait_for()
    visited.append(page.url)
    found |= _looked_at(page, "second decision")
    page.context.clear_cookies()
    sign_in(page, lived.auditor)
    audited = _staff_stops(page, known)
    for stop in audited:
        if stop.is_page:
            found |= _opened(page, stop.path)
    stops += audited

    assert {name: grave for name, grave in found.items() if grave} == {}
    seen = {match_of(path).view_name for path in (*visited, *(stop.path for stop in stops))}
    assert _left_out(page, seen) == set()


def test_the_theme_goes_with_the_system_s_colours(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(STAFF)
    page.locator("html.dark").wait_for()
    page.emulate_media(color_scheme="light")
    page.goto(STAFF)
    page.locator("html:not(.dark)").wait_for()


def _staff_stops(page: Page, known: set[str]) -> list[Stop]:
    """One address of each kind that links lead to, without the kinds that are known."""
    known.add(kind(STAFF))

    def is_new(path: str) -> bool:
        name = kind(path)
        is_first = name not in known
        known.add(name)
        return is_first

    stops = list(walk(page.context, STAFF, goes_to=is_new))
    assert {stop.answer.status for stop in stops} == {200}
    return stops


def _left_out(page: Page, seen: set[str]) -> set[str]:
    """The staff addresses that would show something and weren't opened; what only takes acts
    says 405 before it looks at anything."""
    ahead = [pattern for pattern in _patterns(site.get_urls()) if pattern.name]
    addresses = {f"admin:{each.name}": each for each in ahead}
    return {
        name
        for name, pattern in addresses.items()
        if name not in seen | NO_PAGES
        and page.context.request.get(_example(name, pattern)).status != METHOD_NOT_ALLOWED
    }


def _patterns(urls: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for each in urls:
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns)
        else:
            yield each


def _example(name: str, pattern: URLPattern) -> str:
    examples: dict[str, object] = {"IntConverter": 0, "UUIDConverter": UUID(int=0)}
    values = {
        argument: examples.get(type(converter).__name__, "x")
        for argument, converter in pattern.pattern.converters.items()
    }
    return reverse(name, kwargs=values)


def _opened(page: Page, path: str) -> Found:
    answer = page.goto(path)
    assert answer is not None
    assert answer.ok, path
    return _looked_at(page, path)


def _looked_at(page: Page, name: str) -> Found:
    """By all rules as it is first shown, wide and light; then narrow and dark by those about
    colours. Nothing may lie beside either."""
    found = {f"{name} light {WIDE}": barriers(page)}
    _dress(page, "dark", NARROW)
    found[f"{name} dark {NARROW}"] = barriers(page, only=OF_COLOURS)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= NARROW, name
    _dress(page, "light", WIDE)
    return found


def _dress(page: Page, scheme: str, width: int) -> None:
    """As the system's setting does it on public pages, and the theme's class on those of staff."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate("(on) => document.documentElement.classList.toggle('dark', on)", scheme == "dark")
