"""A wave is carried out report by report: whoever dies in the middle leaves a clear list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from reports.incoming import intake
from reports.models import AuditEntry, Decision, DecisionKind, ItemState, Report, Sanction, Wave
from reports.reviewing import claims, wave_candidates, wave_work, waves
from reports.reviewing.waves import NothingToUndoError, TooLateError
from reports.roles import Role
from reports.rules import Rule
from reports.tasks import finish_waves
from tests.integration.reports.desk import SOON
from tests.integration.reports.killing import run_and_kill
from tests.integration.reports.test_waves import begin, decided, is_out, left_alone, spam
from tests.races import at_once
from tests.report_cases import person, snapshot, staff, user_report
from tests.services import TestServices

CARRY_OUT = (
    "from django.utils import timezone; from reports.reviewing import wave_work; "
    "wave_work.carry_out({wave}, clock=timezone.now)"
)
MANY = 30


def carry_out(wave: Wave) -> None:
    wave_work.carry_out(wave.pk, clock=timezone.now)


def states(wave: Wave) -> dict[str, int]:
    found: dict[str, int] = {}
    for state in wave.items.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def kept(kind: DecisionKind) -> list[int]:
    """How many decisions of a kind each report has, of those that have any."""
    rows = Decision.objects.filter(kind=kind).values_list("report", flat=True)
    return [list(rows).count(report) for report in set(rows)]


def begun_now(lead: User, count: int) -> Wave:
    return begin(lead, *(spam(number) for number in range(10, 10 + count)), now=timezone.now())


def in_the_middle(wave: Wave, state: ItemState) -> Callable[[], bool]:
    return lambda: wave.items.filter(state=state).count() >= 3


@pytest.mark.django_db
def test_what_is_picked_is_written_down_and_nothing_is_decided_yet(lead: User) -> None:
    wave = begin(lead, spam(10), spam(11))
    assert states(wave) == {ItemState.WAITING: 2}
    assert waves.unfinished() == [wave.pk]
    assert not Sanction.objects.exists()
    finish_waves()
    assert states(wave) == {ItemState.DECIDED: 2}
    assert waves.unfinished() == []


@pytest.mark.django_db(transaction=True)
def test_a_wave_killed_in_the_middle_is_finished_and_each_report_decided_once(
    services: TestServices, sealed_folders: None
) -> None:
    lead = staff("lead", Role.LEAD)
    wave = begun_now(lead, MANY)

    code = CARRY_OUT.format(wave=wave.pk)
    run_and_kill(services, "shell", "-c", code, when=in_the_middle(wave, ItemState.DECIDED))

    left = states(wave)
    assert left[ItemState.WAITING] > 0
    assert left[ItemState.WAITING] + left[ItemState.DECIDED] == MANY
    # What the list says is done is done, whole, and nothing else is.
    assert len(kept(DecisionKind.CONFIRMED)) == left[ItemState.DECIDED]
    assert Sanction.objects.count() == left[ItemState.DECIDED]
    assert waves.unfinished() == [wave.pk]
    finish_waves()
    assert states(wave) == {ItemState.DECIDED: MANY}
    assert kept(DecisionKind.CONFIRMED) == [1] * MANY
    assert Sanction.objects.count() == MANY
    assert AuditEntry.objects.filter(verb="report.decided_in_wave").count() == MANY


@pytest.mark.django_db(transaction=True)
def test_undoing_a_killed_wave_undoes_exactly_what_was_done_also_when_killed_itself(
    services: TestServices, sealed_folders: None
) -> None:
    lead = staff("lead", Role.LEAD)
    wave = begun_now(lead, MANY)
    code = CARRY_OUT.format(wave=wave.pk)
    run_and_kill(services, "shell", "-c", code, when=lambda: len(decided(wave)) >= MANY // 2)
    done = {report.pk for report in decided(wave)}
    waves.ask_undo(wave.pk, reason="a mistake", acting_user=lead, now=timezone.now())
    assert states(wave) == {ItemState.UNDOING: len(done), ItemState.PASSED_OVER: MANY - len(done)}

    run_and_kill(services, "shell", "-c", code, when=in_the_middle(wave, ItemState.UNDONE))

    assert states(wave).get(ItemState.UNDOING, 0) > 0
    finish_waves()
    undone = wave.items.filter(state=ItemState.UNDONE)
    assert set(undone.values_list("report", flat=True)) == done
    assert kept(DecisionKind.UNDONE) == [1] * len(done)
    assert Report.objects.filter(outcome="").count() == MANY
    assert not any(is_out(number, timezone.now()) for number in range(10, 10 + MANY))


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_wave_decide_each_report_once() -> None:
    lead = staff("lead", Role.LEAD)
    wave = begun_now(lead, 8)
    at_once(partial(carry_out, wave), partial(carry_out, wave), partial(carry_out, wave))
    assert states(wave) == {ItemState.DECIDED: 8}
    assert kept(DecisionKind.CONFIRMED) == [1] * 8


@pytest.mark.django_db(transaction=True)
def test_undoing_while_a_worker_is_at_it_leaves_nothing_decided() -> None:
    lead = staff("lead", Role.LEAD)
    wave = begun_now(lead, 8)
    ask = partial(waves.ask_undo, wave.pk, reason="stop", acting_user=lead, now=timezone.now())
    at_once(partial(carry_out, wave), ask)
    carry_out(wave)
    found = states(wave)
    assert found.get(ItemState.PASSED_OVER, 0) + found.get(ItemState.UNDONE, 0) == 8
    assert Report.objects.filter(outcome="").count() == 8


@pytest.mark.django_db
def test_the_ten_minutes_begin_when_the_last_report_is_decided(lead: User) -> None:
    wave = begin(lead, spam(10))
    late = SOON + timedelta(hours=1)
    wave_work.carry_out(wave.pk, clock=lambda: late)
    over = late + timedelta(minutes=10, seconds=1)
    with pytest.raises(TooLateError):
        waves.ask_undo(wave.pk, reason="x", acting_user=lead, now=over)
    in_time = late + timedelta(minutes=9)
    waves.ask_undo(wave.pk, reason="x", acting_user=lead, now=in_time)
    wave_work.carry_out(wave.pk, clock=lambda: in_time)
    assert states(wave) == {ItemState.UNDONE: 1}


@pytest.mark.django_db
def test_a_wave_that_nobody_began_on_can_be_stopped_at_any_time(lead: User) -> None:
    wave = begin(lead, spam(10))
    late = SOON + timedelta(hours=1)
    waves.ask_undo(wave.pk, reason="x", acting_user=lead, now=late)
    wave_work.carry_out(wave.pk, clock=lambda: late)
    assert list(left_alone(wave).values()) == [waves.STOPPED]
    with pytest.raises(NothingToUndoError):
        waves.ask_undo(wave.pk, reason="x", acting_user=lead, now=SOON)


@pytest.mark.django_db
def test_whoever_lost_the_right_meanwhile_decides_nothing(lead: User) -> None:
    wave = begin(lead, spam(10))
    lead.groups.remove(Group.objects.get(name=Role.LEAD))
    carry_out(wave)
    assert states(wave) == {ItemState.PASSED_OVER: 1}
    assert not Sanction.objects.exists()


@pytest.mark.django_db
def test_whoever_is_switched_off_in_the_middle_decides_no_more(lead: User) -> None:
    reports = [spam(number) for number in range(40, 43)]
    wave = begin(lead, *reports)
    times = iter(range(99))

    def clock() -> datetime:
        if next(times) == 1:
            User.objects.filter(pk=lead.pk).update(is_active=False)
        return SOON

    wave_work.carry_out(wave.pk, clock=clock)

    states = sorted(wave.items.values_list("state", flat=True))
    assert states == sorted([ItemState.DECIDED, ItemState.PASSED_OVER, ItemState.PASSED_OVER])


@pytest.mark.django_db
def test_a_network_is_those_who_came_from_one_prefix_and_names_no_address(lead: User) -> None:
    def reported(number: int, prefix: str) -> Report:
        context = snapshot(subject=person(number), partner=person(number + 500))
        told = user_report(rule=Rule.SPAM, snapshot=context, subject_prefix=prefix)
        return Report.objects.get(pk=intake.receive(told).report)

    near = [reported(10, "keyed-one"), reported(11, "keyed-one")]
    reported(12, "keyed-two")
    spam(13)
    (network,) = wave_candidates.networks(lead, SOON)
    assert network.reports == 2
    assert set(wave_candidates.of_network(network.key, lead, SOON)) == set(near)
    assert "keyed" not in network.key
    claims.claim(
        near[0].pk, version=near[0].version, acting_user=staff("mod", Role.MODERATOR), now=SOON
    )
    assert set(wave_candidates.of_network(network.key, lead, SOON)) == {near[1]}
    assert not wave_candidates.of_network("", lead, SOON).exists()
