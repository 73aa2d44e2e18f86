"""Rights that belong to no table of ours."""

from django.db import models


class Staff(models.Model):
    """No table: Django hangs permissions on models, and accounts are Django's own."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (("manage_accounts", "Can manage staff accounts and roles"),)

    def __str__(self) -> str:
        return "staff"
