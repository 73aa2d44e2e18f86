"""What one person brings to a bank and another agrees to: an entry, or a whole import (I17)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.public_id import PubliclyNamed


class EntryState(models.TextChoices):
    """PROPOSED waits for the second person; LOG_ONLY notes what it meets and does nothing.

    An imported entry is WITH_IMPORT until it alone is refused or revoked: a million of them change
    by changing one row.
    """

    PROPOSED = "proposed", _("Waits for a second person")
    LOG_ONLY = "log_only", _("On trial")
    ACTIVE = "active", _("In force")
    REFUSED = "refused", _("Refused")
    REVOKED = "revoked", _("Revoked")
    WITH_IMPORT = "import", _("As its import")


LIVE = (EntryState.LOG_ONLY, EntryState.ACTIVE)
"""States in which judges look an entry up."""
STANDING = (EntryState.PROPOSED, *LIVE)
"""States of which a bank has at most one entry for a hash."""


class BankProposal(PubliclyNamed):
    """Where it is, who proposed it and who agreed, and how it ended.

    `approved_at` begins the trial, `active_at` ends it. `ended_by` is who refused or revoked it,
    for the reason in `ending`.
    """

    state = models.CharField(max_length=10, choices=EntryState, default=EntryState.PROPOSED)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    active_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.TextField(max_length=2000, blank=True)

    class Meta:
        abstract = True
