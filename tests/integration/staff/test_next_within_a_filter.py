"""*Next report* within a filter: the most urgent one of it, until it is worked off."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.house_rules import policies
from reports.models import DecisionKind, Report, State
from reports.reviewing import appeals
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, a_finding, a_report, address, claimed
from tests.races import at_once
from tests.report_cases import person

QUEUE = "/admin/reports/report/"
NEXT = f"{QUEUE}next/"
SPAM = "rule=spam"
DISMISSAL = {"reason": "nothing of the kind", "go_on": "1"}


def spam(number: int, minutes: int = 0) -> Report:
    """Reported so many minutes ago: the older, the more urgent."""
    report = a_report(Rule.SPAM, subject=person(number), partner=person(number + 500))
    opened_at = timezone.now() - timedelta(minutes=minutes)
    Report.objects.filter(pk=report.pk).update(rank=minutes, opened_at=opened_at)
    return Report.objects.get(pk=report.pk)


def within(report: Report) -> str:
    return f"{address(report)}?within=rule%3Dspam"


def test_next_is_the_most_urgent_of_the_filter_and_not_of_all(mod: User, browser: SignIn) -> None:
    a_report(Rule.THREAT, subject=person(3))
    later, first = spam(4, minutes=10), spam(5, minutes=20)
    client = browser(mod)

    answer = client.post(f"{NEXT}?within=rule%3Dspam")

    assert answer.headers["Location"] == within(first)
    first.refresh_from_db()
    later.refresh_from_db()
    assert (first.state, later.state) == (State.CLAIMED, State.OPEN)


def test_the_list_and_the_page_lead_on_within_the_filter(mod: User, browser: SignIn) -> None:
    first, later = spam(5, minutes=20), spam(4, minutes=10)
    client = browser(mod)
    client.post(f"{QUEUE}filters/save/", {"name": "Spam first", "rule": "spam"})
    shown = client.get(QUEUE, {"rule": "spam"}).content.decode()
    assert f'action="{NEXT}?within=rule%3Dspam"' in shown
    assert f'href="{within(first)}"' in shown

    page = client.get(client.post(f"{NEXT}?within=rule%3Dspam").headers["Location"])

    head = page.content.decode().split('data-testid="within"')[1].split("</p>")[0]
    assert "Spam first" in head
    assert 'data-testid="within-count">2<' in head
    for act in ("dismiss", "confirm", "escalate", "skip"):
        assert f'action="{address(first, act)}?within=rule%3Dspam"' in page.content.decode()
    first.refresh_from_db()
    answer = client.post(
        f"{address(first, 'dismiss')}?within=rule%3Dspam", DISMISSAL | {"version": first.version}
    )
    assert answer.headers["Location"] == within(later)


def test_a_filter_that_is_worked_off_says_so_and_one_key_goes_on_with_all(
    mod: User, browser: SignIn
) -> None:
    other = a_report(Rule.HATE, subject=person(3))
    only, client = spam(4), browser(mod)
    claimed(client, only)
    only.refresh_from_db()

    done = client.post(
        f"{address(only, 'dismiss')}?within=rule%3Dspam",
        DISMISSAL | {"version": only.version},
        follow=True,
    )

    page = done.content.decode()
    assert f"“{policies.title(Rule.SPAM)}” is worked off" in page
    assert "No report is left in this filter." in page
    assert "Dismissed." in page  # what was decided is said there, too
    onward = page.split(f'action="{NEXT}"')[1].split("</form>")[0]
    assert 'data-key="n"' in onward
    assert client.post(NEXT).headers["Location"] == address(other)


def test_what_others_hold_and_what_one_skipped_is_left_and_counted(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    held, skipped, client = spam(3), spam(4), browser(mod)
    claimed(browser(other_mod), held)
    claimed(client, skipped)

    answer = client.post(f"{address(skipped, 'skip')}?within=rule%3Dspam", {"go_on": "1"})

    where = urlsplit(answer.headers["Location"])
    assert (where.path, parse_qs(where.query)) == (f"{QUEUE}worked-off/", {"within": [SPAM]})
    assert "2 still fit" in client.get(answer.headers["Location"]).content.decode()


def test_whoever_is_too_late_gets_the_next_of_the_filter(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    a_report(Rule.THREAT, subject=person(3))
    wanted, following = spam(5, minutes=20), spam(4, minutes=10)
    client, seen = browser(mod), wanted.version
    claimed(browser(other_mod), wanted)

    answer = client.post(f"{address(wanted, 'claim')}?within=rule%3Dspam", {"version": seen})

    assert answer.headers["Location"] == within(following)


def test_what_is_in_hand_comes_first_and_is_said_to(mod: User, browser: SignIn) -> None:
    spam(4)
    held, client = a_report(Rule.HATE, subject=person(3)), browser(mod)
    claimed(client, held)

    page = client.post(f"{NEXT}?within=rule%3Dspam", follow=True).content.decode()

    assert str(held.pk) in page
    assert "You have this one in your hands." in page


def test_a_filter_on_what_is_sealed_gives_a_moderator_nothing(
    mod: User, guardian: User, sealed: Report, browser: SignIn
) -> None:
    onward = f"{NEXT}?within=queue%3Dchild_safety"

    answer = browser(mod).post(onward, follow=True)

    assert "No report is left in this filter." in answer.content.decode()
    assert address(sealed) in browser(guardian).post(onward).headers["Location"]


@pytest.mark.parametrize("forged", ["rule%3Da%2500b", "rule%3D" + "x" * 400])
def test_a_forged_filter_leads_nowhere(forged: str, mod: User, browser: SignIn) -> None:
    report = a_report(Rule.SPAM)
    assert browser(mod).post(f"{NEXT}?within={forged}").status_code == 404
    report.refresh_from_db()
    assert report.state == State.OPEN


def test_two_in_the_same_filter_never_get_the_same_report(
    mod: User, other_mod: User, transactional_db: None, browser: SignIn
) -> None:
    reports = [spam(number) for number in range(3, 9)]
    clients = [browser(mod), browser(other_mod)]

    def work_off(number: int) -> list[str]:
        got = []
        for _ in range(3):
            where = clients[number].post(f"{NEXT}?within=rule%3Dspam").headers["Location"]
            got.append(urlsplit(where).path)
            clients[number].post(f"{got[-1]}skip/?within=rule%3Dspam")
        return got

    both = at_once(lambda: work_off(0), lambda: work_off(1))

    for got in both:
        assert len(set(got)) == 3
        assert set(got) <= {address(report) for report in reports}
    held = Report.objects.filter(decisions__kind=DecisionKind.CLAIMED)
    assert held.count() == 6


def test_a_report_that_waits_for_its_appeal_is_handed_to_nobody(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    report, client = a_finding(), browser(mod)
    claimed(client, report)
    decision = {"policy": "nudity", "sanction": "as_is", "reason": "seen"}
    client.post(address(report, "confirm"), decision | {"version": report.version})
    code = report.sanctions.get().statement.code
    appeals.write(code, "it was not me", now=timezone.now())

    for user in (mod, other_mod):
        assert browser(user).post(NEXT).headers["Location"] == QUEUE

    report.refresh_from_db()
    assert report.state == State.OPEN
    assert "Waits for its appeal" in browser(other_mod).get(QUEUE).content.decode()


def test_a_report_that_nobody_decided_is_handed_out_also_with_an_appeal(
    mod: User, browser: SignIn
) -> None:
    report = a_finding()
    appeals.write(report.sanctions.get().statement.code, "it was not me", now=timezone.now())

    assert browser(mod).post(NEXT).headers["Location"] == address(report)
