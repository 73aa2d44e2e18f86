"""Saved filters: ways to narrow the list of reports, by a name; one's own, or shared by a lead.

    SavedFilterError     a retry does not help
    ├── BadNameError     the name is empty, too long, or one of one's own already
    ├── EmptyError       it would narrow nothing
    └── TooManyError     nobody keeps more than FILTERS_MAX

`reports.roles.NotAllowedError` (sharing without the right) and `SavedFilter.DoesNotExist` (also for
somebody else's) are raised as they are.
"""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.models import User
from django.db import IntegrityError
from django.db.models import Q, QuerySet
from django.utils.http import urlencode

from reports.models import SavedFilter
from reports.reviewing.narrowing import PARAMETERS
from reports.roles import Right, require
from reports.snapshot_json import storable
from reports.trail import audit

NAME_MAX = 40
QUERY_MAX = 300
FILTERS_MAX = 9


class SavedFilterError(Exception):
    """The filter can't be kept as asked."""


class BadNameError(SavedFilterError):
    """A name of 1 to NAME_MAX characters that none of one's own has yet is needed."""


class EmptyError(SavedFilterError):
    """Nothing is chosen that could be kept."""


class TooManyError(SavedFilterError):
    """There are FILTERS_MAX already; take one away first."""


def visible_to(user: User) -> QuerySet[SavedFilter]:
    """One's own and the shared ones, by name."""
    return SavedFilter.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner")


def save(
    name: str, chosen: Mapping[str, str], *, is_shared: bool, acting_user: User, now: datetime
) -> SavedFilter:
    """Keep what is chosen under a name; what the list doesn't know is left out."""
    require(acting_user, Right.SHARE_FILTERS if is_shared else Right.REVIEW)
    title = storable(name).strip()
    if not 0 < len(title) <= NAME_MAX:
        raise BadNameError(f"give a name of at most {NAME_MAX} characters")
    query = urlencode({key: storable(chosen[key]) for key in PARAMETERS if chosen.get(key)})
    if not query or len(query) > QUERY_MAX:
        raise EmptyError("choose something to narrow the list by first")
    try:
        with audit.trail():
            User.objects.select_for_update().get(pk=acting_user.pk)
            if SavedFilter.objects.filter(owner=acting_user).count() >= FILTERS_MAX:
                raise TooManyError(f"{FILTERS_MAX} are enough; take one away first")
            kept = SavedFilter.objects.create(
                owner=acting_user, name=title, query=query, is_shared=is_shared
            )
            _record("filter.saved", kept, acting_user=acting_user, now=now)
    except IntegrityError as error:
        raise BadNameError("you have a filter of this name") from error
    return kept


def remove(filter_id: int, *, acting_user: User, now: datetime) -> None:
    """Take away one of one's own."""
    with audit.trail():
        kept = SavedFilter.objects.select_for_update().get(pk=filter_id, owner=acting_user)
        _record("filter.removed", kept, acting_user=acting_user, now=now)
        kept.delete()


def _record(verb: str, kept: SavedFilter, *, acting_user: User, now: datetime) -> None:
    audit.record(
        verb,
        target=kept,
        payload={"query": kept.query, "is_shared": kept.is_shared},
        acting_user=acting_user,
        now=now,
    )
