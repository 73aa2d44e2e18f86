"""One decision about many reports, and ten minutes to undo it."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User

from reports import locks
from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.models import (
    AuditEntry,
    Decision,
    DecisionKind,
    ItemState,
    Outcome,
    Queue,
    Report,
    Sanction,
    State,
    Strike,
    Wave,
)
from reports.reviewing import appeals, claims, review, wave_candidates, wave_work, waves
from reports.reviewing.waves import (
    NothingToUndoError,
    NotYoursError,
    Pick,
    TooLateError,
    TooManyError,
    UnfitPolicyError,
    Verdict,
)
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from reports.sanctions import enforcement, in_force
from reports.sanctions.ladder import Length
from reports.snapshots import Person, SnapshotLine, Speaker
from tests.integration.reports.desk import SOON
from tests.races import at_once
from tests.report_cases import NOW, finding, person, snapshot, staff, user_report

pytestmark = pytest.mark.django_db

AD = "come to my channel, it is free and it is fun"


def spam(number: int, line: str = AD, rule: Rule = Rule.SPAM) -> Report:
    """Somebody's spam, reported by somebody else."""
    said = SnapshotLine(at=NOW, speaker=Speaker.SUBJECT, text=line, was_withheld=False)
    context = snapshot(subject=person(number), partner=person(number + 500), lines=(said,))
    made = intake.receive(user_report(rule=rule, snapshot=context))
    return Report.objects.get(pk=made.report)


def cut_for_spam(number: int) -> Report:
    """Spam that the machine cut: with a sanction that stands."""
    context = replace(snapshot(subject=person(number)), scores=())
    made = findings.record(finding(rule=Rule.SPAM, snapshot=context, evidence=()))
    return Report.objects.get(pk=made.report)


def pick(report: Report) -> Pick:
    return Pick(report=report.pk, version=report.version)


def confirming(length: Length = Length.HOURS_24) -> Verdict:
    policy = current(Rule.SPAM, is_child_safety=False)
    return Verdict(reason="a wave", policy=policy, length=length)


DISMISSING = Verdict(reason="nothing")


def decide(
    user: User,
    *reports: Report,
    verdict: Verdict | None = None,
    token: UUID | None = None,
    now: datetime = SOON,
) -> Wave:
    """Begun, and carried out by a worker at once."""
    wave = begin(user, *reports, verdict=verdict, token=token, now=now)
    wave_work.carry_out(wave.pk, clock=lambda: now)
    return wave


def begin(
    user: User,
    *reports: Report,
    verdict: Verdict | None = None,
    token: UUID | None = None,
    now: datetime = SOON,
) -> Wave:
    picks = [pick(report) for report in reports]
    chosen = verdict or confirming()
    return waves.begin(token or uuid4(), picks, chosen, acting_user=user, now=now)


def undo(wave: Wave, user: User, now: datetime = SOON + timedelta(minutes=9)) -> int:
    """Asked for, and carried out by a worker at once; returns how many are undone."""
    waves.ask_undo(wave.pk, reason="a mistake", acting_user=user, now=now)
    wave_work.carry_out(wave.pk, clock=lambda: now)
    return wave.items.filter(state=ItemState.UNDONE).count()


def left_alone(wave: Wave, state: ItemState = ItemState.PASSED_OVER) -> dict[UUID, str]:
    """Why what was left alone was."""
    return dict(wave.items.filter(state=state).values_list("report", "why"))


def decided(wave: Wave) -> list[Report]:
    return [item.report for item in wave.items.filter(state=ItemState.DECIDED)]


def is_out(number: int, at: datetime = SOON) -> bool:
    one = person(number)
    return in_force.active_sanction(one.participant, one.device, at) is not None


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.AUDITOR])
def test_only_leads_decide_many_at_once(role: Role, lead: User) -> None:
    report = spam(10)
    with pytest.raises(NotAllowedError):
        decide(staff("somebody", role), report)
    wave = decide(lead, report)
    with pytest.raises(NotAllowedError):
        undo(wave, staff("somebody-else", role))
    report.refresh_from_db()
    assert report.outcome == Outcome.CONFIRMED


def test_no_more_than_two_hundred_and_not_none(lead: User) -> None:
    for count in (0, 201):
        with pytest.raises(TooManyError):
            waves.begin(
                uuid4(),
                [Pick(report=uuid4(), version=1)] * count,
                DISMISSING,
                acting_user=lead,
                now=SOON,
            )
    assert not Wave.objects.exists()


@pytest.mark.parametrize("rule", [Rule.GROOMING, Rule.THREAT])
def test_a_grave_policy_is_no_policy_for_many(rule: Rule, guardian: User) -> None:
    policy = current(rule, is_child_safety=rule is Rule.GROOMING)
    verdict = Verdict(reason="x", policy=policy, length=Length.HOURS_24)
    with pytest.raises(UnfitPolicyError):
        decide(guardian, spam(10), verdict=verdict)


def test_nobody_is_barred_for_ever_in_passing(lead: User) -> None:
    with pytest.raises(UnfitPolicyError):
        decide(lead, spam(10), verdict=confirming(Length.FOR_EVER))


def test_each_report_gets_its_own_decision_and_entries(lead: User) -> None:
    reports = [spam(number) for number in (10, 11, 12)]
    wave = decide(lead, *reports)
    assert left_alone(wave) == {}
    for number, report in enumerate(reports, start=10):
        report.refresh_from_db()
        assert (report.state, report.outcome) == (State.CLOSED, Outcome.CONFIRMED)
        assert Decision.objects.get(report=report, kind=DecisionKind.CONFIRMED).reason == "a wave"
        verbs = set(
            AuditEntry.objects.filter(object_id=str(report.pk)).values_list("verb", flat=True)
        )
        assert {"report.confirmed", "report.decided_in_wave"} <= verbs
        assert is_out(number)
    assert Sanction.objects.filter(decided_by=lead).count() == 3


def test_what_somebody_holds_is_passed_over_and_named(lead: User, mod: User) -> None:
    held, free = spam(10), spam(11)
    held = claims.claim(held.pk, version=held.version, acting_user=mod, now=SOON)
    wave = decide(lead, held, free)
    assert left_alone(wave) == {held.pk: "mod holds it"}
    assert decided(wave) == [free]


def test_what_changed_since_it_was_shown_is_passed_over(lead: User, mod: User) -> None:
    report = spam(10)
    claims.claim(report.pk, version=report.version, acting_user=mod, now=SOON)
    claims.skip(report.pk, reason="", acting_user=mod, now=SOON)
    wave = decide(lead, report)
    assert "faster" in left_alone(wave)[report.pk]


def test_what_is_grave_escalated_or_sealed_is_passed_over(lead: User, guardian: User) -> None:
    grave, sealed, handed_on = spam(10, rule=Rule.THREAT), spam(11, rule=Rule.GROOMING), spam(12)
    review.escalate(
        handed_on.pk, version=handed_on.version, reason="x", acting_user=guardian, now=SOON
    )
    handed_on.refresh_from_db()
    wave = decide(lead, grave, sealed, handed_on, verdict=DISMISSING)
    # What is sealed is left out like what isn't there: nothing of the wave tells of it.
    assert set(left_alone(wave)) == {grave.pk, handed_on.pk}
    for unknown in (Pick(report=uuid4(), version=1), pick(sealed)):
        with pytest.raises(Report.DoesNotExist):
            waves.begin(uuid4(), [unknown], DISMISSING, acting_user=lead, now=SOON)
    assert Wave.objects.count() == 1
    assert Report.objects.filter(outcome="").count() == 3


def test_with_an_appeal_it_is_decided_by_itself(lead: User) -> None:
    report = cut_for_spam(10)
    sanction = report.sanctions.get()
    appeals.write(sanction.statement.code, "it was not me", now=SOON)
    report.refresh_from_db()
    wave = decide(lead, report, verdict=DISMISSING)
    assert left_alone(wave) == {report.pk: "an appeal waits for its decision"}
    sanction.refresh_from_db()
    assert sanction.lifted_at is None


def test_the_same_form_sent_twice_counts_once(lead: User, other_lead: User) -> None:
    report, token = spam(10), uuid4()
    first = decide(lead, report, token=token)
    assert decide(lead, report, token=token) == first
    assert Sanction.objects.count() == 1
    with pytest.raises(NotYoursError):
        decide(other_lead, spam(11), token=token)
    assert not is_out(11)


def test_alike_is_what_says_the_same_under_the_same_rule(lead: User, mod: User) -> None:
    first, same = spam(10), spam(11, line=AD.upper() + "!!")
    spam(12, line="something else entirely, and long")
    spam(13, rule=Rule.HARASSMENT)
    held = spam(14)
    claims.claim(held.pk, version=held.version, acting_user=mod, now=SOON)
    assert set(wave_candidates.alike(first, lead, SOON)) == {first, same}


def test_undoing_lifts_at_once_and_the_report_waits_again(lead: User) -> None:
    reports = [spam(number) for number in (10, 11)]
    before = {report.pk: (report.state, report.rank) for report in reports}
    wave = decide(lead, *reports)
    assert undo(wave, lead) == 2
    for number, report in enumerate(reports, start=10):
        report.refresh_from_db()
        assert (report.state, report.rank) == before[report.pk]
        assert (report.outcome, report.closed_by, report.closed_at) == ("", None, None)
        assert not is_out(number, SOON + timedelta(minutes=9))
        assert in_force.strikes(person(number), SOON).confirmed == 0
        assert Decision.objects.filter(report=report, kind=DecisionKind.UNDONE).count() == 1
    assert set(Sanction.objects.values_list("strike", flat=True)) == {Strike.VOID}
    assert AuditEntry.objects.filter(verb="report.wave_undone").count() == 2
    assert AuditEntry.objects.filter(verb="sanction.lifted").count() == 2


@pytest.mark.parametrize("verdict", [DISMISSING, None])
def test_undoing_gives_the_machines_sanction_its_terms_back(
    lead: User, verdict: Verdict | None
) -> None:
    report = cut_for_spam(10)
    was = enforcement.terms(report.sanctions.get())
    wave = decide(lead, report, verdict=verdict)
    assert enforcement.terms(report.sanctions.get()) != was
    undo(wave, lead, SOON + timedelta(minutes=1))
    assert enforcement.terms(report.sanctions.get()) == was
    assert is_out(10)
    statement = report.sanctions.get().statement
    assert statement.is_automated
    assert "taken back" not in statement.facts


def test_after_ten_minutes_it_is_too_late(lead: User) -> None:
    wave = decide(lead, spam(10))
    with pytest.raises(TooLateError):
        undo(wave, lead, SOON + timedelta(minutes=10, seconds=1))
    assert is_out(10)


def test_what_was_appealed_meanwhile_is_left_as_decided(lead: User, other_lead: User) -> None:
    appealed, other = spam(10), spam(11)
    wave = decide(lead, appealed, other)
    appeal = appeals.write(appealed.sanctions.get().statement.code, "no", now=SOON)
    appeals.decide(appeal.pk, is_granted=False, reason="yes", acting_user=other_lead, now=SOON)
    assert undo(wave, lead) == 1
    assert left_alone(wave, ItemState.KEPT) == {appealed.pk: "it was touched since"}
    assert is_out(10)
    assert not is_out(11, SOON + timedelta(minutes=9))
    with pytest.raises(NothingToUndoError):
        undo(wave, lead)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_the_same_wave_each_report_is_decided_once() -> None:
    leads = [staff(f"lead-{number}", Role.LEAD) for number in range(2)]
    reports = [spam(number) for number in range(10, 16)]
    calls = [
        partial(decide, leads[0], *reports),
        partial(decide, leads[1], *reversed(reports), verdict=DISMISSING),
    ]
    done = at_once(*calls)
    assert sum(len(decided(wave)) for wave in done) == len(reports)
    assert sum(len(left_alone(wave)) for wave in done) == len(reports)
    for number, report in enumerate(reports, start=10):
        report.refresh_from_db()
        assert is_out(number) == (report.outcome == Outcome.CONFIRMED)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_counts_once() -> None:
    lead, token = staff("lead", Role.LEAD), uuid4()
    reports = [spam(number) for number in range(10, 14)]
    done = at_once(*[partial(decide, lead, *reports, token=token)] * 2)
    assert done[0] == done[1]
    assert Wave.objects.count() == 1
    assert Sanction.objects.count() == len(reports)
    assert left_alone(Wave.objects.get()) == {}


@pytest.mark.django_db(transaction=True)
def test_undone_by_two_at_once_it_is_undone_once() -> None:
    leads = [staff(f"lead-{number}", Role.LEAD) for number in range(2)]
    wave = decide(leads[0], *(spam(number) for number in range(10, 14)))
    found = at_once(*(partial(undo, wave, user) for user in leads), losing=NothingToUndoError)
    assert [one for one in found if isinstance(one, NothingToUndoError)]
    assert wave.items.filter(state=ItemState.UNDONE).count() == 4
    assert Decision.objects.filter(kind=DecisionKind.UNDONE).count() == 4


@pytest.mark.parametrize("verdict", [DISMISSING, None])
def test_what_somebody_lifted_or_changed_since_is_not_undone(
    lead: User, mod: User, verdict: Verdict | None
) -> None:
    report = cut_for_spam(10)
    wave = decide(lead, report, verdict=verdict)
    sanction = report.sanctions.get()
    if verdict is None:
        enforcement.lift(sanction, reason="a mistake", acting_user=mod, now=SOON)
    else:
        Sanction.objects.update(version=sanction.version + 1)
    assert undo(wave, lead) == 0
    assert left_alone(wave, ItemState.KEPT) == {report.pk: "its sanction was changed since"}
    assert not is_out(10)
    report.refresh_from_db()
    assert report.state == State.CLOSED


@pytest.mark.django_db(transaction=True)
def test_a_report_that_is_sealed_meanwhile_stops_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lead, mod = staff("lead", Role.LEAD), staff("mod", Role.MODERATOR)
    sealed, other = spam(10), spam(11)

    def seal_first(*people: Person) -> None:
        """Somebody else holds the subject's lock, and seals the report."""
        if sealed.queue == Queue.STANDARD and people == (person(10),):
            sealed.queue = Queue.CHILD_SAFETY
            at_once(
                partial(
                    review.escalate,
                    sealed.pk,
                    version=sealed.version,
                    reason="a child",
                    acting_user=mod,
                    now=SOON,
                    to_child_safety=True,
                )
            )
        locks.lock_subject(*people)

    monkeypatch.setattr("reports.reviewing.wave_work.lock_subject", seal_first)
    wave = decide(lead, sealed, other)
    assert left_alone(wave) == {sealed.pk: "there is no such report"}
    assert decided(wave) == [other]
