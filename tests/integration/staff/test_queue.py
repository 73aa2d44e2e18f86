"""The report queue: who sees which rows, and who gets a report that two reach for."""

from django.contrib.auth.models import User

from reports import findings, intake
from tests.integration.staff.conftest import SignIn
from tests.report_cases import finding, line_finding, user_report

QUEUE = "/admin/reports/report/"


def test_a_guest_is_sent_to_the_browser(db: None, browser: SignIn) -> None:
    response = browser().get(QUEUE)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/admin/login/")


def test_a_moderator_sees_the_ordinary_queue(mod: User, browser: SignIn) -> None:
    intake.receive(user_report())

    page = browser(mod).get(QUEUE)

    assert page.status_code == 200
    assert page.content.count(b'data-testid="report-row"') == 1
