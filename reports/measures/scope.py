"""What a measure may count: which time, which queues, and whether it may name people."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection

from reports.measures.tables import Cell
from reports.models.sealing import Queue
from reports.roles import Right, has_right, require

PERIODS_DAYS = (7, 30, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """From `since` (the start of a day, UTC) to `until`. What is in no queue of `queues` is
    neither counted nor part of any share: who may not know of it can't infer it (I11)."""

    since: datetime
    until: datetime
    queues: tuple[Queue, ...]
    names_people: bool


def scope_of(user: User, *, days: int, now: datetime) -> Scope:
    """What `user` may have counted over the last `days`, today included. Raises
    `NotAllowedError`."""
    require(user, Right.SEE_MEASURES)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Scope(
        since=midnight - timedelta(days=days - 1),
        until=now,
        queues=countable_queues(user),
        names_people=has_right(user, Right.SEE_PEOPLE),
    )


def countable_queues(user: User) -> tuple[Queue, ...]:
    """Sealed queues are counted for the child-safety role alone, whoever else may see measures."""
    if has_right(user, Right.CHILD_SAFETY):
        return (Queue.STANDARD, Queue.CHILD_SAFETY, Queue.AGE_DOUBT)
    return (Queue.STANDARD,)


def ask(query: str, scope: Scope, **more: Cell) -> list[tuple[Cell, ...]]:
    """The rows of a query, which gets `since`, `until`, `queues`, `names_people` and `more`."""
    values: dict[str, Any] = {
        "since": scope.since,
        "until": scope.until,
        "queues": [queue.value for queue in scope.queues],
        "names_people": scope.names_people,
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [tuple(row) for row in cursor.fetchall()]
