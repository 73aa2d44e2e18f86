from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chat.admission.addresses import parse_networks


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stop the boot over proxies that nobody could ever trust."""
        try:
            parse_networks(settings.TRUSTED_PROXIES)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"Unexpected value in TRUSTED_PROXIES, use networks like 10.0.0.0/8: {error}"
            ) from None
