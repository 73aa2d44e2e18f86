"""Notices: taken from anybody with a receipt, kept from who may not know, answered by a person."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from reports import retention
from reports.house_rules.retention_rules import Kept
from reports.ids import ConversationId
from reports.incoming import notices
from reports.incoming.notices import Letter
from reports.models import Notice, NoticeOutcome, Report
from reports.reviewing import review
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, verbs
from tests.report_cases import BO, MALLORY, snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]

HOSTILE = '"><script>hacked()</script>=1+1'


def form(**changes: str) -> dict[str, str]:
    """A notice as the page sends it."""
    usual = {
        "rule": "harassment",
        "locator": str(uuid4()),
        "explanation": f"They insulted my friend. {HOSTILE}",
        "name": "Eve Example",
        "email": "eve@example.org",
        "in_good_faith": "on",
    }
    return usual | changes


def sent(client: Client, **changes: str) -> HttpResponse:
    return client.post("/notice/", form(**changes))  # type: ignore[return-value]


def a_notice(rule: Rule = Rule.HARASSMENT, *, in_memory: bool = True) -> Notice:
    """About a conversation of Mallory and Bo."""
    of_mallory = snapshot()
    of_bo = replace(of_mallory, subject=BO, partner=MALLORY)
    letter = Letter(
        rule=rule,
        explanation="They insulted my friend.",
        locator=str(of_mallory.conversation),
        conversation=ConversationId(of_mallory.conversation),
        name="Eve Example",
        email="eve@example.org",
    )
    sides = [of_mallory, of_bo] if in_memory else []
    return notices.receive(letter, sides, now=timezone.now())


def page(notice: Notice, act: str = "") -> str:
    return f"/admin/reports/notice/{notice.pk}/{act}"


def receipt_state(client: Client, notice: Notice) -> str:
    found = client.get(f"/receipt/{notice.receipt}/?format=json")
    assert found.status_code == 200
    return str(found.json()["state"])


def test_a_notice_is_kept_and_answered_with_its_receipt(client: Client) -> None:
    answer = sent(client)

    kept = Notice.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/receipt/{kept.receipt}/")
    assert (kept.explanation, kept.name) == (form()["explanation"], "Eve Example")
    assert receipt_state(client, kept) == "waiting"
    assert verbs()[-1] == "notice.received"
    text = client.get(answer["Location"]).content.decode()
    assert "a person will look at it" in text
    assert "insulted" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "nonsense"},
        {"rule": ""},
        {"locator": ""},
        {"explanation": ""},
        {"explanation": "x" * 4001},
        {"explanation": "x" * 10_000_000},
        {"name": ""},
        {"email": ""},
        {"email": "no address"},
        {"in_good_faith": ""},
    ],
    ids=lambda changes: " ".join(f"{name} of {len(value)}" for name, value in changes.items()),
)
def test_what_is_missing_is_said_and_nothing_is_kept(
    client: Client, changes: dict[str, str]
) -> None:
    assert sent(client, **changes).status_code in {400, 413, 422}
    assert not Notice.objects.exists()


@pytest.mark.parametrize("rule", ["minor", "grooming"])
def test_where_a_child_is_concerned_nobody_has_to_say_who_they_are(
    client: Client, rule: str
) -> None:
    assert sent(client, rule=rule, name="", email="").status_code == 303


def test_a_notice_about_a_child_does_not_exist_for_who_may_not_know(
    browser: SignIn, mod: User, guardian: User
) -> None:
    sealed = a_notice(Rule.GROOMING)

    for user, status in ((mod, 404), (guardian, 200)):
        signed_in = browser(user)
        assert signed_in.get(page(sealed)).status_code == status
        assert signed_in.post(page(sealed, "report/0/")).status_code in {404, 303}
        listed = signed_in.get("/admin/reports/notice/?state=all").content.decode()
        assert (str(sealed.pk) in listed) == (status == 200)


def test_what_they_wrote_is_text_and_nothing_else(
    client: Client, browser: SignIn, mod: User
) -> None:
    sent(client, name=HOSTILE, locator=HOSTILE)

    text = browser(mod).get(page(Notice.objects.get())).content.decode()

    assert "<script>hacked()" not in text
    assert "&lt;script&gt;hacked()" in text


def test_a_report_about_one_side_is_made_and_answers_the_notice(
    browser: SignIn, client: Client, mod: User
) -> None:
    notice = a_notice()

    made = browser(mod).post(page(notice, "report/1/"))

    report = Report.objects.get()
    assert made["Location"].endswith(f"{report.pk}/")
    assert report.subject_participant == BO.participant
    assert (report.rule, report.state) == ("harassment", "open")
    assert receipt_state(client, notice) == "waiting"
    again = browser(mod).post(page(notice, "report/0/"))
    assert again.status_code == 303
    assert Report.objects.count() == 1
    from_there = {"version": report.version, "reason": "Nothing of the kind."}
    signed_in = browser(mod)
    signed_in.post(f"/admin/reports/report/{report.pk}/claim/", {"version": report.version})
    report.refresh_from_db()
    from_there["version"] = report.version
    signed_in.post(f"/admin/reports/report/{report.pk}/dismiss/", from_there)
    assert receipt_state(client, notice) == "no_breach"


def test_of_a_conversation_that_was_not_in_memory_there_is_nobody_to_report(
    browser: SignIn, client: Client, mod: User
) -> None:
    notice = a_notice(in_memory=False)
    signed_in = browser(mod)

    signed_in.post(page(notice, "report/0/"))
    assert not Report.objects.exists()
    answered = signed_in.post(
        page(notice, "answer/"), {"outcome": "not_found", "reason": "Too late."}
    )

    assert answered.status_code == 303
    assert receipt_state(client, notice) == "not_found"
    assert "notice.answered" in verbs()


def test_two_answers_are_one(mod: User, other_mod: User) -> None:
    notice, now = a_notice(), timezone.now()

    def answer(user: User) -> Notice:
        outcome, reason = NoticeOutcome.NO_BREACH, "Rude, no more."
        return notices.answer(notice.pk, outcome=outcome, reason=reason, acting_user=user, now=now)

    answer(mod)
    with pytest.raises(notices.AlreadyAnsweredError):
        answer(other_mod)
    with pytest.raises(notices.AlreadyAnsweredError):
        notices.open_report(notice.pk, side=0, acting_user=other_mod, now=now)


def test_an_old_answer_keeps_neither_lines_nor_who_wrote(mod: User) -> None:
    notice, now, rules = a_notice(), timezone.now(), retention.rules()
    notices.answer(
        notice.pk, outcome=NoticeOutcome.NO_BREACH, reason="Rude.", acting_user=mod, now=now
    )
    waiting = a_notice()

    notices.forget(rules, now + rules.times[Kept.NOTICE_LINES] + timedelta(seconds=1))
    notice.refresh_from_db()
    assert (notice.sides, notice.name) == ([], "Eve Example")
    notices.forget(rules, now + rules.times[Kept.NOTICE_CONTACT] + timedelta(seconds=1))
    notice.refresh_from_db()
    waiting.refresh_from_db()
    assert (notice.name, notice.email) == ("", "")
    assert waiting.sides
    assert waiting.email
    assert verbs().count("notice.emptied") == 2


def test_its_lines_are_shown_on_the_record(browser: SignIn, mod: User) -> None:
    notice = a_notice()

    text = browser(mod).get(page(notice)).content.decode()

    assert "hello there" in text
    assert verbs()[-1] == "notice.lines_served"


def test_a_notice_is_sealed_with_the_report_that_it_led_to(
    mod: User, guardian: User, browser: SignIn
) -> None:
    notice = a_notice()
    report = notices.open_report(notice.pk, side=0, acting_user=mod, now=timezone.now())
    review.escalate(
        report.pk,
        version=report.version,
        reason="a child",
        acting_user=mod,
        now=timezone.now(),
        to_child_safety=True,
    )
    assert browser(mod).get(page(notice)).status_code == 404
    assert browser(guardian).get(page(notice)).status_code == 200
