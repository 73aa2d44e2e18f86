"""Warnings by staff, shown once on one page of whoever is warned: now, or at the next visit."""

import logging

from chat import advice, clock, database
from chat.consumers.outbox import Outbox
from chat.database import DatabaseUnavailable
from reports.sanctions import warnings
from reports.snapshots import Person

_log = logging.getLogger(__name__)


async def tell(outbox: Outbox, person: Person) -> None:
    """Send the warnings that wait for `person`; those that the socket didn't take wait on.

    Each is marked as told before it goes out, so that of two sockets one shows it. Whatever fails
    is tried again at the next lease or visit; the statement and /me/ have it in any case.
    """
    try:
        claimed = await database.run(warnings.claim_untold, person, clock.now())
        unsent = list(claimed)
        for warning in claimed:
            await outbox.send("notice", **advice.warned(warning))
            if outbox.is_closed:
                break
            unsent.remove(warning)
        if unsent:
            await database.run(warnings.put_back, [warning.sanction for warning in unsent])
    except DatabaseUnavailable as error:
        _log.warning("warnings were not told: %s", error)
