"""Which rows an account may list, count, search or open at all (invariant I11)."""

from typing import Any, Self, TypeVar, cast

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.roles import Right, has_right

Row = TypeVar("Row", bound=models.Model)


class Queue(models.TextChoices):
    """Where a report waits. The last two are sealed to the child-safety role."""

    STANDARD = "standard", _("Standard")
    CHILD_SAFETY = "child_safety", _("Child safety")
    AGE_DOUBT = "age_doubt", _("Age doubt")


def visible_queues(user: object) -> tuple[Queue, ...]:
    """The queues whose rows the account may know of; none for who may not review."""
    if not has_right(user, Right.REVIEW):
        return ()
    if has_right(user, Right.CHILD_SAFETY):
        return (Queue.STANDARD, Queue.CHILD_SAFETY, Queue.AGE_DOUBT)
    return (Queue.STANDARD,)


def shown_queues(row: Any) -> tuple[Queue, ...]:
    """The queues that may be counted where `row` is shown: who reads it may know of no others."""
    return (Queue.STANDARD,) if row.queue == Queue.STANDARD else tuple(Queue)


class SealedQuerySet(models.QuerySet[Row]):
    """Rows that belong to a queue; `queue_path` leads from the model to the queue's column.

    `report_path` leads to the row's report, where the row would tell how that was decided; empty
    where it tells nothing.
    """

    queue_path = "queue"
    report_path = ""

    def visible_to(self, user: object) -> Self:
        """Only the rows whose queue the account may see, and none that it is judging blind."""
        queues, viewer = visible_queues(user), cast(Any, user)
        rows = self.filter(**{f"{self.queue_path}__in": queues})
        if queues and self.report_path:
            judged = apps.get_model("reports", "QualityItem").objects.filter(held_by=viewer)
            # A list, not a join: it is found once, instead of for each row of a long queue.
            rows = rows.exclude(**{f"{self.report_path}__in": judged.values("report")})
        return rows
