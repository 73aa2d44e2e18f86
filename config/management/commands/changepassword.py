"""`manage.py changepassword`: Django's own, with an entry in the audit trail."""

import getpass
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User

from reports.trail import audit


class Command(changepassword.Command):
    """A password that is set on the server is on the record like one set by an administrator."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Change the password and record it; nobody on the staff has acted, so nobody is named."""
        said: str | None = super().handle(*args, **options)
        user = User.objects.get_by_natural_key(options["username"] or getpass.getuser())
        # After it and not around it: no transaction may wait while somebody types.
        with audit.trail():
            audit.record("account.password_renewed", target=user, payload={}, acting_user=None)
        return said
