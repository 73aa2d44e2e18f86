"""Logging: ids and labels only.

Never query strings (media tokens), lines, media or addresses of people. Django's own request
loggers print paths with their query and daphne's access log prints addresses, so the former are
quiet below errors and the latter is never opened.
"""

from typing import Any


def logging_settings(level: str) -> dict[str, Any]:
    """The `LOGGING` dictionary for one level, to stderr."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.channels.server": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "django.security": {"level": "CRITICAL"},
            "daphne": {"level": "WARNING"},
            # Not only errors: it prints the path of each WebSocket, media token included.
            "uvicorn.error": {"level": "WARNING"},
            "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
            "websockets": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }
