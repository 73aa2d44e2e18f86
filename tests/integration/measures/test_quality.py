"""What follows a second decision, and how agreement is counted."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from reports.incoming import findings, intake
from reports.measures import agreement
from reports.measures.scope import scope_of
from reports.models import (
    Answer,
    AuditEntry,
    DecisionKind,
    QualityItem,
    Report,
    Resolution,
    Sanction,
    State,
)
from reports.reviewing import claims, quality, review
from reports.roles import NotAllowedError
from reports.rules import Rule
from tests.integration.measures.history import History, rows
from tests.integration.measures.second_looks import DAY, drawn, judge
from tests.report_cases import NOW, finding, person, snapshot, user_report


def test_the_second_decision_changes_nothing_for_anybody(week: History, other_mod: User) -> None:
    drawn()
    before = Report.objects.get(pk=week.again.pk).version

    answered = judge(week.again, other_mod, None)

    assert answered.answer == Answer.NONE
    assert Report.objects.get(pk=week.again.pk).version == before
    assert not Sanction.objects.filter(report=week.again, lifted_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("rule", "answer", "is_disputed"),
    [
        (Rule.NUDITY, Answer.THIS_POLICY, False),
        (Rule.HARASSMENT, Answer.ANOTHER_POLICY, True),
        (None, Answer.NONE, True),
    ],
)
def test_an_answer_is_seen_from_the_policy_it_was_drawn_under(
    rule: Rule | None, answer: Answer, is_disputed: bool, week: History, other_mod: User
) -> None:
    drawn()

    answered = judge(week.again, other_mod, rule)

    assert (answered.answer, answered.is_disputed) == (answer, is_disputed)


def test_an_agreement_is_nothing_to_discuss_or_to_settle(
    week: History, other_mod: User, lead: User
) -> None:
    drawn()
    item = judge(week.again, other_mod, Rule.NUDITY)

    with pytest.raises(quality.NotDisputedError):
        quality.discuss(item.pk, text="hm", acting_user=lead, now=NOW)
    with pytest.raises(quality.NotDisputedError):
        quality.resolve(item.pk, Resolution.KEEP, reason="", acting_user=lead, now=NOW)


def test_a_lead_settles_once_and_nobody_who_decided(
    week: History, mod: User, other_mod: User, lead: User
) -> None:
    drawn()
    item = judge(week.again, other_mod, None)
    quality.discuss(item.pk, text="look at the hand", acting_user=mod, now=NOW)
    with pytest.raises(NotAllowedError):
        quality.resolve(item.pk, Resolution.KEEP, reason="", acting_user=mod, now=NOW)

    settled = quality.resolve(
        item.pk, Resolution.CHANGE_GUIDE, reason="say it", acting_user=lead, now=NOW
    )

    assert settled.resolved_by == lead
    assert Report.objects.get(pk=week.again.pk).state == State.CLOSED
    with pytest.raises(quality.NotDisputedError):
        quality.resolve(item.pk, Resolution.KEEP, reason="", acting_user=lead, now=NOW)
    with pytest.raises(quality.NotDisputedError):
        quality.discuss(item.pk, text="late", acting_user=mod, now=NOW)


def test_a_lead_who_judged_it_does_not_settle_it(week: History, lead: User) -> None:
    drawn()
    item = judge(week.again, lead, None)

    with pytest.raises(NotAllowedError):
        quality.resolve(item.pk, Resolution.REOPEN, reason="", acting_user=lead, now=NOW)


def test_reopening_offers_the_report_to_somebody_new(
    week: History, mod: User, other_mod: User, lead: User
) -> None:
    drawn()
    item = judge(week.again, other_mod, None)
    quality.resolve(item.pk, Resolution.REOPEN, reason="a knee", acting_user=lead, now=NOW)

    report = Report.objects.get(pk=week.again.pk)
    assert report.state == State.OPEN
    assert Sanction.objects.filter(report=report, lifted_at=None).exists()
    assert report.decisions.filter(kind=DecisionKind.REOPENED, decided_by=lead).exists()
    offered = {
        found.pk for found in iter(lambda: claims.claim_next(acting_user=mod, now=NOW), None)
    }
    assert report.pk not in offered
    review.dismiss(
        report.pk, version=report.version, reason="a knee", acting_user=other_mod, now=NOW
    )
    assert not Sanction.objects.filter(report=report, lifted_at=None).exists()


def test_on_the_safety_floor_a_reopened_report_takes_two_again(
    sealed_folders: None, guardian: User, lead: User
) -> None:
    made = intake.receive(
        user_report(rule=Rule.THREAT, reported_at=NOW - DAY, snapshot=snapshot(subject=person(41)))
    )
    report = Report.objects.get(pk=made.report)
    for who in (guardian, lead):
        report.refresh_from_db()
        review.dismiss(
            report.pk, version=report.version, reason="talk", acting_user=who, now=NOW - DAY / 2
        )
    drawn()
    second, third = (User.objects.create_user(name, is_staff=True) for name in ("second", "third"))
    for who in (second, third):
        who.groups.set(guardian.groups.all())
    item = judge(report, second, Rule.THREAT)
    quality.resolve(item.pk, Resolution.REOPEN, reason="it was one", acting_user=third, now=NOW)

    report.refresh_from_db()
    said = review.dismiss(
        report.pk, version=report.version, reason="no", acting_user=second, now=NOW
    )
    assert said is review.Effect.PROPOSED


def test_an_automatic_item_waits_for_its_decision_and_is_not_reopened(
    sealed_folders: None, mod: User, lead: User
) -> None:
    made = findings.record(finding(found_at=NOW - DAY, evidence=()))
    drawn()
    item = judge(Report.objects.get(pk=made.report), mod, None)

    with pytest.raises(quality.StillOpenError):
        quality.resolve(item.pk, Resolution.REOPEN, reason="", acting_user=lead, now=NOW)


def test_every_act_is_on_the_record_without_words(
    week: History, other_mod: User, lead: User
) -> None:
    drawn()
    item = judge(week.again, other_mod, None)
    quality.discuss(item.pk, text="SECRET", acting_user=lead, now=NOW)
    quality.resolve(item.pk, Resolution.KEEP, reason="SECRET", acting_user=lead, now=NOW)

    entries = AuditEntry.objects.filter(object_id=str(item.pk)).order_by("sequence")
    assert [entry.verb for entry in entries] == [
        "quality.taken",
        "quality.answered",
        "quality.discussed",
        "quality.resolved",
    ]
    assert not any("SECRET" in entry.payload for entry in entries)


def test_agreement_is_counted_by_policy(week: History, other_mod: User, lead: User) -> None:
    drawn()
    judge(week.again, other_mod, Rule.NUDITY)
    judge(week.mistake, lead, Rule.NUDITY)
    scope = scope_of(lead, days=7, now=NOW + timedelta(minutes=1))

    found = rows(agreement.by_policy(scope), "policy", "n", "agreed", "kappa")

    # Confirmed and confirmed, dismissed and confirmed: half agree, and so would chance.
    assert found == [("all", 2, 1, 0.0), ("nudity", 2, 1, 0.0)]


def test_a_sealed_second_decision_is_not_counted_for_others(
    week: History, lead: User, guardian: User
) -> None:
    drawn()
    item = QualityItem.objects.get(report=week.under_age)
    QualityItem.objects.filter(pk=item.pk).update(
        answer=Answer.NONE, answered_by=guardian, answered_at=NOW
    )
    later = NOW + timedelta(minutes=1)

    assert agreement.by_policy(scope_of(lead, days=7, now=later)).rows == ()
    assert len(agreement.by_policy(scope_of(guardian, days=7, now=later)).rows) == 2
