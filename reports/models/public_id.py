"""An id to show where the row's own number would count rows that others may not know of (I11)."""

from django.contrib.postgres.functions import RandomUUID
from django.db import models


class PubliclyNamed(models.Model):
    """A row that addresses, lists, exports and the trail name by a random `public_id`.

    Its number stays within the program: the gap between two of them would tell how many sealed
    ones came in between.
    """

    public_id = models.UUIDField(unique=True, db_default=RandomUUID(), editable=False)

    class Meta:
        abstract = True

    @property
    def short_id(self) -> str:
        """The beginning of the public id, as people read and say it."""
        return str(self.public_id)[:8]
