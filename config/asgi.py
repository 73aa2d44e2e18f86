"""The web process: pages by Django, sockets by chat.

An unknown socket path is chat.routing's business too: it is accepted and closed with 4404, since
a refusal before accept reaches browsers as a bare failure.
"""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

# First: this loads the settings and the apps, which the routing's imports need.
pages = get_asgi_application()

from chat.routing import websocket_urlpatterns  # noqa: E402
from config.checks import Part, refuse_unsafe_boot  # noqa: E402

refuse_unsafe_boot(Part.WEB)

application = ProtocolTypeRouter({"http": pages, "websocket": URLRouter(websocket_urlpatterns)})
