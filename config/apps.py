from django.apps import AppConfig
from django.core.checks import register

# Every process that loads the apps sends its tasks through this one.
from config import celery  # noqa: F401
from config.checks import deployment


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Parley"

    def ready(self) -> None:
        """Let `manage.py check --deploy` list what would stop a production boot."""
        register(deployment, "parley", deploy=True)
