"""Banks of known pictures: two people, a day on trial, and what revoking lifts (I17)."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError

from reports import roles
from reports.hashing.sightings import BankMatch, Crop, Orientation
from reports.ids import ConversationId
from reports.incoming import findings, intake
from reports.known_pictures import banks
from reports.models import (
    AuditEntry,
    Bank,
    BankEntry,
    BankHit,
    EntryState,
    Evidence,
    Queue,
    Report,
    Sanction,
    SanctionKind,
)
from reports.roles import NotAllowedError
from reports.rules import Rule
from reports.sanctions.enforcement import TwoPeopleNeededError
from reports.sanctions.in_force import active_sanction
from reports.sanctions.ladder import Length
from reports.snapshots import EvidenceItem, EvidenceKind, Finding, Person
from tests.bank_cases import DAY, confirmed_frame, in_force, on_trial, proposed
from tests.integration.reports.desk import SOON, claimed, confirm
from tests.report_cases import BO, NOW, finding, ivf, person, snapshot, user_report

pytestmark = pytest.mark.django_db


def match(entry: BankEntry, distance: int = 6) -> BankMatch:
    return BankMatch(
        entry=entry.pk, distance=distance, orientation=Orientation.MIRRORED, crop=Crop.INNER_95
    )


def met(entry: BankEntry, who: Person = BO, at: datetime = SOON + DAY) -> Finding:
    """Somebody showed the entry's picture."""
    return finding(match=match(entry), snapshot=snapshot(subject=who, scores=()), found_at=at)


def note(entry: BankEntry, who: Person, *, was_clear: bool = True) -> ConversationId:
    conversation = ConversationId(uuid4())
    banks.note_hit(match(entry), conversation, who, was_clear=was_clear, at=SOON)
    return conversation


def verbs(entry: BankEntry) -> list[str]:
    about = AuditEntry.objects.filter(object_type="bankentry", object_id=str(entry.public_id))
    return list(about.order_by("sequence").values_list("verb", flat=True))


def test_only_a_confirmed_frame_can_be_picked(mod: User) -> None:
    findings.record(finding(evidence=(*finding().evidence, segment())))
    report = claimed(mod)
    frame = report.evidence.get(kind="frame")
    with pytest.raises(banks.UnfitFrameError, match="confirm the report first"):
        banks.propose(frame.pk, reason="", acting_user=mod, now=SOON)
    confirm(report, mod, Length.AS_IS)
    film = report.evidence.get(kind="segment")
    with pytest.raises(banks.UnfitFrameError, match="a segment has no hash"):
        banks.propose(film.pk, reason="", acting_user=mod, now=SOON)
    assert banks.propose(frame.pk, reason="it", acting_user=mod, now=SOON).state == "proposed"


def test_a_frame_with_little_to_see_is_refused(mod: User) -> None:
    frame = confirmed_frame(mod)
    Evidence.objects.update(pdq_quality=49)
    with pytest.raises(banks.UnfitFrameError, match="too little to see"):
        banks.propose(frame.pk, reason="", acting_user=mod, now=SOON)


def test_a_report_that_is_not_about_its_picture_is_refused(mod: User) -> None:
    received = intake.receive(user_report())
    intake.attach(received.report, finding().evidence, now=NOW)
    report = claimed(mod)
    confirm(report, mod, Length.DAYS_7, Rule.HARASSMENT)
    with pytest.raises(banks.UnfitFrameError, match="not about what its picture shows"):
        banks.propose(report.evidence.get().pk, reason="", acting_user=mod, now=SOON)


def test_one_person_alone_puts_nothing_into_a_bank(lead: User) -> None:
    entry = proposed(lead)
    with pytest.raises(TwoPeopleNeededError):
        banks.approve(entry.pk, acting_user=lead, now=SOON)
    assert list(banks.known_pictures()) == []


def test_the_database_refuses_a_lone_entry_too(lead: User) -> None:
    entry = proposed(lead)
    with pytest.raises(IntegrityError, match="bank_entry_by_two"):
        BankEntry.objects.filter(pk=entry.pk).update(
            state=EntryState.ACTIVE, approved_by=lead, approved_at=SOON
        )


def test_the_first_line_proposes_and_does_not_approve(mod: User, other_mod: User) -> None:
    entry = proposed(mod)
    with pytest.raises(NotAllowedError):
        banks.approve(entry.pk, acting_user=other_mod, now=SOON)


def test_an_entry_is_a_day_on_trial_and_keeps_where_it_comes_from(mod: User, lead: User) -> None:
    entry = on_trial(mod, lead)
    assert banks.settle(SOON + DAY - timedelta(seconds=1)).active == 0
    assert [known.is_active for known in banks.known_pictures()] == [False]
    assert banks.settle(SOON + DAY).active == 1
    (known,) = banks.known_pictures()
    assert known.is_active
    assert len(known.hashes) == 3
    entry.refresh_from_db()
    assert entry.evidence is not None
    assert (entry.proposed_by, entry.approved_by) == (mod, lead)
    assert (entry.pdq, entry.rule) == (entry.evidence.pdq, Rule.NUDITY)
    assert verbs(entry) == ["bank_entry.proposed", "bank_entry.approved", "bank_entry.active"]


def test_every_change_makes_a_new_revision(mod: User, lead: User) -> None:
    before = banks.revision()
    entry = in_force(mod, lead)
    after = banks.revision()
    banks.revoke(entry.pk, reason="wrong", acting_user=lead, now=SOON + DAY)
    assert before < after < banks.revision()


def test_an_entry_that_meets_clear_streams_is_refused(mod: User, lead: User) -> None:
    entry = on_trial(mod, lead)
    for number in range(10, 13):
        note(entry, person(number))
    assert banks.settle(SOON).refused == 1
    entry.refresh_from_db()
    assert entry.state == EntryState.REFUSED
    assert entry.ended_by is None
    assert "3 devices" in entry.ending
    assert list(banks.known_pictures()) == []
    assert verbs(entry)[-1] == "bank_entry.refused"
    assert not BankHit.objects.exists()


def test_one_device_alone_has_no_entry_refused(mod: User, lead: User) -> None:
    entry = on_trial(mod, lead)
    for _ in range(5):
        note(entry, BO)
    assert banks.settle(SOON) == banks.Settled(active=0, refused=0)


def test_streams_that_were_reported_or_not_clear_speak_for_the_entry(mod: User, lead: User) -> None:
    entry = on_trial(mod, lead)
    for number in range(10, 13):
        note(entry, person(number), was_clear=False)
    for number in range(20, 23):
        conversation = note(entry, person(number))
        about = snapshot(subject=person(number), conversation=conversation)
        intake.receive(user_report(snapshot=about))
    assert banks.settle(SOON).refused == 0


def test_what_is_met_on_trial_makes_no_report_and_bars_nobody(mod: User, lead: User) -> None:
    entry = on_trial(mod, lead)
    reports = Report.objects.count()
    note(entry, BO)
    assert Report.objects.count() == reports
    assert active_sanction(BO.participant, BO.device, SOON) is None
    assert BankHit.objects.get().report is None


def test_who_was_met_on_trial_is_forgotten_with_it(mod: User, lead: User) -> None:
    entry = on_trial(mod, lead)
    note(entry, BO)
    banks.settle(SOON + DAY)
    assert not BankHit.objects.exists()


def test_a_match_is_held_until_a_person_decides_and_goes_to_them_first(
    mod: User, lead: User
) -> None:
    entry = in_force(mod, lead)
    found = met(entry)
    report = Report.objects.get(pk=findings.record(found).report)
    assert (report.queue, report.is_safety_floor) == (Queue.CHILD_SAFETY, True)
    assert report.priority >= 95
    minor = next(factor for factor in report.factors if factor["name"] == "minor")
    assert minor["points"] == 0
    sanction = report.sanctions.get()
    assert (sanction.kind, sanction.until) == (SanctionKind.HOLD, None)
    assert sanction.policy.code == "known-picture"
    hit = report.bank_hits.get()
    assert (hit.entry, hit.sanction, hit.distance) == (entry, sanction, 6)
    assert (hit.orientation, hit.crop) == ("mirrored left to right", "95 %")
    assert "bank.hit" in AuditEntry.objects.values_list("verb", flat=True)
    findings.record(found)
    assert report.bank_hits.count() == report.sanctions.count() == 1


def test_a_match_is_sealed_to_the_child_safety_team(mod: User, lead: User) -> None:
    entry = in_force(mod, lead)
    findings.record(met(entry))
    assert not BankHit.objects.visible_to(mod).exists()
    assert not BankHit.objects.visible_to(lead).exists()


def test_revoking_lifts_every_sanction_that_the_entry_caused(
    mod: User, lead: User, other_lead: User, committing: None
) -> None:
    entry = in_force(mod, lead)
    for number in (20, 21):
        findings.record(met(entry, person(number)))
    banks.revoke(entry.pk, reason="an actor's poster", acting_user=other_lead, now=SOON + DAY)
    for number in (20, 21):
        who = person(number)
        assert active_sanction(who.participant, who.device, SOON + DAY) is None
    lifted = Sanction.objects.filter(bank_hits__entry=entry)
    assert set(lifted.values_list("lifted_by", flat=True)) == {other_lead.pk}
    assert [decision.reason for decision in lifted[0].decisions.all()] == ["an actor's poster"]
    assert verbs(entry)[-1] == "bank_entry.revoked"


def test_revoking_leaves_what_stands_on_something_else(mod: User, lead: User) -> None:
    entry = in_force(mod, lead)
    about = snapshot(subject=BO, scores=())
    findings.record(replace(met(entry), snapshot=about))
    findings.record(
        finding(rule=Rule.NUDITY, is_child_safety=True, snapshot=about, found_at=SOON + DAY)
    )
    banks.revoke(entry.pk, reason="wrong", acting_user=lead, now=SOON + DAY)
    assert active_sanction(BO.participant, BO.device, SOON + DAY) is not None


def test_a_match_recorded_after_the_revocation_bars_nobody(mod: User, lead: User) -> None:
    entry = in_force(mod, lead)
    banks.revoke(entry.pk, reason="wrong", acting_user=lead, now=SOON + DAY)
    report = Report.objects.get(pk=findings.record(met(entry)).report)
    assert not report.sanctions.exists()


def test_revoking_takes_the_right_and_a_live_entry(mod: User, lead: User) -> None:
    entry = proposed(mod)
    with pytest.raises(NotAllowedError):
        banks.revoke(entry.pk, reason="no", acting_user=mod, now=SOON)
    with pytest.raises(banks.EntryStateError):
        banks.revoke(entry.pk, reason="no", acting_user=lead, now=SOON)
    banks.refuse(entry.pk, reason="mine, and wrong", acting_user=mod, now=SOON)
    with pytest.raises(banks.EntryStateError):
        banks.approve(entry.pk, acting_user=lead, now=SOON)


def test_a_child_safety_frame_goes_to_the_sealed_bank(
    guardian: User, other_guardian: User, mod: User, lead: User
) -> None:
    findings.record(finding(is_child_safety=True))
    report = claimed(guardian)
    confirm(report, guardian, Length.DAYS_30, is_child_safety=True)
    frame = report.evidence.get()
    with pytest.raises(Evidence.DoesNotExist):
        banks.propose(frame.pk, reason="it", acting_user=mod, now=SOON)
    entry = banks.propose(frame.pk, reason="it", acting_user=guardian, now=SOON)
    assert entry.bank.queue == Queue.CHILD_SAFETY
    for outsider in (mod, lead):
        assert not BankEntry.objects.visible_to(outsider).exists()
        codes = Bank.objects.visible_to(outsider).values_list("code", flat=True)
        assert set(codes) == {"confirmed", "imported"}
    with pytest.raises(BankEntry.DoesNotExist):
        banks.approve(entry.pk, acting_user=lead, now=SOON)
    assert banks.approve(entry.pk, acting_user=other_guardian, now=SOON).state == "log_only"


def test_every_role_has_all_its_permissions() -> None:
    for role, codenames in roles.PERMISSIONS.items():
        group = Group.objects.get(name=role.value)
        held = set(group.permissions.values_list("codename", flat=True))
        assert held >= {str(codename) for codename in codenames}


def segment() -> EvidenceItem:
    return EvidenceItem(
        kind=EvidenceKind.SEGMENT,
        media_type="video/x-ivf",
        data=ivf(),
        captured_at=NOW,
        is_offending=True,
    )
