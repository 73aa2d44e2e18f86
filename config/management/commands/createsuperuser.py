"""`manage.py createsuperuser`: Django's own, with an entry in the audit trail."""

from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User

from reports.trail import audit


class Command(createsuperuser.Command):
    """An administrator who is made on the server is on the record like one made by another."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account and record it; nobody on the staff has acted, so nobody is named."""
        before = set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))
        super().handle(*args, **options)
        # After it and not around it: no transaction may wait while somebody types.
        with audit.trail():
            for user in User.objects.filter(is_superuser=True).exclude(pk__in=before):
                audit.record(
                    "account.administrator_created", target=user, payload={}, acting_user=None
                )
