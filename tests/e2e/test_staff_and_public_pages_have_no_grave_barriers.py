"""Story: every page of staff, and those about reports for everybody, as a screen reader and weak
eyes meet them: wide and narrow, light and dark."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from reports.admin.registry import site
from tests.cast import MOD
from tests.e2e.backstage import live_a_day
from tests.e2e.barriers import OF_COLOURS, Barrier, barriers
from tests.e2e.browsers import Browsers
from tests.e2e.configurations import OFFICE
from tests.e2e.office import sign_in
from tests.e2e.platform import Platform
from tests.e2e.walk import STAFF, kind, walk

CONFIGURATION = OFFICE

WIDE, NARROW = 1440, 1024
HEIGHT = 900
PUBLIC = ("/notice/", "/transparency/")
OTHER_LOOKS = (("dark", WIDE), ("dark", NARROW), ("light", NARROW))

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
    visited = _staff_paths(page)
    of_reports = (day["claimed"], day["sealed"])
    for path in (*visited, *of_reports, day["statement"], day["receipt"], *PUBLIC):
        found |= _opened(page, path)
    page.goto("/admin/reports/qualityitem/")
    page.get_by_test_id("quality-next").click()
    page.get_by_test_id("blind").wait_for()
    visited.append(page.url)
    found |= _looked_at(page, "second decision")

    assert {name: grave for name, grave in found.items() if grave} == {}
    assert _lists_and_objects() <= {kind(path) for path in visited}


def test_the_theme_goes_with_the_system_s_colours(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(STAFF)
    page.locator("html.dark").wait_for()
    page.emulate_media(color_scheme="light")
    page.goto(STAFF)
    page.locator("html:not(.dark)").wait_for()


def _staff_paths(page: Page) -> list[str]:
    """One address of each kind that links lead to."""
    known = {kind(STAFF)}

    def is_new(path: str) -> bool:
        name = kind(path)
        is_first = name not in known
        known.add(name)
        return is_first

    stops = list(walk(page.context, STAFF, goes_to=is_new))
    assert {stop.answer.status for stop in stops} == {200}
    return [stop.path for stop in stops if stop.is_page]


def _lists_and_objects() -> set[str]:
    """The kinds that must not be missing: each model's list, and a page of one of its rows."""
    names = [pattern.name or "" for model in site._registry.values() for pattern in model.urls]
    return {f"admin:{name}" for name in names if name.endswith(("_changelist", "_change"))}


def _opened(page: Page, path: str) -> Found:
    answer = page.goto(path)
    assert answer is not None
    assert answer.ok, path
    return _looked_at(page, path)


def _looked_at(page: Page, name: str) -> Found:
    """By all rules as it is first shown, then by the rules about colours in the other looks."""
    found = {f"{name} light {WIDE}": barriers(page)}
    for scheme, width in OTHER_LOOKS:
        _dress(page, scheme, width)
        found[f"{name} {scheme} {width}"] = barriers(page, only=OF_COLOURS)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, name
    _dress(page, "light", WIDE)
    return found


def _dress(page: Page, scheme: str, width: int) -> None:
    """As the system's setting does it on public pages, and the theme's class on those of staff."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.evaluate("(on) => document.documentElement.classList.toggle('dark', on)", scheme == "dark")
