"""What is logged about people: nothing."""

import io
import logging
from logging.config import DictConfigurator

import pytest

from config.settings.logs import logging_settings


@pytest.mark.parametrize(
    "connection",
    [
        "<WebSocketProtocol client=['203.0.113.9', 41234] path=b'/ws/chat/'>",
        "<WebRequest method=GET uri=/ws/media/?token=secret clientproto=HTTP/1.1>",
    ],
)
def test_an_application_that_is_killed_names_no_address_and_no_query(connection: str) -> None:
    heard = io.StringIO()
    filters = logging_settings("INFO")["loggers"]["daphne.server"]["filters"]
    settings = DictConfigurator(logging_settings("INFO"))
    log = logging.Logger("daphne.server", logging.WARNING)
    log.addHandler(logging.StreamHandler(heard))
    for name in filters:
        log.addFilter(settings.configure_filter(settings.config["filters"][name]))

    log.warning(
        "Application instance %r for connection %s took too long to shut down and was killed.",
        object(),
        connection,
    )
    log.warning("Listen failure: %s", "the port is busy")

    assert "took too long to shut down" in heard.getvalue()
    assert "203.0.113" not in heard.getvalue()
    assert "secret" not in heard.getvalue()
    assert "the port is busy" in heard.getvalue()
