"""The web process: pages by Django, sockets by chat. Daphne runs it, and uvicorn on relay nodes."""

import gc
import os
from typing import Any

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

# This loads the settings and the apps, which the imports below need.
django.setup()

from config.checks import refuse_unsafe_boot  # noqa: E402
from config.parts import Part  # noqa: E402

try:
    refuse_unsafe_boot(Part.WEB)
except ImproperlyConfigured as error:
    # Whoever reads why it doesn't start has no use for the server's stack.
    raise SystemExit(str(error)) from None

# After it: the chat makes its signers while it is loaded, and pages want their files to be there.
from chat.relay.lifespan import lifespan_application  # noqa: E402
from chat.routing import beside_relay, websocket_urlpatterns  # noqa: E402

# Django and Channels type ASGI differently; both speak it.
pages: Any = get_asgi_application()

application = ProtocolTypeRouter(
    {
        # The probe that finds the process ready has then started its relay, too.
        "http": beside_relay(pages),
        # Django's types know views only; Channels routes to ASGI applications by the same patterns.
        "websocket": URLRouter(websocket_urlpatterns),  # type: ignore[arg-type]
        "lifespan": lifespan_application,
    }
)

# What is loaded by now stays: the collector need not walk it again and again, while hundreds of
# sockets wait for it (make bench-burst).
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
