"""`manage.py export_audit`: the audit trail as a file that anybody can check."""

from argparse import ArgumentParser
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.trail import export as trail_export


class Command(BaseCommand):
    """Beside the file, `sha256sum --check` finds FILE.sha256."""

    help = "Write the audit trail as JSON lines, and its SHA-256 beside it; the export is audited."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        digest = sha256()
        try:
            with path.open("xb") as file:
                path.chmod(0o600)
                for data in trail_export.chunks(trail_export.begin(acting_user=None)):
                    file.write(data)
                    digest.update(data)
        except OSError as error:
            raise CommandError(
                f"{path} can't be written ({error.strerror}): name a new file"
            ) from error
        beside = path.with_name(f"{path.name}.sha256")
        beside.write_text(f"{digest.hexdigest()}  {path.name}\n", encoding="ascii")
        self.stdout.write(f"{path}\nsha256 {digest.hexdigest()}")
