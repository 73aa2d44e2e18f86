"""`manage.py verify_audit`: walk the audit trail and say whether it is intact."""

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from reports import anchors, audit, trail_rights
from reports.keys import KeyFormatError, anchor_public_key


class Command(BaseCommand):
    """Exit code 0 for an intact trail, 1 for a broken one or one that can't be vouched for."""

    help = "Walk the audit trail, check it against its anchors and name the first broken entry."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.AUDIT_ANCHOR_DIR
        try:
            found = audit.verify(self._anchors(folder))
        except anchors.AnchorError as error:
            raise CommandError(f"broken: {error}") from error
        self.stdout.write(f"entries {found.count}")
        self.stdout.write(f"head {found.head_hash}")
        self.stdout.write(f"anchors {found.anchors}")
        with connection.cursor() as cursor:
            is_confined = trail_rights.is_confined(cursor)
        if not is_confined:
            self.stderr.write("warning: this database role could alter the trail; use parley_app")
        if not found.is_intact:
            self.stderr.write(f"broken at sequence {found.broken_at}: {found.problem}")
            sys.exit(1)
        self.stdout.write("intact")

    def _anchors(self, folder: Any) -> list[anchors.Anchor]:
        if not anchors.has_any(folder):
            return []
        try:
            key = anchor_public_key(settings.AUDIT_ANCHOR_PUBLIC_KEY, settings.AUDIT_ANCHOR_KEY)
        except KeyFormatError as error:
            raise CommandError(
                f"{folder} holds anchors and no key to check them: {error}"
            ) from error
        return list(anchors.load(folder, key))
