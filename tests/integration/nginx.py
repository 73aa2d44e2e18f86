"""docker/nginx.conf under a real nginx on loopback, in front of two origins that say what came.

Only what a container gives is exchanged: ports, host names, the certificate and folders.
"""

import datetime
import json
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

CONFIGURATION = Path(__file__).resolve().parents[2] / "docker" / "nginx.conf"
HOST = "chat.example"
HTTP2_DIRECTIVE_SINCE = (1, 25, 1)


def program() -> str | None:
    """Where nginx is; None when it isn't installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Origin(ThreadingHTTPServer):
    """Answers every request with its own name and the request as JSON; counts them."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.name = name
        self.asked: list[str] = []


class _Answer(BaseHTTPRequestHandler):
    server: Origin

    def do_GET(self) -> None:
        """Say what came."""
        self.server.asked.append(self.path)
        said = {"origin": self.server.name, "path": self.path, "headers": dict(self.headers)}
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: it would go to the test's output."""


@contextmanager
def origin(name: str) -> Iterator[Origin]:
    """An origin that listens until the block ends."""
    with Origin(name) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Front:
    """A folder with the configuration as it can run here; `port` is that of HTTPS."""

    def __init__(self, nginx: str, folder: Path, *, web: int, relay: int) -> None:
        self.folder = folder
        self.port, plain = _free_port(), _free_port()
        self.certificate = folder / "fullchain.pem"
        self._nginx = nginx
        self._server: subprocess.Popen[bytes] | None = None
        _make_certificate(folder)
        (folder / "mime.types").write_text("types { text/html html; }")
        text = CONFIGURATION.read_text()
        for there, here in {
            "server web:8000;": f"server 127.0.0.1:{web};",
            "server relay:8000;": f"server 127.0.0.1:{relay};",
            "listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl",
            "listen [::]:443 ssl": f"listen [::1]:{self.port} ssl",
            "listen 80 ": f"listen 127.0.0.1:{plain} ",
            "listen [::]:80 ": f"listen [::1]:{plain} ",
            "/etc/nginx/certificates/": f"{folder}/",
            "/etc/nginx/mime.types": f"{folder}/mime.types",
            "/run/nginx.pid": f"{folder}/nginx.pid",
            "/dev/stdout": f"{self.log}",
            "http {": f"http {{ {_folders(folder)}",
        }.items():
            assert there in text, there
            text = text.replace(there, here)
        if not socket.has_ipv6:
            text = re.sub(r"listen \[::1\].*", "", text)
        if _version(nginx) < HTTP2_DIRECTIVE_SINCE:
            # Older ones spell it otherwise; nothing here depends on it.
            text = text.replace("http2 on;", "")
        (folder / "nginx.conf").write_text(text)

    @property
    def log(self) -> Path:
        return self.folder / "access.log"

    def test(self) -> subprocess.CompletedProcess[str]:
        """`nginx -t`: 0 when it takes the configuration, and what it says about it."""
        return subprocess.run(
            [*self._command(), "-t"], capture_output=True, text=True, timeout=30, check=False
        )

    def start(self) -> None:
        """Return when it listens: a master that has forked wrote its pid."""
        self._server = subprocess.Popen(
            [*self._command(), "-g", "daemon off;"], stdin=subprocess.DEVNULL
        )

    def stop(self) -> None:
        """At once."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(timeout=10)

    def _command(self) -> list[str]:
        return [self._nginx, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]


def _folders(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def _version(nginx: str) -> tuple[int, ...]:
    said = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"nginx/(\d+)\.(\d+)\.(\d+)", said)
    assert found is not None, said
    return tuple(int(number) for number in found.groups())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
