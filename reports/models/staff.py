"""Accounts of the staff, whose table is Django's own, and the rights about them."""

from django.contrib.auth.models import User
from django.db import models


class Account(User):
    """An account as its pages name it. What is done to one is done to the `User`."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "account"


class Staff(models.Model):
    """No table: Django hangs permissions on models, and accounts are Django's own."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = (("manage_accounts", "Can manage staff accounts and roles"),)

    def __str__(self) -> str:
        return "staff"
