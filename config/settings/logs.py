"""Logging: ids and labels only.

Never query strings (media tokens), lines, media or addresses of people. Django's own request
loggers print paths with their query and daphne's access log prints addresses, so the former are
quiet below errors and the latter is never opened.
"""

import logging
from typing import Any

_KILLED = "took too long to shut down"

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})


def is_no_probe(record: logging.LogRecord) -> bool:
    """False for what Django says about a probe's 503, which is an answer and no error."""
    return getattr(getattr(record, "request", None), "path", None) not in PROBES


def without_peer(record: logging.LogRecord) -> bool:
    """True; what Daphne says about an application that it kills no longer says whose it was.

    It prints the connection, which is an address, or a path with its query.
    """
    if _KILLED in str(record.msg):
        record.msg, record.args = f"an application instance {_KILLED} and was killed", None
    return True


def logging_settings(level: str) -> dict[str, Any]:
    """The `LOGGING` dictionary for one level, to stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "filters": {
            "no_probes": {"()": "django.utils.log.CallbackFilter", "callback": is_no_probe},
            "without_peer": {"()": "django.utils.log.CallbackFilter", "callback": without_peer},
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["no_probes"]},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.channels.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.security": {"level": "CRITICAL"},
            # It says of every sign-in what it counted.
            "axes": {"level": "WARNING"},
            "daphne": {"level": "WARNING"},
            "daphne.server": {"filters": ["without_peer"]},
            # Not only errors: it prints the path of each WebSocket, media token included.
            "uvicorn.error": {"level": "WARNING"},
            "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "websockets": {"level": "WARNING"},
            # It sets itself to warnings, whatever is asked for.
            "psycopg": {"level": "ERROR" if level == "ERROR" else "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
