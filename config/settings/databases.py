"""From a PostgreSQL address to Django's settings for it."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

_DJANGO_NAMES = {
    "dbname": "NAME",
    "user": "USER",
    "password": "PASSWORD",
    "host": "HOST",
    "port": "PORT",
}


def postgresql(
    url: str, *, connect_timeout_s: int, statement_timeout_s: int, pool_size: int
) -> dict[str, Any]:
    """A `DATABASES` entry for anything libpq takes as a URI; an empty one for no address.

    Raises `ImproperlyConfigured` without repeating the address, which holds a password.
    """
    if not url:
        return {"ENGINE": "django.db.backends.postgresql", "NAME": ""}
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured("DATABASE_URL must start with postgresql://")
    try:
        given = conninfo_to_dict(url)
    except ProgrammingError:
        raise ImproperlyConfigured("DATABASE_URL is not an address that libpq can read") from None
    entry: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql"}
    options: dict[str, Any] = {}
    for name, value in given.items():
        if name in _DJANGO_NAMES:
            entry[_DJANGO_NAMES[name]] = value
        else:
            options[name] = value
    milliseconds = statement_timeout_s * 1000
    options |= {
        "connect_timeout": connect_timeout_s,
        "application_name": "parley",
        "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds} "
        f"-c idle_in_transaction_session_timeout={6 * milliseconds}",
        # Under ASGI each request may run on a thread of its own: connections belong to the
        # process, not to a thread.
        "pool": {
            "min_size": 0,
            "max_size": pool_size,
            "timeout": connect_timeout_s,
            # Whoever asks next tries again. The pool's own five minutes of ever longer pauses go
            # on after PostgreSQL is back, and nobody else may try meanwhile.
            "reconnect_timeout": 1.0,
        },
    }
    return entry | {"OPTIONS": options, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
