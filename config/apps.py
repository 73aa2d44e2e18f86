from django.apps import AppConfig
from django.core.checks import register

from config.checks import deployment


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Parley"

    def ready(self) -> None:
        """Let `manage.py check --deploy` list what would stop a production boot."""
        register(deployment, "parley", deploy=True)
