from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "Parley"

    def ready(self) -> None:
        """Registers the checks that stop a production boot."""
