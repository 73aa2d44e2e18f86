"""`manage.py verify_audit`: walk the audit trail and say whether it is intact."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from reports.keys import KeyFormatError, anchor_private_key
from reports.trail import checkpoints
from reports.trail import rights as trail_rights
from reports.trail import walks as trail_walks
from reports.trail.anchors import AnchorError
from reports.trail.verification import Verification

BROKEN, UNCERTAIN = 1, 2


class Command(BaseCommand):
    """Exit code 0 for an intact trail, 1 for a broken one, 2 for one that can't be vouched for."""

    help = "Walk the audit trail, check it against its anchors and name the first broken entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--state-file",
            type=Path,
            help="go on from where the last walk with this file ended, also one that was killed; "
            "signed with AUDIT_ANCHOR_KEY",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        began_s = time.monotonic()
        try:
            found = self._verify(options["state_file"])
        except AnchorError as error:
            raise CommandError(f"broken: {error}", returncode=BROKEN) from error
        except OSError as error:
            raise CommandError(
                f"the anchors can't be read: {error}", returncode=UNCERTAIN
            ) from error
        except (KeyFormatError, checkpoints.CheckpointError) as error:
            raise CommandError(str(error), returncode=UNCERTAIN) from error
        with connection.cursor() as cursor:
            is_confined = trail_rights.is_confined(cursor)
        if options["json"]:
            took_s = time.monotonic() - began_s
            self._print_json(found, is_confined=is_confined, took_s=took_s)
        else:
            self._print(found, is_confined=is_confined)
        if not found.is_intact:
            sys.exit(BROKEN)
        if found.count and not found.anchors:
            # Rewritten from its first entry on it would look like this, too.
            sys.exit(UNCERTAIN)

    def _verify(self, state_file: Path | None) -> Verification:
        if state_file is None:
            return trail_walks.walk()
        key = anchor_private_key(settings.AUDIT_ANCHOR_KEY)
        since = checkpoints.load(state_file, key)
        return trail_walks.walk(since, lambda reached: checkpoints.save(state_file, reached, key))

    def _print(self, found: Verification, *, is_confined: bool) -> None:
        if found.since:
            self.stdout.write(f"verified before up to {found.since}")
        self.stdout.write(f"entries {found.count}")
        self.stdout.write(f"head {found.head_hash}")
        self.stdout.write(f"anchors {found.anchors}")
        if not is_confined:
            self.stderr.write("warning: this database role could alter the trail; use parley_app")
        if found.is_intact and found.count and not found.anchors:
            self.stderr.write("warning: no anchors; a tail cut or a rewrite would go unnoticed")
        if found.is_intact:
            self.stdout.write("intact")
        else:
            self.stderr.write(f"broken at sequence {found.broken_at}: {found.problem}")

    def _print_json(self, found: Verification, *, is_confined: bool, took_s: float) -> None:
        said = {
            "is_intact": found.is_intact,
            "verified_before": found.since,
            "entries": found.count,
            "head": found.head_hash,
            "anchors": found.anchors,
            "broken_at": found.broken_at,
            "fault": found.fault,
            "problem": found.problem,
            "is_role_confined": is_confined,
            "took_s": round(took_s, 3),
        }
        self.stdout.write(json.dumps(said))
