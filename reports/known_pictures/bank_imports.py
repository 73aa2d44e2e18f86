"""Hashes that others hand over: who brought a file in, who agreed, and what follows (I17).

    BankError
    ├── UnfitImportError    this file can't go there
    └── FileChangedError    it changed while it was read; a retry helps

An import is taken, agreed on, tried, put in force and revoked as one, like an entry of our own; a
single entry of it is only refused by the machine or revoked. Its entries are where it is, so that
agreeing to a million, or revoking them, changes one row. An imported hash
may come without a quality. It counts as good: the frame that is compared with it must be, too.
`NotAllowedError`, `DoesNotExist` and `TwoPeopleNeededError` are raised as they are.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from reports.known_pictures import agreeing, banks
from reports.known_pictures.hash_files import Found, Line, read
from reports.models import Bank, BankEntry, BankHit, BankImport, BankKind, EntryState, Queue
from reports.models.bank_proposal import LIVE, STANDING
from reports.roles import Right, require
from reports.rules import CHILD_SAFETY_RULES, Rule
from reports.trail import audit

ENTRIES_PER_STATEMENT = 20_000
"""Some tenths of a second each, far from the time after which PostgreSQL gives a statement up."""

READ_BYTES = 1 << 20


class UnfitImportError(banks.BankError):
    """The file, or what is said about it, can't go into this bank."""


class FileChangedError(banks.BankError):
    """What was read is not the file whose digest was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Whose file it is, its licence, the code of its bank, and what its pictures break."""

    source: str
    licence: str
    bank: str
    rule: Rule


def propose(
    file: BinaryIO,
    provenance: Provenance,
    *,
    acting_user: User,
    now: datetime,
    on_bad: Callable[[Line], None],
) -> BankImport:
    """Read a file into a bank, where its entries wait for a second person.

    A file that was read before adds nothing, one that was interrupted is read to its end. `on_bad`
    is told of each line that is no hash. `file` can be read twice.
    """
    require(acting_user, Right.PROPOSE_ENTRY)
    banks_here = Bank.objects.visible_to(acting_user).filter(kind=BankKind.IMPORTED)
    bank = banks_here.get(code=provenance.bank)
    if why := why_unfit(provenance, bank):
        raise UnfitImportError(why)
    sha256 = _digest(file)
    imported = _begin(bank, provenance, sha256, acting_user=acting_user, now=now)
    if imported.read_at is not None:
        return imported
    _release(bank)
    counts = _take(file, imported, on_bad)
    if _digest(file) != sha256:
        raise FileChangedError("the file changed while it was read; refuse this import")
    with audit.trail():
        imported = _lock_unread(imported)
        imported.read_at, imported.entries_made = now, imported.entries.count()
        imported.hashes, imported.skipped = counts[Found.HASH], counts[Found.OTHER]
        imported.poor, imported.bad = counts[Found.POOR], counts[Found.BAD]
        imported.save()
        _record(imported, "proposed", acting_user=acting_user, now=now)
    return imported


def why_unfit(provenance: Provenance, bank: Bank) -> str:
    """Why this can't be imported there, "" when it can."""
    if not provenance.source.strip() or not provenance.licence.strip():
        return "say where the file comes from, and under which licence"
    if provenance.rule not in banks.PICTURE_RULES:
        return "a picture alone doesn't break this rule"
    if provenance.rule in CHILD_SAFETY_RULES and bank.queue == Queue.STANDARD:
        return "this belongs into a bank of the child-safety team"
    return ""


def approve(import_id: int, *, acting_user: User, now: datetime) -> BankImport:
    """Another person agrees to all of it; its entries go on trial."""
    require(acting_user, Right.APPROVE_ENTRY)
    with audit.trail():
        imported = _locked(import_id, acting_user)
        _require_state(imported, EntryState.PROPOSED)
        if imported.read_at is None:
            raise banks.EntryStateError("this file was not read to its end; read it once more")
        agreeing.agree(imported, acting_user=acting_user, now=now)
        _record(imported, "approved", acting_user=acting_user, now=now)
    return imported


def refuse(import_id: int, *, reason: str, acting_user: User, now: datetime) -> None:
    """Turn an import down; who proposed it may take it back like this, too."""
    with audit.trail():
        imported = _locked(import_id, acting_user)
        agreeing.require_may_refuse(imported, acting_user)
        _require_state(imported, EntryState.PROPOSED)
        _end(imported, EntryState.REFUSED, reason, acting_user=acting_user, now=now)


def revoke(import_id: int, *, reason: str, acting_user: User, now: datetime) -> None:
    """Take all of it out at once, and lift every sanction that rests on it alone."""
    require(acting_user, Right.APPROVE_ENTRY)
    with audit.trail():
        imported = _locked(import_id, acting_user)
        _require_state(imported, *LIVE)
        _end(imported, EntryState.REVOKED, reason, acting_user=acting_user, now=now)
        banks.lift_what_rests_on(
            imported.entries.all(), reason=reason, acting_user=acting_user, now=now
        )


def settle(now: datetime) -> int:
    """Put in force what was a day on trial: the number of imports. After `banks.settle`, which
    refuses those entries that met clear pictures."""
    active = 0
    ripe = BankImport.objects.filter(
        state=EntryState.LOG_ONLY, approved_at__lte=now - banks.LOG_ONLY
    )
    for pk in list(ripe.values_list("pk", flat=True)):
        with audit.trail():
            imported = BankImport.objects.select_for_update().get(pk=pk)
            if imported.state != EntryState.LOG_ONLY:
                continue
            imported.state, imported.active_at = EntryState.ACTIVE, now
            imported.save()
            _forget_notes(imported)
            _record(imported, "active", acting_user=None, now=now)
            active += 1
    return active


def _begin(
    bank: Bank, provenance: Provenance, sha256: str, *, acting_user: User, now: datetime
) -> BankImport:
    """The import of this file, a new one unless one stands."""
    with audit.trail():
        Bank.objects.select_for_update().get(pk=bank.pk)  # one begins, others find it begun
        known = bank.imports.filter(sha256=sha256, state__in=STANDING).first()
        if known is not None:
            if known.read_at is None and known.proposed_by_id != acting_user.pk:
                raise banks.EntryStateError("another account began to read this file")
            return known
        imported = BankImport.objects.create(
            bank=bank,
            rule=provenance.rule,
            source=provenance.source.strip(),
            licence=provenance.licence.strip(),
            sha256=sha256,
            proposed_by=acting_user,
            proposed_at=now,
        )
        _record(imported, "begun", acting_user=acting_user, now=now)
    return imported


def _take(file: BinaryIO, imported: BankImport, on_bad: Callable[[Line], None]) -> Counter[Found]:
    """Make the entries that the bank lacks, piece by piece; how many lines were what."""
    counts: Counter[Found] = Counter()
    file.seek(0)
    hashes = _hashes(file, counts, on_bad)
    while lines := list(islice(hashes, ENTRIES_PER_STATEMENT)):
        with transaction.atomic():
            _lock_unread(imported)
            # Whoever takes the same hash first has it; entries that stand are unique in a bank.
            BankEntry.objects.bulk_create(
                [_entry(imported, line) for line in lines], ignore_conflicts=True
            )
    return counts


def _hashes(
    file: BinaryIO, counts: Counter[Found], on_bad: Callable[[Line], None]
) -> Iterator[Line]:
    for line in read(file):
        counts[line.found] += 1
        if line.found is Found.HASH:
            yield line
        elif line.found is Found.BAD:
            on_bad(line)


def _entry(imported: BankImport, line: Line) -> BankEntry:
    return BankEntry(
        bank_id=imported.bank_id,
        rule=imported.rule,
        pdq=line.pdq,
        state=EntryState.WITH_IMPORT,
        quality=line.quality,
        bank_import=imported,
        proposed_by_id=imported.proposed_by_id,
        proposed_at=imported.proposed_at,
    )


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(READ_BYTES):
        digest.update(piece)
    return digest.hexdigest()


def _locked(import_id: int, acting_user: User) -> BankImport:
    rows = BankImport.objects.visible_to(acting_user).select_related("bank")
    return rows.select_for_update(of=("self",)).get(pk=import_id)


def _lock_unread(imported: BankImport) -> BankImport:
    """The import, locked while nobody has refused it or read it to its end."""
    locked = BankImport.objects.select_for_update(of=("self",)).select_related("bank")
    row = locked.get(pk=imported.pk)
    if row.state != EntryState.PROPOSED or row.read_at is not None:
        raise banks.EntryStateError("somebody else refused this import, or finished it")
    return row


def _require_state(imported: BankImport, *states: EntryState) -> None:
    if imported.stage not in states:
        raise banks.EntryStateError(f"this import is: {imported.stage.label.lower()}")


def _end(
    imported: BankImport, state: EntryState, reason: str, *, acting_user: User, now: datetime
) -> None:
    agreeing.end(imported, state, reason, acting_user=acting_user, now=now)
    _forget_notes(imported)
    _record(imported, state.value, acting_user=acting_user, now=now)


def _release(bank: Bank) -> None:
    """Let go of the hashes of imports that have ended: the bank may take them anew."""
    for ended in bank.imports.exclude(state__in=STANDING):
        bound = ended.entries.filter(state=EntryState.WITH_IMPORT)
        while keys := list(bound.values_list("pk", flat=True)[:ENTRIES_PER_STATEMENT]):
            BankEntry.objects.filter(pk__in=keys).update(
                state=ended.state,
                ended_by=ended.ended_by,
                ended_at=ended.ended_at,
                ending=ended.ending,
            )


def _forget_notes(imported: BankImport) -> None:
    """As with entries of our own: the ids of who was met go with the trial."""
    BankHit.objects.filter(entry__bank_import=imported, report=None).delete()


def _record(imported: BankImport, act: str, *, acting_user: User | None, now: datetime) -> None:
    """Put an act on the record, and let the judges' copies be made anew."""
    Bank.objects.filter(pk=imported.bank_id).update(revision=F("revision") + 1)
    audit.record(
        f"bank_import.{act}",
        target=imported,
        payload={
            "bank": imported.bank.code,
            "rule": str(imported.rule),
            "source": imported.source,
            "licence": imported.licence,
            "sha256": imported.sha256,
            "hashes": imported.hashes,
            "entries": imported.entries_made,
            "skipped": imported.skipped,
            "poor": imported.poor,
            "bad": imported.bad,
        },
        acting_user=acting_user,
        now=now,
    )
