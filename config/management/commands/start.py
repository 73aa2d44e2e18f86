"""`manage.py start PART`: become one process of the platform, for containers."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import children

PARTS = {
    "web": children.web,
    "relay": children.relay,
    "screening": children.screening,
    "ops": children.ops,
}


class Command(BaseCommand):
    help = "Become the web process, a relay node, a screening worker or the ops worker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """One part."""
        parser.add_argument("part", choices=sorted(PARTS))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Never return: the part takes this process's place.

        It gets the environment whole: a key that isn't its own is refused by its checks, which
        says more than leaving the key out would.
        """
        program = PARTS[options["part"]]()
        environment = {**program.environment, **os.environ}
        os.execve(program.command[0], program.command, environment)  # noqa: S606
