"""Who may judge a second time, and what they can't know meanwhile."""

from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports import retention
from reports.evidence_room import viewing
from reports.incoming import findings
from reports.models import (
    Decision,
    DecisionKind,
    QualityItem,
    Report,
    Sanction,
)
from reports.reviewing import claims, quality, reopening, review
from reports.roles import NotAllowedError, Role
from tests.integration.measures.history import History
from tests.integration.measures.second_looks import DAY, drawn
from tests.report_cases import NOW, finding, staff


def test_nobody_judges_what_they_had_a_hand_in(week: History, mod: User, other_mod: User) -> None:
    drawn()

    # mod decided or claimed all of them; other-mod none.
    assert quality.take_next(acting_user=mod, now=NOW) is None
    assert quality.waiting_for(other_mod, NOW).count() == 2


def test_who_has_looked_at_the_evidence_is_not_blind(
    sealed_folders: None, mod: User, other_mod: User, settings: Settings
) -> None:
    made = findings.record(finding(found_at=NOW - DAY))
    drawn()
    item = Report.objects.get(pk=made.report).evidence.get()
    viewing.open_mosaic(item.pk, acting_user=mod, now=NOW)

    assert not quality.waiting_for(mod, NOW).exists()
    assert quality.waiting_for(other_mod, NOW).exists()


def test_who_may_not_review_takes_nothing(week: History, auditor: User) -> None:
    drawn()

    with pytest.raises(NotAllowedError):
        quality.take_next(acting_user=auditor, now=NOW)


def test_who_may_not_decide_makes_no_second_decision(week: History, db: None) -> None:
    drawn()

    with pytest.raises(NotAllowedError):
        quality.take_next(acting_user=staff("triage", Role.TRIAGE), now=NOW)


def test_two_never_hold_the_same_and_one_holds_one(
    week: History, other_mod: User, lead: User
) -> None:
    drawn()
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
    drawn(size=1)
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
    drawn()
    taken = quality.take_next(acting_user=other_mod, now=NOW)
    assert taken is not None

    assert not Report.objects.visible_to(other_mod).filter(pk=taken.report_id).exists()
    assert Sanction.objects.filter(report=taken.report).exists()
    assert not Sanction.objects.visible_to(other_mod).filter(report=taken.report).exists()
    assert not Decision.objects.visible_to(other_mod).filter(report=taken.report).exists()
    assert Report.objects.visible_to(lead).filter(pk=taken.report_id).exists()
    with pytest.raises(Report.DoesNotExist):
        claims.claim(taken.report_id, version=taken.report.version, acting_user=other_mod, now=NOW)

    quality.give_back(taken.pk, acting_user=other_mod, now=NOW)

    assert Report.objects.visible_to(other_mod).filter(pk=taken.report_id).exists()


def test_a_sanction_without_a_report_stays_in_sight(week: History, other_mod: User) -> None:
    Sanction.objects.filter(report=week.before).update(report=None)
    drawn()
    quality.take_next(acting_user=other_mod, now=NOW)

    assert Sanction.objects.visible_to(other_mod).filter(report=None).exists()


def test_originals_open_for_who_judges_and_only_meanwhile(
    sealed_folders: None, mod: User, lead: User, settings: Settings
) -> None:
    made = findings.record(finding(found_at=NOW - DAY))
    drawn()
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
    drawn()
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


def test_who_gave_an_item_back_could_look_since_and_does_not_get_it_again(week: History) -> None:
    drawn()
    fresh = staff("fresh", Role.MODERATOR)
    first = quality.take_next(acting_user=fresh, now=NOW)
    assert first is not None
    quality.give_back(first.pk, acting_user=fresh, now=NOW)
    assert Report.objects.visible_to(fresh).filter(pk=first.report_id).exists()
    assert first not in quality.waiting_for(fresh, NOW)
    assert quality.take_next(acting_user=fresh, now=NOW) != first


def test_nor_does_who_let_its_time_run_out(week: History) -> None:
    drawn()
    slow, quick = staff("slow", Role.MODERATOR), staff("quick", Role.MODERATOR)
    first = quality.take_next(acting_user=slow, now=NOW)
    assert first is not None
    later = NOW + timedelta(hours=1)
    QualityItem.objects.exclude(pk=first.pk).update(place=9999)
    assert quality.take_next(acting_user=quick, now=later) == first
    quality.give_back(first.pk, acting_user=quick, now=later)
    assert first not in quality.waiting_for(slow, later)


def test_nor_who_read_the_reports_lines_before(week: History) -> None:
    drawn()
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
