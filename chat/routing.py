"""The sockets' addresses. Whatever is unknown is accepted and closed with 4404."""

from collections.abc import Awaitable, Callable
from typing import Any

from django.urls import path, re_path

from chat.consumers.control import ControlConsumer
from chat.relay import lifespan
from chat.relay.lane import Message, Send
from chat.relay.socket import Receive, media_application, unknown_application

Application = Callable[[Message, Receive, Send], Awaitable[Any]]


def beside_relay(application: Application) -> Application:
    """`application`, with this process's relay running beside it, if it is a relay node."""

    async def attended(scope: Message, receive: Receive, send: Send) -> None:
        await lifespan.begin()
        await application(scope, receive, send)

    return attended


def _view(application: Application) -> Callable[..., Any]:
    """Django's types know views only; Channels calls whatever stands in their place as ASGI."""
    return application


# Its stubs name every ASGI event apart; the relay's own types are those of the specification.
_control: Any = ControlConsumer.as_asgi()

websocket_urlpatterns = [
    path("ws/chat/", _view(beside_relay(_control))),
    path("ws/media/", _view(beside_relay(media_application))),
    re_path(r"", _view(unknown_application)),
]
