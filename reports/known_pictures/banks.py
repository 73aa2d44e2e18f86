"""Banks of known pictures: who may put a frame there, and what follows from meeting one (I17).

    BankError              a retry does not help
    ├── UnfitFrameError    this frame can't be an entry
    └── EntryStateError    the entry's state does not allow it

One person picks a confirmed frame, another agrees; for a day the entry only notes what it meets;
then the machine puts it in force, or refuses it when it met people whose pictures were clear.
Revoking lifts every sanction that it brought about. `NotAllowedError`, `DoesNotExist` (also for
what the account may not know of) and `enforcement.TwoPeopleNeededError` are raised as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from reports.hashing.crops import QUALITY_MIN
from reports.hashing.sightings import BankMatch, KnownPicture
from reports.known_pictures import agreeing
from reports.models import (
    Bank,
    BankEntry,
    BankHit,
    BankImport,
    BankKind,
    DecisionKind,
    EntryState,
    Evidence,
    MachineFinding,
    Outcome,
    Report,
    Sanction,
)
from reports.models.bank_proposal import LIVE, STANDING
from reports.models.sealing import Queue
from reports.roles import Right, require
from reports.rules import Rule
from reports.sanctions import enforcement
from reports.snapshot_json import decode
from reports.snapshots import EvidenceKind, Person
from reports.trail import audit

LOG_ONLY = timedelta(hours=24)
CLEAR_PEOPLE_MAX = 2
"""An entry on trial that met clear pictures of more devices than these is refused. Devices, since
one person who shows the very picture and goes undetected must not be able to have it refused."""

PICTURE_RULES = frozenset(
    {
        Rule.NUDITY,
        Rule.MINOR,
        Rule.GROOMING,
        Rule.VIOLENCE,
        Rule.SELF_HARM,
        Rule.HATE,
        Rule.SPAM,
    }
)
"""Rules that a picture by itself can break; a frame of an insult's sender is no known picture."""

ENTRIES_PER_CHUNK = 5000


class BankError(Exception):
    """The act is not possible as asked."""


class UnfitFrameError(BankError):
    """Only a frame of a confirmed report that shows enough can be an entry."""


class EntryStateError(BankError):
    """The entry is not where this act starts from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """Entries that came into force, and entries that the machine refused."""

    active: int
    refused: int


def propose(evidence_id: UUID, *, reason: str, acting_user: User, now: datetime) -> BankEntry:
    """Pick a frame of a confirmed report; its queue says which bank. Nothing is looked up yet."""
    require(acting_user, Right.PROPOSE_ENTRY)
    with audit.trail():
        visible = Evidence.objects.visible_to(acting_user).select_related("report")
        frame = visible.get(pk=evidence_id)
        if why := why_unfit(frame):
            raise UnfitFrameError(why)
        queue = Queue.STANDARD if frame.report.queue == Queue.STANDARD else Queue.CHILD_SAFETY
        bank = Bank.objects.get(kind=BankKind.CONFIRMED, queue=queue)
        if bank.entries.filter(pdq=frame.pdq, state__in=STANDING).exists():
            raise UnfitFrameError("this picture is in the bank already")
        entry = BankEntry.objects.create(
            bank=bank,
            rule=frame.report.rule,
            pdq=frame.pdq,
            crops=frame.pdq_crops,
            quality=frame.pdq_quality or 0,
            evidence=frame,
            proposed_by=acting_user,
            proposed_at=now,
            proposal=reason,
        )
        _record(entry, "proposed", acting_user=acting_user, now=now)
    return entry


def why_unfit(frame: Evidence) -> str:
    """Why this can't be an entry, "" when it can."""
    if frame.report.outcome != Outcome.CONFIRMED:
        return "confirm the report first: only confirmed frames enter a bank"
    if frame.kind != EvidenceKind.FRAME.value or not frame.pdq:
        return "pick a frame: a segment has no hash"
    if (frame.pdq_quality or 0) < QUALITY_MIN:
        return "there is too little to see in it: its hash would match anything"
    if frame.report.queue == Queue.AGE_DOUBT or Rule(frame.report.rule) not in PICTURE_RULES:
        return "this report is not about what its picture shows"
    return ""


def standing_entry(frame: Evidence) -> BankEntry | None:
    """The entry made of this frame that waits or is looked up."""
    return frame.bank_entries.filter(state__in=STANDING).first()


def approve(entry_id: int, *, acting_user: User, now: datetime) -> BankEntry:
    """Another person agrees; the entry goes on trial. Raises `TwoPeopleNeededError`."""
    require(acting_user, Right.APPROVE_ENTRY)
    with audit.trail():
        entry = _locked(entry_id, acting_user)
        _require_picked(entry)
        agreeing.agree(entry, acting_user=acting_user, now=now)
        _record(entry, "approved", acting_user=acting_user, now=now)
    return entry


def refuse(entry_id: int, *, reason: str, acting_user: User, now: datetime) -> None:
    """Turn a proposal down; who made it may take it back like this, too."""
    with audit.trail():
        entry = _locked(entry_id, acting_user)
        agreeing.require_may_refuse(entry, acting_user)
        _require_picked(entry)
        _end(entry, EntryState.REFUSED, reason, acting_user=acting_user, now=now)


def revoke(entry_id: int, *, reason: str, acting_user: User, now: datetime) -> None:
    """Take an entry out at once, and lift every sanction that rests on it alone."""
    require(acting_user, Right.APPROVE_ENTRY)
    with audit.trail():
        entry = _locked(entry_id, acting_user)
        _require_state(entry, *LIVE)
        _end(entry, EntryState.REVOKED, reason, acting_user=acting_user, now=now)
        own = BankEntry.objects.filter(pk=entry.pk)
        lift_what_rests_on(own, reason=reason, acting_user=acting_user, now=now)


def lift_what_rests_on(
    entries: QuerySet[BankEntry], *, reason: str, acting_user: User, now: datetime
) -> None:
    """Lift the sanctions for which nothing speaks but these entries, which are revoked."""
    for sanction in _resting_on(entries):
        enforcement.withdraw(sanction, acting_user=acting_user, now=now)
        lifted = DecisionKind.LIFTED
        enforcement.decide(sanction, lifted, reason=reason, acting_user=acting_user, now=now)


def settle(now: datetime) -> Settled:
    """The machine's part: refuse what met clear pictures, put in force what was a day on trial.

    Imported entries come into force with their import (`reports.known_pictures.bank_imports`).
    """
    tried = BankEntry.objects.in_stage(EntryState.LOG_ONLY)
    met = _clear_hits().filter(entry__in=tried).order_by().values("entry")
    suspects = met.annotate(devices=Count("device", distinct=True))
    too_many = list(suspects.filter(devices__gt=CLEAR_PEOPLE_MAX))
    refused = sum(_refuse_suspect(row["entry"], now) for row in too_many)
    own = BankEntry.objects.filter(state=EntryState.LOG_ONLY)
    ripe = own.filter(approved_at__lte=now - LOG_ONLY).values_list("pk", flat=True)
    active = sum(_put_in_force(pk, now) for pk in list(ripe))
    return Settled(active=active, refused=refused)


def _refuse_suspect(entry_id: int, now: datetime) -> bool:
    with audit.trail():
        entry = _lock_on_trial(entry_id)
        if entry is None:
            return False
        reason = f"met clear pictures of {clear_people(entry)} devices while on trial"
        _end(entry, EntryState.REFUSED, reason, acting_user=None, now=now)
    return True


def _put_in_force(entry_id: int, now: datetime) -> bool:
    with audit.trail():
        entry = _lock_on_trial(entry_id)
        if entry is None:
            return False
        entry.state, entry.active_at = EntryState.ACTIVE, now
        entry.save()
        _forget_notes(entry)
        _record(entry, "active", acting_user=None, now=now)
    return True


def _lock_on_trial(entry_id: int) -> BankEntry | None:
    """The entry, locked; None when a person ended its trial meanwhile."""
    rows = BankEntry.objects.select_for_update(of=("self",)).select_related("bank")
    return rows.in_stage(EntryState.LOG_ONLY).filter(pk=entry_id).first()


def clear_people(entry: BankEntry) -> int:
    """Devices with clear pictures that the entry met, in conversations nobody reported them in."""
    return _clear_hits().filter(entry=entry).values("device").distinct().count()


def _clear_hits() -> QuerySet[BankHit]:
    """Hits on clear pictures, in conversations nobody reported that person in."""
    reported = Report.objects.filter(
        conversation=OuterRef("conversation"), subject_participant=OuterRef("participant")
    )
    return BankHit.objects.filter(was_clear=True).exclude(Exists(reported))


def note_hit(
    match: BankMatch, conversation: UUID, person: Person, *, was_clear: bool, at: datetime
) -> None:
    """Keep that an entry on trial met somebody: no report, no sanction, no picture."""
    rows = BankEntry.objects.select_related("bank", "bank_import")
    entry = rows.filter(pk=match.entry).first()
    if entry is None or entry.stage is not EntryState.LOG_ONLY:
        return
    hit, is_new = BankHit.objects.get_or_create(
        entry=entry,
        conversation=conversation,
        participant=person.participant,
        defaults=_hit_fields(match, person, at) | {"queue": entry.bank.queue},
    )
    if is_new or (hit.was_clear and not was_clear):
        hit.was_clear = was_clear
        hit.save(update_fields=["was_clear"])


def lock_entry(match: BankMatch) -> BankEntry:
    """The entry that was met, locked with its import: whoever revokes either lifts what is about
    to be imposed. Also one that was revoked since. Raises `DoesNotExist`."""
    entry = BankEntry.objects.select_for_update().get(pk=match.entry)
    if entry.bank_import_id is not None:
        imports = BankImport.objects.select_for_update()
        entry.bank_import = imports.get(pk=entry.bank_import_id)
    return entry


def record_hit(entry: BankEntry, match: BankMatch, report: Report, at: datetime) -> BankHit:
    """Keep a hit that was acted on with its report, sealed whatever the bank is (I11)."""
    person = decode(report.snapshot).subject
    hit, _ = BankHit.objects.update_or_create(
        entry=entry,
        conversation=report.conversation,
        participant=person.participant,
        defaults=_hit_fields(match, person, at) | {"queue": Queue.CHILD_SAFETY, "report": report},
    )
    audit.record(
        "bank.hit",
        target=report,
        payload={
            "entry": str(entry.public_id),
            "distance": match.distance,
            "orientation": match.orientation.value,
            "crop": match.crop.value,
        },
        acting_user=None,
        now=at,
    )
    return hit


def revision() -> int:
    """Rises whenever what judges look up has changed."""
    return Bank.objects.aggregate(total=Sum("revision"))["total"] or 0


def known_pictures() -> Iterator[KnownPicture]:
    """Every live entry, by its number."""
    rows = BankEntry.objects.in_stage(*LIVE).order_by("pk")
    fields = rows.values_list("pk", "state", "bank_import__state", "pdq", "crops")
    for pk, state, import_state, pdq, crops in fields.iterator(chunk_size=ENTRIES_PER_CHUNK):
        is_active = EntryState.ACTIVE in (state, import_state)
        yield KnownPicture(entry=pk, is_active=is_active, hashes=tuple(crops or [pdq]))


def _resting_on(revoked: QuerySet[BankEntry]) -> list[Sanction]:
    """The locked sanctions for which nothing else speaks: no other entry, no other finding."""
    active = BankEntry.objects.in_stage(EntryState.ACTIVE)
    entries = BankHit.objects.filter(sanction=OuterRef("pk"), entry__in=active)
    findings = MachineFinding.objects.filter(report=OuterRef("report"), is_match=False)
    rows = Sanction.objects.filter(bank_hits__entry__in=revoked, lifted_at=None).exclude(
        Exists(entries) | Exists(findings)
    )
    return [enforcement.lock(sanction) for sanction in rows.distinct().order_by("starts_at")]


def _locked(entry_id: int, acting_user: User) -> BankEntry:
    rows = BankEntry.objects.visible_to(acting_user).select_related("bank", "bank_import")
    return rows.select_for_update(of=("self",)).get(pk=entry_id)


def _require_picked(entry: BankEntry) -> None:
    if entry.bank_import_id is not None:
        raise EntryStateError("this entry goes with its import; decide about that")
    _require_state(entry, EntryState.PROPOSED)


def _require_state(entry: BankEntry, *states: EntryState) -> None:
    if entry.stage not in states:
        raise EntryStateError(f"this entry is {entry.stage.label.lower()}")


def _end(
    entry: BankEntry, state: EntryState, reason: str, *, acting_user: User | None, now: datetime
) -> None:
    agreeing.end(entry, state, reason, acting_user=acting_user, now=now)
    _forget_notes(entry)
    _record(entry, state.value, acting_user=acting_user, now=now)


def _forget_notes(entry: BankEntry) -> None:
    """Who was met on trial did nothing that anything followed from: their ids go with the trial."""
    entry.hits.filter(report=None).delete()


def _record(entry: BankEntry, act: str, *, acting_user: User | None, now: datetime) -> None:
    """Put an act on the record, and let the judges' copies be made anew."""
    Bank.objects.filter(pk=entry.bank_id).update(revision=F("revision") + 1)
    audit.record(
        f"bank_entry.{act}",
        target=entry,
        payload={
            "bank": entry.bank.code,
            "rule": entry.rule,
            "evidence": str(entry.evidence_id) if entry.evidence_id else None,
            "import": str(entry.bank_import.public_id) if entry.bank_import else None,
        },
        acting_user=acting_user,
        now=now,
    )


def _hit_fields(match: BankMatch, person: Person, at: datetime) -> dict[str, object]:
    return {
        "device": person.device,
        "at": at,
        "distance": match.distance,
        "orientation": match.orientation.value,
        "crop": match.crop.value,
    }
