"""Whether PostgreSQL and Redis are fit for production: every problem with its fix."""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import psycopg
import redis
from django.conf import settings

from config.databases import address
from config.keyring import PLACEHOLDER
from config.layout import layout
from config.parts import Part
from moderation.stores import client
from reports.trail import rights as trail_rights


def addresses(part: Part) -> Iterator[str]:
    """What is wrong with the addresses alone."""
    if part is not Part.SCREENING:
        yield from _database()
    yield from _redis()


def services(part: Part) -> Iterator[str]:
    """What is wrong with the services, which are asked."""
    yield from _redis_keeps_nothing()
    yield from _trail_is_out_of_reach(part)


def _database() -> Iterator[str]:
    embedded = layout(settings.EMBEDDED_DIR)
    host = str(settings.DATABASES["default"].get("HOST", ""))
    if not settings.DATABASE_URL:
        yield "DATABASE_URL is missing: name a PostgreSQL of your own, as the role parley_app"
    elif host == str(embedded.sockets):
        yield "DATABASE_URL is the embedded PostgreSQL's: that is for development, run your own"
    if PLACEHOLDER in settings.DATABASE_URL + settings.DATABASE_OWNER_URL:
        yield "DATABASE_URL still has the example's password: choose another"


def _redis() -> Iterator[str]:
    embedded = layout(settings.EMBEDDED_DIR)
    if not settings.REDIS_URL:
        yield "REDIS_URL is missing: name a Redis of your own, without persistence"
    elif unquote(urlsplit(settings.REDIS_URL).path) == str(embedded.redis_socket):
        yield "REDIS_URL is the embedded Redis': that is for development, run your own"
    if PLACEHOLDER in settings.REDIS_URL:
        yield "REDIS_URL still has the example's password: choose another"


def _redis_keeps_nothing() -> Iterator[str]:
    """Frames and lines must never reach a disk (I20)."""
    if not settings.REDIS_URL:
        return
    try:
        with client.connect() as connection:
            save = _text(connection.config_get("save"), "save")
            append_only = _text(connection.config_get("appendonly"), "appendonly")
    except redis.RedisError as error:
        yield (
            f"Redis can't be asked whether it keeps anything ({type(error).__name__}): start it, "
            "and allow this user CONFIG GET"
        )
        return
    if save:
        yield f'Redis saves to disk (save {save!r}): set save "" in its configuration'
    if append_only != "no":
        yield "Redis keeps an append-only file: set appendonly no in its configuration"


def _trail_is_out_of_reach(part: Part) -> Iterator[str]:
    """Whoever serves or works off must not be able to rewrite what is remembered (I19).

    The supervisor starts before the tables are made; screening and relay nodes use no database.
    """
    if part not in {Part.WEB, Part.OPS} or settings.PAGES == "health" or not settings.DATABASE_URL:
        return
    try:
        # A connection of its own: workers fork after this and must inherit none.
        with psycopg.connect(**address()) as connection, connection.cursor() as cursor:
            is_confined = trail_rights.is_confined(cursor)
    except psycopg.Error as error:
        yield (
            f"PostgreSQL can't be asked who owns the audit trail ({type(error).__name__}): start "
            "it, and let DATABASE_URL name the role parley_app"
        )
        return
    if not is_confined:
        yield (
            "DATABASE_URL's role could rewrite the audit trail, or there is none yet: connect as "
            "parley_app, which owns no table, and run `manage.py migrate` as the owner"
        )


def _text(answer: object, name: str) -> str:
    assert isinstance(answer, dict)
    value = answer.get(name, answer.get(name.encode(), ""))
    return value.decode() if isinstance(value, bytes) else str(value)
