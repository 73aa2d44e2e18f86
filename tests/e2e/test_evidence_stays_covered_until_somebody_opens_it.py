"""Story: staff look at a segment, covered at first, in grey, in colour, and frame by frame."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.cast import MOD
from tests.e2e.browsers import Browsers, fresh_context
from tests.e2e.configurations import SHIPPED
from tests.e2e.office import Account, another_account
from tests.e2e.platform import Platform, PlatformError
from tests.e2e.waiting import wait_for

CONFIGURATION = SHIPPED

FRAMES = 5
A_REPORT_WITH_A_FILM = """
from django.contrib.auth.models import User
from django.utils import timezone
from reports.incoming import findings
from reports.reviewing import (claims)
from reports.models import Report
from reports.snapshots import EvidenceItem, EvidenceKind
from tests.report_cases import finding, frame, ivf, snapshot
now = timezone.now()
film = EvidenceItem(
    kind=EvidenceKind.SEGMENT, media_type="video/x-ivf", data=ivf(), captured_at=now,
    is_offending=False,
)
found = finding(
    found_at=now, evidence=(film, *(frame(seed) for seed in range(4))),
    snapshot=snapshot(started_at=now, taken_at=now),
)
made = Report.objects.get(pk=findings.record(found).report)
mod = User.objects.get(username={name!r})
claims.claim(made.pk, version=made.version, acting_user=mod, now=now)
print(f"report={{made.pk}}")
"""

SHADE = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const shades = [];
    for (let at = 0; at < data.length; at += 4) shades.push(data[at]);
    return shades.sort((one, other) => one - other)[shades.length >> 1];
}"""


@pytest.fixture
def account(platform: Platform, request: pytest.FixtureRequest) -> Account:
    return another_account(platform, f"viewer-{abs(hash(request.node.name)) % 10**8}")


@pytest.fixture
def report(platform: Platform, account: Account) -> str:
    """The path of a report with a film and four stills, claimed by the account."""
    done = platform.manage("shell", "-c", A_REPORT_WITH_A_FILM.format(name=account.name))
    if done.returncode != 0:
        raise PlatformError(f"no report: {done.stderr}")
    return f"/admin/reports/report/{done.stdout.rpartition('report=')[2].strip()}/"


@pytest.fixture
def browser(browsers: Browsers) -> Browser:
    return browsers.with_camera(MOD.camera)


def _sign_in(context: BrowserContext, account: Account) -> Page:
    page = context.new_page()
    page.goto("/admin/")
    page.locator("input[name=username]").fill(account.name)
    page.locator("input[name=password]").fill(account.password)
    page.locator("form button[type=submit], form input[type=submit]").first.click()
    page.wait_for_url("**/admin/")
    return page


@pytest.fixture
def page(browser: Browser, platform: Platform, account: Account) -> Iterator[Page]:
    context = fresh_context(browser, platform.url, width=1440, height=900)
    yield _sign_in(context, account)
    context.close()


@pytest.fixture
def plain_page(browser: Browser, platform: Platform, account: Account) -> Iterator[Page]:
    """Where no script runs."""
    context = browser.new_context(base_url=platform.url, java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield _sign_in(context, account)
    context.close()


def test_without_a_script_it_stays_covered_and_is_stepped_by_links(
    plain_page: Page, report: str
) -> None:
    asked: list[str] = []
    plain_page.on("request", lambda request: asked.append(request.url))
    plain_page.goto(report)
    film = plain_page.locator("[data-testid=exhibit][data-kind=segment]")
    expect(film.get_by_test_id("evidence-mosaic")).to_be_visible()
    expect(film.get_by_test_id("frame-number")).to_have_text(f"frame 1 of {FRAMES}")
    expect(film.get_by_test_id("evidence-colour")).to_be_hidden()

    film.get_by_test_id("frame-later").click()
    expect(film.get_by_test_id("frame-number")).to_have_text(f"frame 2 of {FRAMES}")
    assert not [url for url in asked if "/original/" in url]

    film.get_by_test_id("evidence-open").click()
    plain_page.wait_for_url("**/original/")
    expect(plain_page.locator("img")).to_be_visible()


def test_it_opens_in_grey_then_in_colour_and_is_stepped_by_keys(page: Page, report: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url}"))
    page.goto(report)
    film = page.locator("[data-testid=exhibit][data-kind=segment]")
    film.scroll_into_view_if_needed()
    expect(film.get_by_test_id("evidence-mosaic")).to_be_visible()
    assert not [url for url in asked if "/original/" in url]

    film.get_by_test_id("evidence-open").click()
    original = film.get_by_test_id("evidence-original")
    expect(original).to_be_visible()
    shades = [original.evaluate(SHADE)]
    for number in range(2, FRAMES + 1):
        page.keyboard.press("ArrowRight")
        expect(film.get_by_test_id("frame-number")).to_have_text(f"frame {number} of {FRAMES}")
        darker = shades[-1] + 20
        wait_for(
            lambda least=darker: original.evaluate(SHADE) > least,  # type: ignore[misc]
            timeout_s=5,
            what=f"frame {number} is drawn",
        )
        shades.append(original.evaluate(SHADE))
    expect(page.get_by_test_id("exposure-meter")).to_contain_text("1 original")
    expect(page.get_by_test_id("exposure-meter")).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(film.get_by_test_id("frame-number")).to_have_text(f"frame 1 of {FRAMES}")

    film.get_by_test_id("evidence-colour").click()
    expect(film.get_by_test_id("evidence-colour")).to_have_text("Show in grey")
    page.keyboard.press("Escape")
    expect(original).to_have_count(0)
    expect(film.get_by_test_id("evidence-mosaic")).to_be_visible()


def test_one_is_open_at_a_time_and_further_ones_are_not_even_fetched(
    page: Page, report: str
) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(report)
    page.get_by_test_id("exhibit").first.scroll_into_view_if_needed()
    stills = page.locator("[data-testid=exhibit][data-kind=frame]")
    for index in (0, 1):
        stills.nth(index).get_by_test_id("evidence-open").click()
        expect(stills.nth(index).get_by_test_id("evidence-original")).to_be_visible()
    expect(page.get_by_test_id("evidence-original")).to_have_count(1)

    assert len({url for url in fetched if "/mosaic/" in url}) == 3
    page.get_by_test_id("further").locator("summary").click()
    expect(stills.nth(2).get_by_test_id("evidence-mosaic")).to_have_js_property("complete", True)
    assert len({url for url in fetched if "/mosaic/" in url}) > 3
