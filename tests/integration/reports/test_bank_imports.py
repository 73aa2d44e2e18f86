"""Hashes that others hand over: read once, agreed on by two, tried, in force, revoked (I17)."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from reports.hashing.sightings import BankMatch, Crop, Orientation
from reports.ids import ConversationId
from reports.incoming import findings
from reports.known_pictures import bank_imports, banks
from reports.known_pictures.bank_imports import Provenance
from reports.known_pictures.hash_files import Line
from reports.models import (
    AuditEntry,
    Bank,
    BankEntry,
    BankHit,
    BankImport,
    EntryState,
    Report,
    Sanction,
)
from reports.roles import NotAllowedError
from reports.rules import Rule
from reports.sanctions.enforcement import TwoPeopleNeededError
from reports.sanctions.in_force import active_sanction
from reports.snapshots import Person
from tests.bank_cases import DAY
from tests.integration.reports.desk import SOON
from tests.report_cases import finding, person, snapshot

pytestmark = pytest.mark.django_db

LIST = Provenance(
    source="a hash list, November", licence="for moderation only", bank="imported", rule=Rule.NUDITY
)


@pytest.fixture(autouse=True)
def _in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few hashes, and yet several statements."""
    monkeypatch.setattr(bank_imports, "ENTRIES_PER_STATEMENT", 2)


def hashes(count: int, start: int = 0) -> list[str]:
    numbers = range(start, start + count)
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in numbers]


def file(*lines: str) -> BytesIO:
    return BytesIO("\n".join(["hash,quality", *lines]).encode())


def proposed(
    user: User, *lines: str, provenance: Provenance = LIST, bad: list[Line] | None = None
) -> BankImport:
    return bank_imports.propose(
        file(*(lines or [f"{each}," for each in hashes(5)])),
        provenance,
        acting_user=user,
        now=SOON,
        on_bad=(bad if bad is not None else []).append,
    )


def on_trial(mod: User, lead: User) -> BankImport:
    return bank_imports.approve(proposed(mod).pk, acting_user=lead, now=SOON)


def in_force(mod: User, lead: User) -> BankImport:
    imported = on_trial(mod, lead)
    banks.settle(SOON + DAY)
    assert bank_imports.settle(SOON + DAY) == 1
    imported.refresh_from_db()
    return imported


def states(imported: BankImport) -> set[str]:
    return {entry.stage for entry in imported.entries.select_related("bank_import")}


def match(entry: BankEntry) -> BankMatch:
    return BankMatch(entry=entry.pk, distance=3, orientation=Orientation.UPRIGHT, crop=Crop.WHOLE)


def met(entry: BankEntry, who: Person) -> None:
    """Somebody showed the entry's picture."""
    about = snapshot(subject=who, scores=())
    findings.record(finding(match=match(entry), snapshot=about, found_at=SOON + DAY))


def is_barred(who: Person) -> bool:
    return active_sanction(who.participant, who.device, SOON + DAY) is not None


def acts(imported: BankImport) -> list[str]:
    about = AuditEntry.objects.filter(object_type="bankimport", object_id=str(imported.public_id))
    return list(about.order_by("sequence").values_list("verb", flat=True))


def test_a_file_is_read_and_waits(mod: User) -> None:
    bad: list[Line] = []
    one, two, three = hashes(3)
    imported = proposed(mod, f"{one},90", f"{one},90", f"{two},", "x,1", f"{three},10", bad=bad)
    assert (imported.hashes, imported.entries_made, imported.repeated) == (3, 2, 1)
    assert (imported.poor, imported.bad, imported.skipped) == (1, 1, 0)
    assert [line.number for line in bad] == [5]
    assert set(imported.entries.values_list("pdq", "quality")) == {(one, 90), (two, None)}
    assert states(imported) == {EntryState.PROPOSED}
    assert list(banks.known_pictures()) == []


def test_the_same_file_again_adds_nothing(mod: User, lead: User) -> None:
    first = proposed(mod)
    again = proposed(lead)
    assert (again.pk, BankEntry.objects.count()) == (first.pk, 5)
    assert acts(first) == ["bank_import.begun", "bank_import.proposed"]


def test_another_file_adds_only_what_the_bank_lacks(mod: User) -> None:
    proposed(mod)
    more = proposed(mod, *(f"{each},80" for each in hashes(4, start=3)))
    assert (more.hashes, more.entries_made, more.repeated) == (4, 2, 2)


class Torn(BytesIO):
    """A disk that gives up in the middle of the second reading."""

    is_torn = True

    def readline(self, size: int | None = -1, /) -> bytes:
        if self.is_torn and self.tell() > 300:
            raise OSError("torn")
        return super().readline(size)


def test_an_interrupted_reading_cannot_be_approved_and_goes_on(mod: User, lead: User) -> None:
    torn = Torn(file(*(f"{each}," for each in hashes(9))).getvalue())

    def read() -> BankImport:
        return bank_imports.propose(torn, LIST, acting_user=mod, now=SOON, on_bad=print)

    with pytest.raises(OSError, match="torn"):
        read()
    begun = BankImport.objects.get()
    assert 0 < begun.entries.count() < 9
    with pytest.raises(banks.EntryStateError, match="not read to its end"):
        bank_imports.approve(begun.pk, acting_user=lead, now=SOON)
    torn.is_torn = False
    finished = read()
    assert (finished.pk, finished.entries_made, finished.repeated) == (begun.pk, 9, 0)


def test_a_file_that_changes_while_it_is_read_is_not_taken(mod: User) -> None:
    class Changing(BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            line = super().readline(size)
            if not line:
                self.write(b"\n" + hashes(1, start=90)[0].encode())
            return line

    changing = Changing(file(*(f"{each}," for each in hashes(3))).getvalue())
    with pytest.raises(bank_imports.FileChangedError):
        bank_imports.propose(changing, LIST, acting_user=mod, now=SOON, on_bad=print)
    assert BankImport.objects.get().read_at is None


def test_one_person_alone_imports_nothing(lead: User) -> None:
    imported = proposed(lead)
    with pytest.raises(TwoPeopleNeededError):
        bank_imports.approve(imported.pk, acting_user=lead, now=SOON)
    with pytest.raises(IntegrityError, match="bank_import_by_two"):
        BankImport.objects.update(state="active", approved_by=lead, approved_at=SOON)


def test_an_entry_has_no_state_of_its_own_beside_its_import(mod: User, lead: User) -> None:
    proposed(mod)
    with pytest.raises(IntegrityError, match="bank_entry_comes_from_somewhere"):
        BankEntry.objects.update(state="active", approved_by=lead, approved_at=SOON)


def test_the_first_line_proposes_and_does_not_approve(
    mod: User, other_mod: User, auditor: User
) -> None:
    with pytest.raises(NotAllowedError):
        proposed(auditor)
    imported = proposed(mod)
    with pytest.raises(NotAllowedError):
        bank_imports.approve(imported.pk, acting_user=other_mod, now=SOON)
    with pytest.raises(NotAllowedError):
        bank_imports.refuse(imported.pk, reason="no", acting_user=other_mod, now=SOON)


def test_a_single_entry_is_not_agreed_on_beside_its_import(mod: User, lead: User) -> None:
    entry = proposed(mod).entries.all()[0]
    with pytest.raises(banks.EntryStateError, match="goes with its import"):
        banks.approve(entry.pk, acting_user=lead, now=SOON)
    with pytest.raises(banks.EntryStateError, match="goes with its import"):
        banks.refuse(entry.pk, reason="no", acting_user=lead, now=SOON)


def test_an_import_is_a_day_on_trial_and_then_in_force(mod: User, lead: User) -> None:
    before = banks.revision()
    imported = on_trial(mod, lead)
    assert states(imported) == {EntryState.LOG_ONLY}
    assert bank_imports.settle(SOON + DAY - timedelta(seconds=1)) == 0
    assert {known.is_active for known in banks.known_pictures()} == {False}
    assert bank_imports.settle(SOON + DAY) == 1
    assert states(imported) == {EntryState.ACTIVE}
    known = list(banks.known_pictures())
    assert {each.is_active for each in known} == {True}
    assert {each.hashes for each in known} == {(each,) for each in hashes(5)}
    assert banks.revision() > before
    assert acts(imported)[2:] == ["bank_import.approved", "bank_import.active"]


def test_entries_of_our_own_settle_beside_an_import(mod: User, lead: User) -> None:
    on_trial(mod, lead)
    assert banks.settle(SOON + DAY) == banks.Settled(active=0, refused=0)


def test_an_entry_that_meets_clear_streams_is_refused_and_the_others_are_not(
    mod: User, lead: User
) -> None:
    imported = on_trial(mod, lead)
    entry, other = imported.entries.all()[:2]
    for number in (10, 11, 12):
        banks.note_hit(
            match(entry), ConversationId(uuid4()), person(number), was_clear=True, at=SOON
        )
    banks.note_hit(match(other), ConversationId(uuid4()), person(10), was_clear=True, at=SOON)
    assert banks.settle(SOON).refused == 1
    bank_imports.settle(SOON + DAY)
    entry.refresh_from_db()
    other.refresh_from_db()
    assert (entry.stage, other.stage) == (EntryState.REFUSED, EntryState.ACTIVE)
    assert not BankHit.objects.exists()


def test_revoking_lifts_every_sanction_that_its_entries_caused(
    mod: User, lead: User, other_lead: User, committing: None
) -> None:
    imported = in_force(mod, lead)
    shown = [person(20), person(21)]
    for entry, who in zip(imported.entries.all(), shown, strict=False):
        met(entry, who)
    assert all(is_barred(who) for who in shown)
    now = SOON + DAY
    bank_imports.revoke(imported.pk, reason="a bad list", acting_user=other_lead, now=now)
    assert not any(is_barred(who) for who in shown)
    assert states(imported) == {EntryState.REVOKED}
    assert list(banks.known_pictures()) == []
    assert {each.lifted_by for each in Sanction.objects.all()} == {other_lead}
    assert acts(imported)[-1] == "bank_import.revoked"


def test_revoking_leaves_what_stands_on_another_entry(mod: User, lead: User) -> None:
    imported = in_force(mod, lead)
    other = proposed(mod, *(f"{each}," for each in hashes(1, start=50)))
    bank_imports.approve(other.pk, acting_user=lead, now=SOON)
    bank_imports.settle(SOON + DAY)
    who, about = person(20), snapshot(subject=person(20), scores=())
    for entry in (imported.entries.all()[0], other.entries.get()):
        findings.record(finding(match=match(entry), snapshot=about, found_at=SOON + DAY))
    bank_imports.revoke(imported.pk, reason="bad", acting_user=lead, now=SOON + DAY)
    assert is_barred(who)
    bank_imports.revoke(other.pk, reason="bad as well", acting_user=lead, now=SOON + DAY)
    assert not is_barred(who)


def test_a_single_entry_can_be_revoked_by_itself(mod: User, lead: User) -> None:
    imported = in_force(mod, lead)
    entry, other = imported.entries.all()[:2]
    met(entry, person(20))
    met(other, person(21))
    banks.revoke(entry.pk, reason="an advert", acting_user=lead, now=SOON + DAY)
    assert (is_barred(person(20)), is_barred(person(21))) == (False, True)


def test_what_was_refused_can_be_proposed_anew(mod: User, lead: User) -> None:
    imported = proposed(mod)
    bank_imports.refuse(imported.pk, reason="no licence", acting_user=mod, now=SOON)
    assert states(imported) == {EntryState.REFUSED}
    with pytest.raises(banks.EntryStateError):
        bank_imports.approve(imported.pk, acting_user=lead, now=SOON)
    assert proposed(mod).entries_made == 5
    assert imported.entries.filter(state=EntryState.REFUSED, ending="no licence").count() == 5


def test_each_act_is_one_audit_entry_with_digest_and_counts(mod: User, lead: User) -> None:
    before = AuditEntry.objects.count()
    imported = on_trial(mod, lead)
    entries = AuditEntry.objects.order_by("sequence")[before:]
    assert [entry.actor for entry in entries] == [mod.pk, mod.pk, lead.pk]
    payload = json.loads(entries[2].payload)
    assert (
        payload["sha256"] == hashlib.sha256(file(*(f"{h}," for h in hashes(5))).read()).hexdigest()
    )
    assert (payload["entries"], payload["source"], payload["bad"]) == (5, LIST.source, 0)
    assert imported.licence == "for moderation only"


def test_child_safety_hashes_are_sealed(
    mod: User, lead: User, guardian: User, other_guardian: User
) -> None:
    minor = Provenance(source="a list", licence="agreed", bank="imported", rule=Rule.MINOR)
    with pytest.raises(bank_imports.UnfitImportError, match="child-safety"):
        proposed(guardian, provenance=minor)
    sealed = Provenance(
        source="a list", licence="agreed", bank="imported-child-safety", rule=Rule.MINOR
    )
    with pytest.raises(Bank.DoesNotExist):
        proposed(mod, provenance=sealed)
    imported = proposed(guardian, provenance=sealed)
    for outsider in (mod, lead):
        assert not BankImport.objects.visible_to(outsider).exists()
        assert not BankEntry.objects.visible_to(outsider).exists()
    with pytest.raises(BankImport.DoesNotExist):
        bank_imports.approve(imported.pk, acting_user=lead, now=SOON)
    bank_imports.approve(imported.pk, acting_user=other_guardian, now=SOON)
    assert states(imported) == {EntryState.LOG_ONLY}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"source": " "}, "where the file comes from"),
        ({"licence": ""}, "under which licence"),
        ({"rule": Rule.HARASSMENT}, "a picture alone"),
    ],
)
def test_what_is_not_said_is_not_imported(mod: User, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(bank_imports.UnfitImportError, match=why):
        proposed(mod, provenance=replace(LIST, **changes))
    assert not BankImport.objects.exists()


def test_nothing_is_imported_into_the_bank_of_our_own_findings(mod: User) -> None:
    with pytest.raises(Bank.DoesNotExist):
        proposed(mod, provenance=replace(LIST, bank="confirmed"))


def test_the_command_reads_a_dataset_and_says_what_it_found(mod: User, tmp_path: Path) -> None:
    one, two = hashes(2)
    path = tmp_path / "collab.csv"
    path.write_text(
        "collab,signal_type,signal_str,category,tags\r\n"
        f"c,pdq,{one},POSITIVE_CLASS,\r\nc,pdq,{two},NEGATIVE_CLASS,\r\n"
        "c,pdq,nonsense,POSITIVE_CLASS,\r\n"
    )
    said, complained = StringIO(), StringIO()
    call_command(
        "import_bank",
        path,
        source="a collab",
        licence="its terms",
        proposed_by=mod.username,
        rule="nudity",
        stdout=said,
        stderr=complained,
    )
    assert "entries 1\n" in said.getvalue()
    assert "other signals 1\n" in said.getvalue()
    assert "line 4: a hash is 64 hexadecimal digits" in complained.getvalue()
    assert BankEntry.objects.get().bank_import == BankImport.objects.get()
    with pytest.raises(CommandError, match="no account nobody"):
        call_command(
            "import_bank", path, source="a", licence="b", proposed_by="nobody", rule="nudity"
        )
    assert not Report.objects.exists()
