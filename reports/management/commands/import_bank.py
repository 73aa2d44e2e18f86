"""`manage.py import_bank`: read a file of hashes, which then waits for a second person."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.known_pictures import bank_imports, banks
from reports.known_pictures.bank_imports import Provenance
from reports.known_pictures.hash_files import Line
from reports.models import Bank
from reports.roles import NotAllowedError
from reports.rules import Rule

SAID_MAX = 10


class Command(BaseCommand):
    """Run again after an interruption: it goes on, and adds nothing twice."""

    help = "Read a file of PDQ hashes (CSV, or what threatexchange prints) into a bank."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--source", required=True, help="whose list it is, and of when")
        parser.add_argument("--licence", required=True, help="what it may be used under")
        parser.add_argument(
            "--proposed-by", required=True, metavar="STAFF", help="the account that answers for it"
        )
        parser.add_argument(
            "--rule",
            required=True,
            choices=sorted(rule.value for rule in banks.PICTURE_RULES),
            help="what showing its pictures breaks",
        )
        parser.add_argument(
            "--bank", default="imported", help="its code: imported, or imported-child-safety"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        provenance = Provenance(
            source=options["source"],
            licence=options["licence"],
            bank=options["bank"],
            rule=Rule(options["rule"]),
        )
        bad: list[Line] = []

        def on_bad(line: Line) -> None:
            if len(bad) < SAID_MAX:
                bad.append(line)

        try:
            user = User.objects.get(username=options["proposed_by"])
            with options["file"].open("rb") as file:
                imported = bank_imports.propose(
                    file, provenance, acting_user=user, now=timezone.now(), on_bad=on_bad
                )
        except User.DoesNotExist as error:
            raise CommandError(f"no account {options['proposed_by']}") from error
        except Bank.DoesNotExist as error:
            raise CommandError(f"no bank {options['bank']} for imports by this account") from error
        except (banks.BankError, NotAllowedError, OSError) as error:
            raise CommandError(str(error)) from error
        for line in bad:
            self.stderr.write(f"line {line.number}: {line.problem}")
        if imported.bad > len(bad) > 0:
            self.stderr.write(f"and {imported.bad - len(bad)} more lines that can't be read")
        self.stdout.write(
            f"import {imported.pk}: {imported.get_state_display().lower()}\n"
            f"entries {imported.entries_made}\nknown already {imported.repeated}\n"
            f"other signals {imported.skipped}\ntoo little to see {imported.poor}\n"
            f"bad lines {imported.bad}\nsha256 {imported.sha256}"
        )
