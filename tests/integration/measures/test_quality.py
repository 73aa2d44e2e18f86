"""Second decisions: what is drawn, who may judge it, what follows, and how agreement is counted."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.fixtures import Settings

from reports import retention, tasks
from reports.evidence_room import viewing
from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.measures import agreement
from reports.measures.scope import scope_of
from reports.models import (
    Answer,
    AuditEntry,
    Decision,
    DecisionKind,
    QualityItem,
    QualitySample,
    Queue,
    Report,
    Resolution,
    Sanction,
    State,
)
from reports.reviewing import quality, quality_drawing, reopening, review
from reports.reviewing.quality_drawing import NothingToDrawError, Span, candidates, draw_for_day
from reports.reviewing.sampling import Stratum
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from tests.integration.measures.history import History, rows
from tests.report_cases import NOW, finding, person, snapshot, staff, user_report

DAY = timedelta(days=1)
WEEK = Span(since=NOW - 7 * DAY, until=NOW)


def _drawn(size: int = 50) -> list[QualityItem]:
    draw_for_day(NOW.date(), "seed", size=size, span=WEEK, now=NOW)
    return list(QualityItem.objects.select_related("report"))


def _judge(report: Report, user: User, rule: Rule | None, now: Any = NOW) -> QualityItem:
    """`user` gives every item back but the one of `report`, and answers it."""
    QualityItem.objects.exclude(report=report).update(place=9999)
    taken = quality.take_next(acting_user=user, now=now)
    assert taken is not None
    assert taken.report_id == report.pk
    policy = None if rule is None else current(rule, is_child_safety=False)
    return quality.answer(taken.pk, policy=policy, reason="looked", acting_user=user, now=now)


def test_decided_dismissed_and_automatic_items_are_candidates_by_policy(week: History) -> None:
    automatic = findings.record(
        finding(found_at=NOW - DAY, evidence=(), snapshot=snapshot(subject=person(40)))
    ).report

    found = {each.report: each.stratum for each in candidates(Queue.STANDARD, WEEK)}

    # breast and rude were appealed, late and unsure have no decision, before is too long ago.
    assert found == {
        week.again.pk: Stratum(policy="nudity", kind="confirmed"),
        week.mistake.pk: Stratum(policy="nudity", kind="dismissed"),
        automatic: Stratum(policy="nudity", kind="automatic"),
    }
    assert [each.report for each in candidates(Queue.CHILD_SAFETY, WEEK)] == [week.under_age.pk]


def test_what_is_sealed_is_drawn_apart(week: History, mod: User, guardian: User) -> None:
    _drawn()

    assert set(QualitySample.objects.values_list("queue", flat=True)) == {
        "standard",
        "child_safety",
    }
    assert [sample.queue for sample in QualitySample.objects.visible_to(mod)] == ["standard"]
    assert not QualityItem.objects.visible_to(mod).filter(report=week.under_age).exists()
    assert QualityItem.objects.visible_to(guardian).filter(report=week.under_age).exists()


def test_the_seed_is_kept_and_on_the_record(week: History) -> None:
    _drawn()

    sample = QualitySample.objects.get(queue=Queue.STANDARD)
    entry = AuditEntry.objects.get(verb="quality.drawn", object_id=str(sample.pk))
    assert sample.seed == "seed"
    assert '"seed":"seed"' in entry.payload


def test_a_day_is_drawn_once_and_no_report_twice(week: History) -> None:
    _drawn()

    assert draw_for_day(NOW.date(), "other", size=50, span=WEEK, now=NOW) == 0
    assert draw_for_day((NOW + DAY).date(), "other", size=50, span=WEEK, now=NOW) == 0


def test_the_daily_task_draws_yesterday_and_can_be_switched_off(
    sealed_folders: None, mod: User, settings: Settings
) -> None:
    yesterday = timezone.now() - DAY
    made = findings.record(finding(found_at=yesterday, evidence=())).report
    settings.QUALITY_SAMPLE_SIZE = 0
    tasks.draw_quality_samples()
    assert not QualitySample.objects.exists()

    settings.QUALITY_SAMPLE_SIZE = 20
    tasks.draw_quality_samples()
    tasks.draw_quality_samples()

    assert QualitySample.objects.get().day == yesterday.date()
    assert QualityItem.objects.get().report_id == made


def test_only_who_leads_quality_draws(week: History, mod: User, lead: User, auditor: User) -> None:
    for who in (mod, auditor):
        with pytest.raises(NotAllowedError):
            quality_drawing.draw_now("s", days=7, size=5, acting_user=who, now=NOW)

    quality_drawing.draw_now("s", days=7, size=5, acting_user=lead, now=NOW)

    assert QualitySample.objects.get().drawn_by == lead
    with pytest.raises(NothingToDrawError):
        quality_drawing.draw_now("s", days=7, size=5, acting_user=lead, now=NOW)


def test_nobody_judges_what_they_had_a_hand_in(week: History, mod: User, other_mod: User) -> None:
    _drawn()

    # mod decided or claimed all of them; other-mod none.
    assert quality.take_next(acting_user=mod, now=NOW) is None
    assert quality.waiting_for(other_mod, NOW).count() == 2


def test_who_has_looked_at_the_evidence_is_not_blind(
    sealed_folders: None, mod: User, other_mod: User, settings: Settings
) -> None:
    made = findings.record(finding(found_at=NOW - DAY))
    _drawn()
    item = Report.objects.get(pk=made.report).evidence.get()
    viewing.open_mosaic(item.pk, acting_user=mod, now=NOW)

    assert not quality.waiting_for(mod, NOW).exists()
    assert quality.waiting_for(other_mod, NOW).exists()


def test_who_may_not_review_takes_nothing(week: History, auditor: User) -> None:
    _drawn()

    with pytest.raises(NotAllowedError):
        quality.take_next(acting_user=auditor, now=NOW)


def test_who_may_not_decide_makes_no_second_decision(week: History, db: None) -> None:
    _drawn()

    with pytest.raises(NotAllowedError):
        quality.take_next(acting_user=staff("triage", Role.TRIAGE), now=NOW)


def test_two_never_hold_the_same_and_one_holds_one(
    week: History, other_mod: User, lead: User
) -> None:
    _drawn()
    first = quality.take_next(acting_user=other_mod, now=NOW)
    second = quality.take_next(acting_user=lead, now=NOW)
    again = quality.take_next(acting_user=other_mod, now=NOW)

    assert first is not None
    assert second is not None
    assert first.pk != second.pk
    assert again == first


def test_after_half_an_hour_somebody_else_may_take_it(
    week: History, other_mod: User, lead: User
) -> None:
    QualityItem.objects.exclude(report=week.again).delete()
    _drawn(size=1)
    taken = quality.take_next(acting_user=other_mod, now=NOW)
    assert taken is not None

    assert quality.take_next(acting_user=lead, now=NOW + timedelta(minutes=29)) is None
    later = quality.take_next(acting_user=lead, now=NOW + timedelta(minutes=31))

    assert later == taken
    with pytest.raises(quality.NotHeldError):
        quality.answer(taken.pk, policy=None, reason="", acting_user=other_mod, now=NOW)


def test_what_is_judged_blind_exists_nowhere_else_for_that_account(
    week: History, other_mod: User, lead: User
) -> None:
    _drawn()
    taken = quality.take_next(acting_user=other_mod, now=NOW)
    assert taken is not None

    assert not Report.objects.visible_to(other_mod).filter(pk=taken.report_id).exists()
    assert Sanction.objects.filter(report=taken.report).exists()
    assert not Sanction.objects.visible_to(other_mod).filter(report=taken.report).exists()
    assert not Decision.objects.visible_to(other_mod).filter(report=taken.report).exists()
    assert Report.objects.visible_to(lead).filter(pk=taken.report_id).exists()
    with pytest.raises(Report.DoesNotExist):
        review.claim(taken.report_id, version=taken.report.version, acting_user=other_mod, now=NOW)

    quality.give_back(taken.pk, acting_user=other_mod, now=NOW)

    assert Report.objects.visible_to(other_mod).filter(pk=taken.report_id).exists()


def test_a_sanction_without_a_report_stays_in_sight(week: History, other_mod: User) -> None:
    Sanction.objects.filter(report=week.before).update(report=None)
    _drawn()
    quality.take_next(acting_user=other_mod, now=NOW)

    assert Sanction.objects.visible_to(other_mod).filter(report=None).exists()


def test_originals_open_for_who_judges_and_only_meanwhile(
    sealed_folders: None, mod: User, lead: User, settings: Settings
) -> None:
    made = findings.record(finding(found_at=NOW - DAY))
    _drawn()
    picture = Report.objects.get(pk=made.report).evidence.get()
    with pytest.raises(viewing.NoClaimError):
        viewing.open_original(picture.pk, acting_user=mod, now=NOW)

    taken = quality.take_next(acting_user=mod, now=NOW)
    assert taken is not None
    opened = viewing.open_original(
        picture.pk, viewing.Glance(purpose="quality"), acting_user=mod, now=NOW
    )
    quality.answer(taken.pk, policy=None, reason="a knee", acting_user=mod, now=NOW)

    assert opened.data.startswith(b"\x89PNG")
    with pytest.raises(viewing.NoClaimError):
        viewing.open_original(picture.pk, acting_user=mod, now=NOW)


def test_an_item_of_which_something_was_destroyed_is_withdrawn(
    sealed_folders: None, mod: User, other_mod: User
) -> None:
    made = findings.record(finding(found_at=NOW - DAY))
    report = Report.objects.get(pk=made.report)
    review.dismiss(
        report.pk, version=report.version, reason="no", acting_user=other_mod, now=NOW - DAY
    )
    _drawn()
    taken = quality.take_next(acting_user=mod, now=NOW)
    assert taken is not None
    retention.sweep(NOW + timedelta(days=30))

    item = QualityItem.objects.select_related("report").get(pk=taken.pk)
    with pytest.raises(quality.WithdrawnError):
        quality.require_all_there(item, acting_user=mod, now=NOW)

    item.refresh_from_db()
    assert item.withdrawn_at == NOW
    assert item.held_by is None
    assert not quality.waiting_for(mod, NOW).exists()


def test_the_second_decision_changes_nothing_for_anybody(week: History, other_mod: User) -> None:
    _drawn()
    before = Report.objects.get(pk=week.again.pk).version

    answered = _judge(week.again, other_mod, None)

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
    _drawn()

    answered = _judge(week.again, other_mod, rule)

    assert (answered.answer, answered.is_disputed) == (answer, is_disputed)


def test_an_agreement_is_nothing_to_discuss_or_to_settle(
    week: History, other_mod: User, lead: User
) -> None:
    _drawn()
    item = _judge(week.again, other_mod, Rule.NUDITY)

    with pytest.raises(quality.NotDisputedError):
        quality.discuss(item.pk, text="hm", acting_user=lead, now=NOW)
    with pytest.raises(quality.NotDisputedError):
        quality.resolve(item.pk, Resolution.KEEP, reason="", acting_user=lead, now=NOW)


def test_a_lead_settles_once_and_nobody_who_decided(
    week: History, mod: User, other_mod: User, lead: User
) -> None:
    _drawn()
    item = _judge(week.again, other_mod, None)
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
    _drawn()
    item = _judge(week.again, lead, None)

    with pytest.raises(NotAllowedError):
        quality.resolve(item.pk, Resolution.REOPEN, reason="", acting_user=lead, now=NOW)


def test_reopening_offers_the_report_to_somebody_new(
    week: History, mod: User, other_mod: User, lead: User
) -> None:
    _drawn()
    item = _judge(week.again, other_mod, None)
    quality.resolve(item.pk, Resolution.REOPEN, reason="a knee", acting_user=lead, now=NOW)

    report = Report.objects.get(pk=week.again.pk)
    assert report.state == State.OPEN
    assert Sanction.objects.filter(report=report, lifted_at=None).exists()
    assert report.decisions.filter(kind=DecisionKind.REOPENED, decided_by=lead).exists()
    offered = {
        found.pk for found in iter(lambda: review.claim_next(acting_user=mod, now=NOW), None)
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
    _drawn()
    judge, third = (User.objects.create_user(name, is_staff=True) for name in ("second", "third"))
    for who in (judge, third):
        who.groups.set(guardian.groups.all())
    item = _judge(report, judge, Rule.THREAT)
    quality.resolve(item.pk, Resolution.REOPEN, reason="it was one", acting_user=third, now=NOW)

    report.refresh_from_db()
    said = review.dismiss(
        report.pk, version=report.version, reason="no", acting_user=judge, now=NOW
    )
    assert said is review.Dismissal.PROPOSED


def test_an_automatic_item_waits_for_its_decision_and_is_not_reopened(
    sealed_folders: None, mod: User, lead: User
) -> None:
    made = findings.record(finding(found_at=NOW - DAY, evidence=()))
    _drawn()
    item = _judge(Report.objects.get(pk=made.report), mod, None)

    with pytest.raises(quality.StillOpenError):
        quality.resolve(item.pk, Resolution.REOPEN, reason="", acting_user=lead, now=NOW)


def test_every_act_is_on_the_record_without_words(
    week: History, other_mod: User, lead: User
) -> None:
    _drawn()
    item = _judge(week.again, other_mod, None)
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
    _drawn()
    _judge(week.again, other_mod, Rule.NUDITY)
    _judge(week.mistake, lead, Rule.NUDITY)
    scope = scope_of(lead, days=7, now=NOW + timedelta(minutes=1))

    found = rows(agreement.by_policy(scope), "policy", "n", "agreed", "kappa")

    # Confirmed and confirmed, dismissed and confirmed: half agree, and so would chance.
    assert found == [("all", 2, 1, 0.0), ("nudity", 2, 1, 0.0)]


def test_a_sealed_second_decision_is_not_counted_for_others(
    week: History, lead: User, guardian: User
) -> None:
    _drawn()
    item = QualityItem.objects.get(report=week.under_age)
    QualityItem.objects.filter(pk=item.pk).update(
        answer=Answer.NONE, answered_by=guardian, answered_at=NOW
    )
    later = NOW + timedelta(minutes=1)

    assert agreement.by_policy(scope_of(lead, days=7, now=later)).rows == ()
    assert len(agreement.by_policy(scope_of(guardian, days=7, now=later)).rows) == 2


def test_who_gave_an_item_back_could_look_since_and_does_not_get_it_again(week: History) -> None:
    _drawn()
    fresh = staff("fresh", Role.MODERATOR)
    first = quality.take_next(acting_user=fresh, now=NOW)
    assert first is not None
    quality.give_back(first.pk, acting_user=fresh, now=NOW)
    assert Report.objects.visible_to(fresh).filter(pk=first.report_id).exists()
    assert first not in quality.waiting_for(fresh, NOW)
    assert quality.take_next(acting_user=fresh, now=NOW) != first


def test_nor_does_who_let_its_time_run_out(week: History) -> None:
    _drawn()
    slow, quick = staff("slow", Role.MODERATOR), staff("quick", Role.MODERATOR)
    first = quality.take_next(acting_user=slow, now=NOW)
    assert first is not None
    later = NOW + timedelta(hours=1)
    QualityItem.objects.exclude(pk=first.pk).update(place=9999)
    assert quality.take_next(acting_user=quick, now=later) == first
    quality.give_back(first.pk, acting_user=quick, now=later)
    assert first not in quality.waiting_for(slow, later)


def test_nor_who_read_the_reports_lines_before(week: History) -> None:
    _drawn()
    curious = staff("curious", Role.MODERATOR)
    item = quality.waiting_for(curious, NOW)[0]
    viewing.record_lines_served(item.report, acting_user=curious, now=NOW)
    assert item not in quality.waiting_for(curious, NOW)


def test_a_report_that_came_back_is_not_decided_by_who_decided_it_before(
    week: History, mod: User, other_mod: User, lead: User
) -> None:
    report = week.again
    first = report.decisions.get(kind=DecisionKind.CONFIRMED).decided_by
    other = next(user for user in (mod, other_mod) if user != first)
    reopening.reopen(report.pk, reason="look again", acting_user=lead, now=NOW)
    report.refresh_from_db()
    decide = partial(review.dismiss, report.pk, version=report.version, reason="x", now=NOW)
    with pytest.raises(NotAllowedError):
        decide(acting_user=first)
    decide(acting_user=other)
