"""Which report a member of the staff has before them: the one in their hands, else the next one.

Whoever holds a claim goes on with it: nobody piles up reports that others could be looking at.
"""

from datetime import datetime

from django.contrib.auth.models import User

from reports import review
from reports.models import Report, State
from reports.roles import Right, require


def in_hand(*, acting_user: User, now: datetime) -> Report | None:
    """The most urgent report whose claim the account holds at `now`, or None."""
    return (
        Report.objects.visible_to(acting_user)
        .filter(state=State.CLAIMED, claimed_by=acting_user, claimed_until__gt=now)
        .order_by("-rank")
        .first()
    )


def next_report(*, acting_user: User, now: datetime) -> Report | None:
    """The report in hand, else the most urgent one, claimed; None when nothing waits."""
    require(acting_user, Right.REVIEW)
    return in_hand(acting_user=acting_user, now=now) or review.claim_next(
        acting_user=acting_user, now=now
    )
