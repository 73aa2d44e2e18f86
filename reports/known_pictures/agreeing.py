"""One person proposes, another agrees: the same for one entry and for a whole import (I17)."""

from datetime import datetime

from django.contrib.auth.models import User

from reports.models import EntryState
from reports.models.bank_proposal import BankProposal
from reports.roles import Right, require
from reports.sanctions import enforcement


def agree(row: BankProposal, *, acting_user: User, now: datetime) -> None:
    """Let a locked proposal go on trial. Raises `TwoPeopleNeededError` for who made it."""
    if row.proposed_by_id == acting_user.pk:
        raise enforcement.TwoPeopleNeededError("what one person proposes needs a second person")
    row.state = EntryState.LOG_ONLY
    row.approved_by, row.approved_at = acting_user, now
    row.save()


def require_may_refuse(row: BankProposal, user: User) -> None:
    """Who made a proposal takes it back; everybody else needs the right to agree."""
    is_own = row.proposed_by_id == user.pk
    require(user, Right.PROPOSE_ENTRY if is_own else Right.APPROVE_ENTRY)


def end(
    row: BankProposal, state: EntryState, reason: str, *, acting_user: User | None, now: datetime
) -> None:
    """Refuse or revoke a locked proposal; nobody but the trial refuses by itself."""
    row.state = state
    row.ended_by, row.ended_at, row.ending = acting_user, now, reason
    row.save()
