"""What the shipped proxy lets through, and what it keeps: a real nginx where one is installed."""

import http.client
import json
import shutil
import socket
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.waiting import wait_for
from tests.integration.nginx import HOST, Front, Origin, origin, program

NGINX = program()
pytestmark = pytest.mark.skipif(
    NGINX is None, reason="there is no nginx here: docker/nginx.conf is held by its words alone"
)
SOCKET = {"Upgrade": "websocket", "Connection": "Upgrade"}


class House:
    """nginx and the two origins behind it."""

    def __init__(self, front: Front, web: Origin, relay: Origin) -> None:
        self.front, self.web, self.relay = front, web, relay

    def ask(
        self, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status, and what the origin said that came to it."""
        trusting = ssl.create_default_context(cafile=str(self.front.certificate))
        raw = socket.create_connection(("127.0.0.1", self.front.port), timeout=10)
        connection = http.client.HTTPSConnection(HOST)
        connection.sock = trusting.wrap_socket(raw, server_hostname=HOST)
        try:
            connection.request("GET", path, body=body, headers=headers or {})
            answer = connection.getresponse()
            said = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(said) if answer.status == 200 else {}

    def logged(self) -> str:
        return self.front.log.read_text()


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    folder = Path(tempfile.mkdtemp(prefix="parley-nginx-"))
    # Its workers are nobody when root starts it.
    folder.chmod(0o711)
    with origin("web") as web, origin("relay") as relay:
        assert NGINX is not None
        front = Front(NGINX, folder, web=web.server_port, relay=relay.server_port)
        tested = front.test()
        assert tested.returncode == 0, tested.stderr
        front.start()
        try:
            wait_for(lambda: _listens(front.port), timeout_s=10, what="nginx listens")
            yield House(front, web, relay)
        finally:
            front.stop()
            shutil.rmtree(folder)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_nginx_takes_the_configuration_without_a_complaint(house: House) -> None:
    tested = house.front.test()
    assert tested.returncode == 0
    assert "[warn]" not in tested.stderr
    assert "[emerg]" not in tested.stderr


@pytest.mark.parametrize(
    "path",
    [
        *("/metrics", "/metrics?a=b", "//metrics", "/./metrics", "/%6detrics", "/x/../metrics"),
        *("/ws/media/../../metrics", "/ws/media/..%2f..%2fmetrics", "/static/..%2fmetrics"),
    ],
)
def test_metrics_are_for_nobody_outside(house: House, path: str) -> None:
    before = len(house.web.asked) + len(house.relay.asked)
    assert house.ask(path)[0] == 404
    assert len(house.web.asked) + len(house.relay.asked) == before


def test_what_a_client_says_about_its_address_is_dropped(house: House) -> None:
    claimed = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "http"}
    _, said = house.ask("/api/terms", claimed)
    assert said["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert said["headers"]["X-Forwarded-Proto"] == "https"
    assert said["headers"]["Host"] == HOST


def test_each_socket_comes_to_its_own_process_as_a_socket(house: House) -> None:
    for path, name in (("/ws/chat/", "web"), ("/ws/media/?token=abc", "relay")):
        _, said = house.ask(path, SOCKET)
        assert (said["origin"], said["path"]) == (name, path)
        assert said["headers"]["Upgrade"] == "websocket"
        assert said["headers"]["Connection"] == "upgrade"


def test_neither_addresses_nor_tokens_nor_codes_are_logged(house: House) -> None:
    house.ask("/ws/media/?token=secret-token", SOCKET)
    house.ask("/statement/secret-code/", {"Referer": "https://chat.example/?secret-referer"})
    house.ask("/statement/secret-code/appeal/")
    house.ask("/help/?secret-query")
    wait_for(lambda: "/help/" in house.logged(), timeout_s=5, what="the log is written")
    assert "secret" not in house.logged()
    assert "127.0.0.1" not in house.logged()


def test_a_body_or_a_header_beyond_what_pages_take_is_refused(house: House) -> None:
    before = len(house.web.asked)
    assert house.ask("/api/enter", body=b"x" * 70_000)[0] == 413
    assert house.ask("/", {"X-Long": "x" * 9_000})[0] == 400
    assert house.ask(f"/?{'x' * 9_000}")[0] == 414
    assert len(house.web.asked) == before
