"""Whose voice counts, and what leads do about false ones."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from reports.incoming import intake, reporters
from reports.incoming.reporters import (
    AlreadyLiftedError,
    MuteLengthError,
    NothingToDoError,
    ReporterError,
    UnwarnedError,
)
from reports.models import AuditEntry, Report, Reporter, ReporterMeasure
from reports.public import disclosure
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, claimed, confirm, dismiss
from tests.races import at_once
from tests.report_cases import BO, NOW, person, snapshot, staff, user_report

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
BOS = BO.device


def reported(
    *,
    by: int = 2,
    about: int = 1,
    rule: Rule = Rule.HARASSMENT,
    prefix: str = "",
    is_new: bool = False,
    later: timedelta = timedelta(),
) -> Report:
    """`by` reports `about`, in a conversation of its own."""
    at = NOW + later
    made = intake.receive(
        user_report(
            rule=rule,
            snapshot=snapshot(subject=person(about), partner=person(by)),
            reported_at=at,
            reporter_prefix=prefix,
            reporter_since=at if is_new else at - 30 * DAY,
        )
    )
    return Report.objects.get(pk=made.report)


def voices(report: Report) -> str:
    report.refresh_from_db()
    return next(str(factor["reason"]) for factor in report.factors if factor["name"] == "reporters")


def has_dismissed(
    mod: User, count: int, *, first: int = 50, later: timedelta = timedelta()
) -> None:
    """Bo reported so many people, and was wrong each time."""
    for number in range(count):
        reported(about=first + number, later=later)
        dismiss(claimed(mod), mod)


def warn(user: User) -> ReporterMeasure:
    return reporters.warn(BOS, reason="see the rules", acting_user=user, now=NOW)


def mute(user: User, time: timedelta = DAY) -> ReporterMeasure:
    return reporters.mute(BOS, time=time, reason="a wave", acting_user=user, now=NOW)


def invalidate(user: User) -> ReporterMeasure:
    return reporters.invalidate(BOS, reason="a wave", acting_user=user, now=SOON)


def lift(measure: ReporterMeasure, user: User) -> ReporterMeasure:
    return reporters.lift(measure.pk, reason="we were wrong", acting_user=user, now=SOON)


ACTS: tuple[Callable[[User], object], ...] = (warn, mute, invalidate)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.MODERATOR, Role.AUDITOR])
def test_only_leads_do_anything_about_a_reporter(act: Callable[[User], object], role: Role) -> None:
    reported()
    with pytest.raises(NotAllowedError):
        act(staff("somebody", role))
    assert not ReporterMeasure.objects.exists()


def test_ten_browsers_of_one_network_are_one_voice() -> None:
    for number in range(10, 20):
        report = reported(by=number, prefix="one network")
    assert report.reporters.count() == 10
    assert voices(report).startswith("1 independent reporter,")


def test_ten_new_browsers_are_one_voice() -> None:
    for number in range(10, 20):
        report = reported(by=number, prefix=f"net {number}", is_new=True)
    assert voices(report).startswith("1 independent reporter,")


def test_people_of_different_networks_are_voices_of_their_own() -> None:
    for number in range(10, 13):
        report = reported(by=number, prefix=f"net {number}")
    assert voices(report).startswith("3 independent reporters,")


def test_a_network_is_told_apart_for_one_subject_and_joins_nothing_else() -> None:
    first, second = reported(prefix="a network"), reported(about=3, prefix="a network")
    kept = {row.prefix for row in Reporter.objects.all()}
    assert len(kept) == 2
    assert not any("network" in prefix for prefix in kept)
    assert first.pk != second.pk


def test_what_was_sealed_weighs_nothing_in_the_standard_queue(guardian: User) -> None:
    for number in range(8):
        reported(about=50 + number, rule=Rule.GROOMING)
        confirm(claimed(guardian), guardian, Length.HOURS_24, Rule.GROOMING)
    assert voices(reported(about=90)).endswith("reliability +0.0")
    assert not voices(reported(about=91, rule=Rule.GROOMING)).endswith("reliability +0.0")


def test_a_long_mute_takes_a_warning_and_a_false_report_after_it(lead: User, mod: User) -> None:
    with pytest.raises(UnwarnedError):
        mute(lead, 2 * DAY)
    warn(lead)
    with pytest.raises(UnwarnedError):
        mute(lead, 2 * DAY)
    has_dismissed(mod, 1, later=timedelta(minutes=1))
    assert mute(lead, 2 * DAY).until == NOW + 2 * DAY


def test_no_mute_lasts_for_ever(lead: User) -> None:
    for time in (timedelta(), 91 * DAY):
        with pytest.raises(MuteLengthError):
            mute(lead, time)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReporterMeasure.objects.create(
            device=BOS, kind="muted", reason="no end", by=lead, at=NOW, until=None
        )


def test_who_is_muted_is_kept_and_read_and_makes_nothing_urgent(lead: User, mod: User) -> None:
    urgent = reported(by=3, about=4, rule=Rule.THREAT)
    mute(lead)
    report = reported(rule=Rule.THREAT, later=timedelta(seconds=1))
    assert report.priority == 0.0
    assert report.due_at > urgent.due_at
    assert voices(report) == "1 reporter set aside"
    assert report.is_safety_floor  # dismissing it still takes two people
    assert Reporter.objects.filter(report=report, note="was rude").exists()
    assert claimed(mod) == urgent
    assert claimed(mod) == report


def test_a_muted_voice_adds_nothing_to_others(lead: User) -> None:
    before = reported(by=3).priority
    mute(lead)
    report = reported(rule=Rule.THREAT, later=timedelta(seconds=1))
    report.refresh_from_db()
    assert report.priority == before
    assert report.rule == Rule.HARASSMENT


def test_a_child_is_in_danger_whoever_says_so(lead: User) -> None:
    mute(lead)
    report = reported(rule=Rule.GROOMING, later=timedelta(seconds=1))
    assert report.priority >= 95
    assert report.due_at - report.opened_at == timedelta(seconds=settings.SAFETY_REPORT_DUE_S)


def test_a_mute_ends_by_itself(lead: User) -> None:
    mute(lead)
    assert reported(later=DAY).priority > 0


def test_a_mute_taken_back_lets_undecided_reports_count_again(lead: User) -> None:
    measure = mute(lead)
    report = reported(later=timedelta(seconds=1))
    lift(measure, lead)
    report.refresh_from_db()
    assert report.priority > 0
    with pytest.raises(AlreadyLiftedError):
        lift(measure, lead)


def test_reports_set_aside_are_computed_again_and_stay(lead: User) -> None:
    alone, shared = reported(about=3), reported(about=4)
    reported(by=5, about=4)
    before = {report.pk: report.priority for report in Report.objects.all()}
    invalidate(lead)
    alone.refresh_from_db()
    shared.refresh_from_db()
    assert alone.priority == 0.0
    assert 0 < shared.priority < before[shared.pk]
    assert alone.state == shared.state == "open"
    assert AuditEntry.objects.filter(verb="reporter.set_aside").count() == 2


def test_reports_set_aside_count_again_when_it_is_taken_back(lead: User) -> None:
    report = reported()
    measure = invalidate(lead)
    with pytest.raises(NothingToDoError):
        invalidate(lead)
    lift(measure, lead)
    again = Report.objects.get(pk=report.pk)
    assert again.priority == report.priority
    assert AuditEntry.objects.filter(verb="reporter.counts_again").count() == 1


def test_a_voice_under_a_mute_stays_under_it(lead: User) -> None:
    muting = mute(lead)
    report = reported(later=timedelta(seconds=1))
    lift(invalidate(lead), lead)
    row = Reporter.objects.get(report=report)
    assert row.set_aside_by == muting


def test_a_decided_report_is_left_as_it_was_decided(lead: User, mod: User) -> None:
    report = reported()
    confirm(claimed(mod), mod, Length.HOURS_24, Rule.HARASSMENT)
    with pytest.raises(NothingToDoError):
        invalidate(lead)
    report.refresh_from_db()
    assert report.reporters.get().set_aside_by is None


def test_a_lead_does_not_reach_what_is_sealed(lead: User, guardian: User) -> None:
    sealed = reported(rule=Rule.GROOMING)
    with pytest.raises(NothingToDoError):
        invalidate(lead)
    assert invalidate(guardian).set_aside.get().report == sealed


def test_who_is_often_wrong_is_brought_up_and_others_are_not(lead: User, mod: User) -> None:
    has_dismissed(mod, 5)
    assert reporters.often_wrong(lead, SOON) == []
    has_dismissed(mod, 1, first=80)
    assert reporters.often_wrong(lead, SOON) == [UUID(str(BOS))]


def test_who_is_warned_is_told_and_nobody_else(lead: User) -> None:
    warn(lead)
    mute(lead)
    told = disclosure.disclose(BOS, [], SOON).warning
    assert told is not None
    assert (told.warned_at, told.muted_until) == (NOW, NOW + DAY)
    assert disclosure.disclose(person(9).device, [], SOON).warning is None
    said = user_report(snapshot=snapshot(), reported_at=SOON)
    assert intake.receive(said).warning == told


def test_a_warning_taken_back_is_no_longer_told(lead: User) -> None:
    lift(warn(lead), lead)
    assert disclosure.disclose(BOS, [], SOON).warning is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_set_the_same_reports_aside_one_does() -> None:
    leads = [staff(f"lead-{number}", Role.LEAD) for number in range(2)]
    for number in range(20, 24):
        reported(about=number)
    found = at_once(*(partial(invalidate, user) for user in leads), losing=ReporterError)
    done = [one for one in found if isinstance(one, ReporterMeasure)]
    assert len(done) == 1
    assert done[0].set_aside.count() == 4


def test_days_of_muting_one_after_the_other_take_a_warning_too(lead: User, mod: User) -> None:
    mute(lead)
    with pytest.raises(UnwarnedError):
        mute(lead)
    warn(lead)
    has_dismissed(mod, 1, later=timedelta(minutes=1))
    mute(lead)


def test_a_mute_taken_back_is_none(lead: User) -> None:
    lift(mute(lead), lead)
    mute(lead)


def test_what_is_sealed_lets_no_lead_mute_for_long(lead: User, guardian: User, mod: User) -> None:
    warn(lead)
    reported(rule=Rule.GROOMING, later=timedelta(minutes=1))
    other = staff("other-guardian", Role.CHILD_SAFETY)
    dismiss(claimed(guardian), guardian)
    dismiss(claimed(other), other)
    with pytest.raises(UnwarnedError):
        mute(lead, 2 * DAY)
    mute(guardian, 2 * DAY)


def test_a_measure_about_who_reported_only_what_is_sealed_is_unknown_to_a_lead(
    lead: User, guardian: User
) -> None:
    reported(rule=Rule.GROOMING)
    measure = warn(guardian)
    assert not reporters.measures(lead).exists()
    assert reporters.measures(guardian).get() == measure
    reported(about=4)
    assert reporters.measures(lead).get() == measure
