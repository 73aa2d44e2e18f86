"""Which rows an account may list, count, search or open at all (invariant I11)."""

from typing import Any, Self, TypeVar

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


class SealedQuerySet(models.QuerySet[Row]):
    """Rows that belong to a queue; `queue_path` leads from the model to the queue's column."""

    queue_path = "queue"

    def visible_to(self, user: object) -> Self:
        """Only the rows whose queue the account may see."""
        queues: Any = visible_queues(user)
        return self.filter(**{f"{self.queue_path}__in": queues})
