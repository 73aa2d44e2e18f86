"""Saved filters: one's own, a lead's for everybody, and no way to see or send more by them."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.models import Report, SavedFilter
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, a_report, claimed, verbs
from tests.integration.staff.test_report_page import HOSTILE, Tags
from tests.report_cases import person

QUEUE = "/admin/reports/report/"
SAVE = "/admin/reports/report/filters/save/"
SPAM = {"name": "Spam first", "rule": "spam"}


def _chips(page: bytes) -> list[str]:
    """The saved filters on the page, with their counts."""
    shown = page.decode().replace("</kbd>", "</kbd> ")
    parts = shown.split('data-testid="saved-filter"')[1:]
    return [" ".join(Tags("<a" + part.split("</a>")[0]).text.split()) for part in parts]


def test_a_filter_is_kept_by_its_name_and_counts_what_fits(mod: User, browser: SignIn) -> None:
    a_report(Rule.SPAM, subject=person(3))
    a_report(Rule.SPAM, subject=person(4))
    a_report(Rule.HATE, subject=person(5))
    client = browser(mod)

    answer = client.post(SAVE, SPAM)

    assert answer.headers["Location"] == f"{QUEUE}?rule=spam"
    assert _chips(client.get(QUEUE).content) == ["1 Spam first 2"]
    assert verbs().count("filter.saved") == 1


def test_a_moderators_filter_is_nobody_elses(mod: User, other_mod: User, browser: SignIn) -> None:
    browser(mod).post(SAVE, SPAM)
    kept = SavedFilter.objects.get()
    theirs = browser(other_mod)

    assert _chips(theirs.get(QUEUE).content) == []
    assert theirs.post(f"{QUEUE}filters/{kept.pk}/remove/").status_code == 404
    assert SavedFilter.objects.exists()


def test_a_moderator_shares_nothing_and_a_lead_does(
    mod: User, lead: User, other_mod: User, browser: SignIn
) -> None:
    browser(mod).post(SAVE, SPAM | {"is_shared": "on"})
    assert not SavedFilter.objects.get().is_shared

    browser(lead).post(SAVE, SPAM | {"name": "Everybody's", "is_shared": "on"})

    assert _chips(browser(other_mod).get(QUEUE).content) == ["1 Everybody's 0"]


def test_a_shared_filter_on_a_sealed_queue_counts_nothing_for_who_may_not_see_it(
    mod: User, guardian: User, lead: User, sealed: Report, browser: SignIn
) -> None:
    form = {"name": "Children", "queue": "child_safety", "is_shared": "on"}
    browser(lead).post(SAVE, form)

    assert _chips(browser(mod).get(QUEUE).content) == ["1 Children 0"]
    assert _chips(browser(guardian).get(QUEUE).content) == ["1 Children 1"]


@pytest.mark.parametrize(
    "form",
    [
        {"name": "", "rule": "spam"},
        {"name": "x" * 41, "rule": "spam"},
        {"name": "Nothing chosen"},
        {"name": "Unknown", "claimed_by": "1", "q": "somebody"},
        {"name": "Long", "rule": "x" * 400},
    ],
)
def test_what_can_not_be_kept_is_refused_and_said_so(
    form: dict[str, str], mod: User, browser: SignIn
) -> None:
    client = browser(mod)

    page = client.post(SAVE, form, follow=True)

    assert page.status_code == 200
    assert not SavedFilter.objects.exists()
    assert b"error" in page.content.lower()


def test_a_name_is_used_once_and_nine_are_enough(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    for number in range(12):
        client.post(SAVE, SPAM | {"name": f"Filter {number % 10}"})

    assert SavedFilter.objects.count() == 9


def test_who_reviews_nothing_keeps_no_filter(auditor: User, browser: SignIn) -> None:
    assert browser(auditor).post(SAVE, SPAM).status_code == 404
    assert not SavedFilter.objects.exists()


def test_a_hostile_name_and_a_forged_choice_stay_words(mod: User, browser: SignIn) -> None:
    client = browser(mod)
    client.post(SAVE, {"name": HOSTILE[:40], "rule": "spam' OR 1=1"})

    page = client.get(QUEUE)

    assert page.status_code == 200
    assert HOSTILE[:40] in Tags(page.content.decode()).text
    assert _chips(page.content)[0].endswith(" 0")


def test_a_name_that_turns_the_writing_around_turns_no_count(mod: User, browser: SignIn) -> None:
    turned = "\N{RIGHT-TO-LEFT OVERRIDE}turned"
    client = browser(mod)
    client.post(SAVE, SPAM | {"name": turned})
    assert f"<bdi>{turned}</bdi> <b>0</b>" in client.get(QUEUE).content.decode()


def test_the_list_says_in_whose_hands_a_report_is(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    held = a_report(Rule.HATE, subject=person(5))
    free = a_report(Rule.SPAM, subject=person(3))
    claimed(browser(other_mod), held)
    client = browser(mod)

    shown = {
        holder: [
            str(report.pk) in client.get(QUEUE, {"holder": holder}).content.decode()
            for report in (held, free)
        ]
        for holder in ("me", "somebody", "nobody", "")
    }

    assert "other-mod, claimed for" in client.get(QUEUE).content.decode()
    assert shown == {
        "me": [False, False],
        "somebody": [True, False],
        "nobody": [False, True],
        "": [True, True],
    }


def test_a_claim_that_ran_out_is_in_nobodys_hands(
    mod: User, other_mod: User, browser: SignIn
) -> None:
    held = claimed(browser(other_mod), a_report(Rule.HATE, subject=person(5)))
    Report.objects.filter(pk=held.pk).update(claimed_until=timezone.now())

    page = browser(mod).get(QUEUE, {"holder": "nobody"}).content.decode()

    assert "other-mod, claim ran out" in page
