"""A file of hashes that was brought in: whose, under which licence, and who agreed (I17)."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from reports.models.bank import Bank
from reports.models.bank_proposal import BankProposal, EntryState
from reports.models.sealing import SealedQuerySet


class BankImportQuerySet(SealedQuerySet["BankImport"]):
    """Sealed with their bank."""

    queue_path = "bank__queue"

    def in_stage(self, *states: EntryState) -> Self:
        """Imports in one of these states; as of entries."""
        return self.filter(state__in=states)


class BankImport(BankProposal):
    """One file; its entries are where it is.

    `sha256` is the file's digest. `read_at` is null while the file is being read, or when that was
    interrupted. The rest counts its lines: `hashes` that could be taken, of which `entries_made`
    were not in the bank already; `skipped` are other signals or harmless, `poor` show too little,
    `bad` can't be read.
    """

    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="imports")
    rule = models.CharField(max_length=32)
    source = models.CharField(max_length=200)
    licence = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    read_at = models.DateTimeField(null=True, blank=True)
    hashes = models.PositiveBigIntegerField(default=0)
    entries_made = models.PositiveBigIntegerField(default=0)
    skipped = models.PositiveBigIntegerField(default=0)
    poor = models.PositiveBigIntegerField(default=0)
    bad = models.PositiveBigIntegerField(default=0)

    objects = BankImportQuerySet.as_manager()

    class Meta:
        default_permissions = ("view",)
        verbose_name = "import"
        verbose_name_plural = "imports"
        ordering = ("-proposed_at",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state__in=("log_only", "active"))
                | Q(approved_by__isnull=False, approved_at__isnull=False, read_at__isnull=False)
                & ~Q(approved_by=F("proposed_by")),
                name="bank_import_by_two",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("refused", "revoked"))
                | Q(ended_at__isnull=False) & ~Q(ending=""),
                name="bank_import_ends_for_a_reason",
            ),
            models.UniqueConstraint(
                fields=("bank", "sha256"),
                condition=Q(state__in=("proposed", "log_only", "active")),
                name="bank_import_once",
            ),
        )

    def __str__(self) -> str:
        return f"import {self.short_id}"

    @property
    def stage(self) -> EntryState:
        """Where the import is, and with it its entries."""
        return EntryState(self.state)

    @property
    def repeated(self) -> int:
        """Hashes that the bank had already, or the file twice."""
        return self.hashes - self.entries_made
