"""Alarms on who looks without deciding, and on who lifts unusually much (I18)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports.evidence_room import alarms, viewing
from reports.evidence_room.alarms import Lifts, Looks
from reports.house_rules.policies import current
from reports.incoming import findings
from reports.models import Queue, Report
from reports.reviewing import claims, review
from reports.rules import Rule
from reports.sanctions.ladder import Length
from reports.tasks import alarm_about_staff
from tests.report_cases import NOW, finding, frame, person, snapshot

pytestmark = pytest.mark.django_db

ALL = tuple(Queue)
LATER = NOW + timedelta(hours=2)
_numbers: Iterator[int] = count(100)


def found(*, is_child_safety: bool = False) -> Report:
    """A cut of somebody new."""
    number = next(_numbers)
    made = findings.record(
        finding(
            is_child_safety=is_child_safety,
            evidence=(frame(number),),
            snapshot=snapshot(subject=person(number)),
        )
    )
    return Report.objects.get(pk=made.report)


def looked(report: Report, user: User) -> Report:
    """Claimed, and its original served."""
    report.refresh_from_db()
    report = claims.claim(report.pk, version=report.version, acting_user=user, now=NOW)
    opened = viewing.open_original(report.evidence.get().pk, acting_user=user, now=NOW)
    viewing.mark_served(opened.view, now=NOW)
    return report


def dismiss(report: Report, user: User) -> None:
    report.refresh_from_db()
    review.dismiss(report.pk, version=report.version, reason="nothing", acting_user=user, now=NOW)


def confirm(report: Report, user: User) -> None:
    report.refresh_from_db()
    review.confirm(
        report.pk,
        version=report.version,
        policy=current(Rule.NUDITY, is_child_safety=False),
        length=Length.DAYS_7,
        reason="seen",
        acting_user=user,
        now=NOW,
    )


def looks_of(user: User) -> Looks:
    (mine,) = [one for one in alarms.looks(ALL, LATER) if one.account == user.username]
    return mine


def lifts_of(user: User) -> Lifts:
    (mine,) = [one for one in alarms.lifts(ALL, LATER) if one.account == user.username]
    return mine


def test_who_looks_and_decides_is_no_alarm(mod: User, settings: Settings) -> None:
    settings.VIEWS_WITHOUT_DECISION_MAX = 1
    for _ in range(3):
        dismiss(looked(found(), mod), mod)
    mine = looks_of(mod)
    assert (mine.opened, mine.undecided, mine.is_alarming) == (3, 0, False)


def test_who_looks_at_report_after_report_and_decides_none_is_one(
    mod: User, other_mod: User, settings: Settings
) -> None:
    settings.VIEWS_WITHOUT_DECISION_MAX = 2
    for _ in range(3):
        report = looked(found(), mod)
        claims.skip(report.pk, reason="", acting_user=mod, now=NOW)
        dismiss(looked(report, other_mod), other_mod)
    assert looks_of(mod).is_alarming
    assert not looks_of(other_mod).is_alarming


def test_to_leave_less_than_half_is_work(mod: User, settings: Settings) -> None:
    settings.VIEWS_WITHOUT_DECISION_MAX = 1
    for _ in range(3):
        dismiss(looked(found(), mod), mod)
    for _ in range(2):
        report = looked(found(), mod)
        claims.skip(report.pk, reason="", acting_user=mod, now=NOW)
    mine = looks_of(mod)
    assert (mine.opened, mine.undecided, mine.is_alarming) == (5, 2, False)


def test_skipping_unseen_is_in_no_number(mod: User, settings: Settings) -> None:
    settings.VIEWS_WITHOUT_DECISION_MAX = 1
    for _ in range(3):
        report = found()
        claims.claim(report.pk, version=report.version, acting_user=mod, now=NOW)
        viewing.open_mosaic(report.evidence.get().pk, acting_user=mod, now=NOW)
        claims.skip(report.pk, reason="", acting_user=mod, now=NOW)
    assert alarms.looks(ALL, LATER) == []


def test_who_looked_a_moment_ago_may_still_decide_and_last_week_is_over(mod: User) -> None:
    looked(found(), mod)
    assert alarms.looks(ALL, NOW + timedelta(minutes=30)) == []
    assert alarms.looks(ALL, LATER) != []
    assert alarms.looks(ALL, NOW + timedelta(days=8)) == []


def test_who_lifts_more_than_the_limit_and_than_the_others_is_an_alarm(
    mod: User, other_mod: User
) -> None:
    for _ in range(8):
        dismiss(found_and_claimed(mod), mod)
    for _ in range(2):
        confirm(found_and_claimed(mod), mod)
    assert (lifts_of(mod).lifted, lifts_of(mod).upheld, lifts_of(mod).rate) == (8, 2, 0.8)
    assert lifts_of(mod).is_alarming
    for _ in range(9):
        dismiss(found_and_claimed(other_mod), other_mod)
    assert not lifts_of(mod).is_alarming
    confirm(found_and_claimed(other_mod), other_mod)
    assert lifts_of(other_mod).is_alarming


def found_and_claimed(user: User) -> Report:
    report = found()
    return claims.claim(report.pk, version=report.version, acting_user=user, now=NOW)


def test_a_share_of_few_says_nothing(mod: User) -> None:
    for _ in range(9):
        dismiss(found_and_claimed(mod), mod)
    assert not lifts_of(mod).is_alarming


def test_sealed_reports_count_only_for_who_may_know_of_them(guardian: User) -> None:
    report = found(is_child_safety=True)
    confirmed = claims.claim(report.pk, version=report.version, acting_user=guardian, now=NOW)
    review.confirm(
        confirmed.pk,
        version=confirmed.version,
        policy=current(Rule.NUDITY, is_child_safety=True),
        length=Length.DAYS_30,
        reason="seen",
        acting_user=guardian,
        now=NOW,
    )
    assert alarms.lifts((Queue.STANDARD,), LATER) == []
    assert lifts_of(guardian).upheld == 1


def test_the_log_names_accounts_by_number_and_says_nothing_otherwise(
    mod: User, settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.tasks.timezone.now", lambda: LATER)
    settings.VIEWS_WITHOUT_DECISION_MAX = 1
    alarm_about_staff()
    assert caplog.records == []
    for _ in range(2):
        looked(found(), mod)
    alarm_about_staff()
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert f"account {mod.pk} opened originals of 2 report(s)" in record.getMessage()
    assert mod.username not in record.getMessage()


def test_who_hangs_up_before_the_last_byte_has_looked_all_the_same(
    mod: User, settings: Settings
) -> None:
    settings.VIEWS_WITHOUT_DECISION_MAX = 1
    for _ in range(2):
        report = found()
        report = claims.claim(report.pk, version=report.version, acting_user=mod, now=NOW)
        viewing.open_original(report.evidence.get().pk, acting_user=mod, now=NOW)
    (one,) = alarms.looks(ALL, LATER)
    assert (one.opened, one.undecided, one.is_alarming) == (2, 2, True)
