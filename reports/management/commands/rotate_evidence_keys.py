"""`manage.py rotate_evidence_keys`: rewrap evidence to a new key pair."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.evidence_room import key_rotation
from reports.keys import KeyFormatError


class Command(BaseCommand):
    """Stopped or killed, the same command goes on. Exit code 1 while older keys are needed."""

    help = (
        "Rewrap evidence from EVIDENCE_PRIVATE_KEYS_BEFORE to EVIDENCE_PUBLIC_KEY, item by item, "
        "and say which older keys can be thrown away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rotated = key_rotation.rotate(timezone.now, self._on_batch)
        except (KeyFormatError, key_rotation.NoNewKeyError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"rewrapped {rotated.rewrapped} to {rotated.key_id}")
        for key_id in rotated.retired:
            self.stdout.write(
                f"nothing is sealed to {key_id} any more: take it out of "
                "EVIDENCE_PRIVATE_KEYS_BEFORE, and throw it away"
            )
        for evidence in rotated.damaged:
            self.stderr.write(f"evidence {evidence} does not open with the key it names")
        for key_id, items in rotated.left.items():
            self.stderr.write(f"{items} item(s) are still sealed to {key_id}: keep that key")
        if rotated.left:
            sys.exit(1)

    def _on_batch(self, items: int) -> None:
        self.stdout.write(f"rewrapped {items} so far")
