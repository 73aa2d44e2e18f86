"""Banks of known pictures: hashes, who put them there and agreed, and what they have met (I17)."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.models.bank_proposal import BankProposal, EntryState
from reports.models.evidence import Evidence
from reports.models.report import Report
from reports.models.sanction import Sanction
from reports.models.sealing import Queue, SealedQuerySet


class BankKind(models.TextChoices):
    CONFIRMED = "confirmed", _("Own confirmed findings")
    IMPORTED = "imported", _("Imported")


class BankQuerySet(SealedQuerySet["Bank"]):
    """Banks by who may know of them."""


class Bank(models.Model):
    """A collection of hashes. One in the child-safety queue exists for that role alone.

    `about` says what a match means. `revision` rises with every change to what judges look up.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    about = models.TextField(max_length=1000, blank=True)
    kind = models.CharField(max_length=10, choices=BankKind)
    queue = models.CharField(max_length=16, choices=Queue, default=Queue.STANDARD)
    revision = models.PositiveBigIntegerField(default=0)

    objects = BankQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class BankEntryQuerySet(SealedQuerySet["BankEntry"]):
    """Sealed with their bank."""

    queue_path = "bank__queue"
    report_path = "evidence__report"

    def in_stage(self, *states: EntryState) -> Self:
        """Entries in one of these states, by themselves or with their import."""
        with_import = Q(state=EntryState.WITH_IMPORT, bank_import__state__in=states)
        return self.filter(Q(state__in=states) | with_import)


class BankEntry(BankProposal):
    """One known picture, by its hash alone.

    `pdq` is the hash as it is exchanged (hex), `crops` those that are compared as well
    (`reports.hashing.crops`; none for an imported hash). `rule` is what showing it breaks. It was
    picked from a report (`evidence`) or came with a file (`bank_import`): then its `quality` may be
    unknown, and who agreed and when is the import's. `ended_by` is null for the machine, which
    refuses what it meets in clear streams.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="entries")
    rule = models.CharField(max_length=32)
    pdq = models.CharField(max_length=64)
    crops = models.JSONField(default=list, blank=True)
    quality = models.PositiveSmallIntegerField(null=True, blank=True)
    evidence = models.ForeignKey(
        Evidence, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_entries"
    )
    bank_import = models.ForeignKey(
        "BankImport", null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    proposal = models.TextField(max_length=2000)

    objects = BankEntryQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        permissions = (
            ("propose_bankentry", "Can pick a confirmed frame for a bank"),
            ("approve_bankentry", "Can agree to another's bank entry, and revoke"),
        )
        verbose_name = "known picture"
        verbose_name_plural = "known pictures"
        ordering = ("-proposed_at",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=("log_only", "active"))
                | Q(approved_by__isnull=False, approved_at__isnull=False)
                & ~Q(approved_by=F("proposed_by")),
                name="bank_entry_by_two",
            ),
            models.CheckConstraint(
                condition=Q(quality__gte=50, quality__lte=100), name="bank_entry_quality"
            ),
            models.CheckConstraint(
                condition=Q(evidence__isnull=False, bank_import=None, quality__isnull=False)
                & ~Q(state="import")
                | Q(evidence=None, bank_import__isnull=False)
                & Q(state__in=("import", "refused", "revoked")),
                name="bank_entry_comes_from_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(pdq__regex=r"^[0-9a-f]{64}$"), name="bank_entry_is_a_hash"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("refused", "revoked"))
                | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="bank_entry_ends_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=("bank", "pdq"),
                condition=Q(state__in=("proposed", "log_only", "active", "import")),
                name="bank_entry_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("state",),
                condition=Q(state__in=("proposed", "log_only")),
                name="bank_entry_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"entry {self.short_id} of {self.bank}"

    @property
    def stage(self) -> EntryState:
        """Where the entry is, by itself or with its import."""
        if self.state == EntryState.WITH_IMPORT and self.bank_import is not None:
            return EntryState(self.bank_import.state)
        return EntryState(self.state)


class BankHitQuerySet(SealedQuerySet["BankHit"]):
    """Sealed by their own queue: what was acted on is a child-safety matter (I11)."""


class BankHit(models.Model):
    """A judged frame that was near an entry; one per entry, conversation and person.

    Without a report it was only noted: `was_clear` says that nothing else was wrong with the
    frame. `sanction` is what the hit brought about.
    """

    entry = models.ForeignKey(BankEntry, on_delete=models.PROTECT, related_name="hits")
    queue = models.CharField(max_length=16, choices=Queue)
    conversation = models.UUIDField()
    participant = models.UUIDField()
    device = models.UUIDField()
    at = models.DateTimeField()
    distance = models.PositiveSmallIntegerField()
    orientation = models.CharField(max_length=40)
    crop = models.CharField(max_length=10)
    was_clear = models.BooleanField(default=False)
    report = models.ForeignKey(
        Report, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_hits"
    )
    sanction = models.ForeignKey(
        Sanction, null=True, blank=True, on_delete=models.PROTECT, related_name="bank_hits"
    )

    objects = BankHitQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        ordering = ("at",)
        constraints = (
            models.UniqueConstraint(
                fields=("entry", "conversation", "participant"), name="bank_hit_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.distance} bits from {self.entry_id}"
