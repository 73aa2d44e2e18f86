"""`python -m config.probe`: exit code 0 when this container's web process answers /healthz."""

import http.client
import os

from django.conf import settings

_TIMEOUT_S = 3.0


def main() -> int:
    """0 for a 200, 1 for anything else."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
    connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", "/healthz", headers={"Host": settings.ALLOWED_HOSTS[0]})
        return 0 if connection.getresponse().status == http.client.OK else 1
    except OSError:
        return 1
    finally:
        connection.close()


if __name__ == "__main__":
    raise SystemExit(main())
