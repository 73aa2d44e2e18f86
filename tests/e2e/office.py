"""Staff in front of the console: sign in, find a report, look at it, decide."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.e2e.person import Person
from tests.e2e.platform import Platform, PlatformError
from tests.e2e.second_factor import give_code
from tests.e2e.waiting import wait_for

PHONE_WIDTH_PX = 360
PASSWORD = "not-a-secret-of-anybody-7"

NEW_ACCOUNT = """
from django.contrib.auth.models import Group, User
account, is_new = User.objects.get_or_create(
    username={name!r}, defaults={{"email": {name!r} + "@example.org", "is_staff": True}}
)
account.set_password({password!r})
account.save()
account.groups.set(Group.objects.filter(name__in={roles!r}))
"""
HOME = "/admin/"
SECOND_FACTOR = "/admin/second-factor/"
RECOVERY_CODES = "/admin/recovery-codes/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What somebody signs in with."""

    name: str
    password: str


def first_account(platform: Platform) -> Account:
    """The account that the platform's first start printed."""
    name, password = platform.moderator()
    return Account(name=name, password=password)


def another_account(platform: Platform, name: str, *roles: str) -> Account:
    """One more account, a moderator's unless said otherwise, made on the command line as an
    operator would."""
    names = [str(role) for role in roles or ("moderator",)]
    code = NEW_ACCOUNT.format(name=name, password=PASSWORD, roles=names)
    done = platform.manage("shell", "-c", code)
    if done.returncode != 0:
        raise PlatformError(f"no account: {done.stderr}")
    return Account(name=name, password=PASSWORD)


def sign_in(
    page: Page, account: Account, *, before_code: Callable[[], object] = lambda: None
) -> None:
    """Password, and the code where the house asks for one; `before_code` looks at its page."""
    page.goto(HOME)
    page.locator("input[name=username]").fill(account.name)
    page.locator("input[name=password]").fill(account.password)
    page.keyboard.press("Enter")
    page.wait_for_url(_at(HOME, SECOND_FACTOR))
    if _at(SECOND_FACTOR)(page.url):
        before_code()
        give_code(page)
        page.wait_for_url(_at(HOME, RECOVERY_CODES))


def _at(*paths: str) -> Callable[[str], bool]:
    """Whether an address is one of the paths; where it goes on to stands in its query."""
    return lambda url: urlsplit(url).path in paths


class Office:
    """A member of the staff, signed in."""

    def __init__(self, person: Person, account: Account) -> None:
        self.page: Page = person.page
        sign_in(self.page, account)

    def hook(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def waiting(self) -> list[str]:
        """Ids of the reports that wait for a decision, by priority."""
        self.page.goto("/admin/reports/report/")
        rows = self.hook("report-row").all()
        return [row.get_attribute("data-report") or "" for row in rows]

    def wait_for_report(self, known: list[str]) -> str:
        """The id of the first report that wasn't among `known`."""
        fresh: list[str] = wait_for(
            lambda: [report for report in self.waiting() if report not in known],
            timeout_s=30,
            what="a report is in the queue",
        )
        return fresh[0]

    def open(self, report: str) -> "Office":
        """The report's page, claimed."""
        self.page.goto("/admin/reports/report/")
        self.page.locator(f"[data-testid=report-row][data-report='{report}'] a").first.click()
        # What comes in about a report in that moment makes the claim one of an older version.
        wait_for(self._is_claimed, timeout_s=30, what="the report is claimed")
        return self

    def _is_claimed(self) -> bool:
        if self.hook("claim").is_visible():
            self.hook("claim").click()
        return self.hook("confirm").is_visible()

    def decide(self, outcome: str, reason: str) -> None:
        """Press `confirm` or `dismiss` with that reason; the report is closed afterwards."""
        self._press(outcome, reason)
        expect(self.hook("decision-state")).to_have_attribute("data-state", "closed")

    def propose(self, outcome: str, reason: str) -> None:
        """Likewise, where it takes two: the report waits for the second person afterwards."""
        self._press(outcome, reason)
        expect(self.hook("decision-state")).to_have_text("Waits for a second person")

    def _press(self, outcome: str, reason: str) -> None:
        self.hook("reason").fill(reason)
        self.hook("go-on").uncheck()
        self.hook(outcome).click()

    def expect_it_fits_a_phone(self) -> None:
        """Nothing of the page lies beside a narrow screen."""
        size = self.page.viewport_size
        assert size is not None
        self.page.set_viewport_size({"width": PHONE_WIDTH_PX, "height": 740})
        width = self.page.evaluate("() => document.documentElement.scrollWidth")
        self.page.set_viewport_size(size)
        assert width <= PHONE_WIDTH_PX

    def open_appeal(self) -> "Office":
        """The page of the appeal that has waited longest."""
        self.page.goto("/admin/reports/appeal/")
        self.hook("appeal-row").first.locator("a").click()
        expect(self.hook("appeal-text")).to_be_visible()
        return self

    def grant_appeal(self, reason: str) -> None:
        self.page.locator("textarea[name=reason]").fill(reason)
        self.hook("grant").click()
        expect(self.hook("appeal-state")).to_have_attribute("data-state", "granted")
