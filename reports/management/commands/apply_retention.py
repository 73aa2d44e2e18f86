"""`manage.py apply_retention`: destroy what is over its time now, or list it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports import retention
from reports.house_rules.retention_rules import RetentionRulesError


class Command(BaseCommand):
    """The ops worker does the same every hour. Stopped or killed, it goes on with the next run."""

    help = "Destroy evidence and lines whose time is over; legal holds come first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="only list what would go, and what a hold keeps"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"]:
                self._list()
            else:
                self._sweep()
        except RetentionRulesError as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        going = kept = 0
        for due in retention.plan(timezone.now()):
            since = f"{due.kept}, closed {due.closed_at:%Y-%m-%d}, {due.items} item(s)"
            if due.holds:
                kept += 1
                numbers = ", ".join(str(hold) for hold in due.holds)
                self.stdout.write(f"kept by legal hold {numbers}: {due.report} ({since})")
            else:
                going += 1
                self.stdout.write(f"would go: {due.report} ({since})")
        self.stdout.write(
            f"{going} report(s) would go, {kept} kept by legal holds; rules "
            f"{retention.rules().version}"
        )

    def _sweep(self) -> None:
        while (swept := retention.sweep(timezone.now())).reports:
            self.stdout.write(f"{swept.reports} report(s), {swept.destroyed} item(s) destroyed")
        self.stdout.write(f"nothing more is over its time; {swept.orphans} file(s) without a row")
