"""What stops a boot: every problem with its fix, all of them at once.

`manage.py up`, the web and relay processes and the workers ask before they serve anybody;
`manage.py check --deploy` lists the same. Development is held only to what can't work at all.

`ImproperlyConfigured` — something stands in the way; a retry does not help.
"""

from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import psycopg
import redis
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from config.databases import address
from config.layout import layout
from moderation import thresholds
from moderation.model_files import loading
from moderation.stores import client
from reports import keys, trail_rights

SECRET_MIN_CHARS = 50
SECRET_MIN_DIFFERENT = 10
PLACEHOLDER = "change-me"
"""What .env.example says where a secret belongs."""
MAKE_KEYS = "make a pair with: manage.py make_keys"


class Part(StrEnum):
    """A kind of process; each may hold its own keys only (I18, I19)."""

    SUPERVISOR = "supervisor"
    WEB = "web"
    SCREENING = "screening"
    OPS = "ops"


def refuse_unsafe_boot(part: Part) -> None:
    """Return when `part` may start. Raises `ImproperlyConfigured` with every problem and fix."""
    found = [*always(part), *(production(part) if settings.IS_PRODUCTION else ())]
    if found:
        raise ImproperlyConfigured(
            "\n".join(["Parley does not start:", *(f"- {p}" for p in found)])
        )


def always(part: Part) -> Iterator[str]:
    """What can't work anywhere."""
    if part in {Part.SUPERVISOR, Part.SCREENING}:
        yield from _models()
    try:
        thresholds.load(settings.MODERATION_THRESHOLDS, is_strict=settings.MODERATION_IS_STRICT)
    except thresholds.ThresholdsError as error:
        yield str(error)
    names = [node.partition("=")[0] for node in settings.RELAY_NODES]
    if settings.RELAY_NODE and settings.RELAY_NODE not in names:
        yield f"RELAY_NODE={settings.RELAY_NODE} is not in RELAY_NODES: add it, or use one of them"


def production(part: Part) -> Iterator[str]:
    """What development allows and production doesn't.

    A screening worker decodes what strangers send, and needs Redis and nothing else: what it
    doesn't hold can't be taken from it, so that it is asked for no secret, database or site.
    """
    if part is not Part.SCREENING:
        yield from _secrets()
        yield from _database()
        yield from _site()
    yield from _keys(part)
    yield from _redis()
    yield from _redis_keeps_nothing()
    yield from _trail_is_out_of_reach(part)


def _models() -> Iterator[str]:
    try:
        loading.verify(settings.MODELS_DIR)
    except loading.ModelFileError as error:
        yield str(error)


def _secrets() -> Iterator[str]:
    how = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's own answer to an empty one, without a fix
        key = ""
    if not key:
        yield f"SECRET_KEY is missing: {how}"
    elif (
        len(key) < SECRET_MIN_CHARS
        or len(set(key)) < SECRET_MIN_DIFFERENT
        or key.startswith(("django-insecure", PLACEHOLDER))
    ):
        yield f"SECRET_KEY is weak: {how}"


def _keys(part: Part) -> Iterator[str]:
    yield from _evidence_keys(part)
    yield from _anchor_keys(part)
    if settings.DATABASE_OWNER_URL and part is not Part.SUPERVISOR:
        yield f"DATABASE_OWNER_URL is for `manage.py migrate` alone: {_take_out(part)}"


def _evidence_keys(part: Part) -> Iterator[str]:
    public = None
    if part is not Part.SCREENING:
        try:
            public = keys.evidence_public_key(settings.EVIDENCE_PUBLIC_KEY)
        except keys.KeyFormatError as error:
            yield f"{error}: {MAKE_KEYS}"
    if not _opens_evidence(part):
        if settings.EVIDENCE_PRIVATE_KEY:
            only = "EVIDENCE_PRIVATE_KEY is for the web process that serves staff alone"
            yield f"{only}: {_take_out(part)}"
        return
    try:
        private = keys.evidence_private_key(settings.EVIDENCE_PRIVATE_KEY)
    except keys.KeyFormatError as error:
        yield f"{error}: {MAKE_KEYS}"
    else:
        if public is not None and private.public_key() != public:
            yield (
                "EVIDENCE_PRIVATE_KEY does not open what is sealed to EVIDENCE_PUBLIC_KEY: "
                "use the two halves of one pair"
            )


def _anchor_keys(part: Part) -> Iterator[str]:
    if part not in {Part.OPS, Part.SUPERVISOR}:
        if settings.AUDIT_ANCHOR_KEY:
            yield f"AUDIT_ANCHOR_KEY is for the ops worker alone: {_take_out(part)}"
        return
    try:
        signing = keys.anchor_private_key(settings.AUDIT_ANCHOR_KEY)
        checking = keys.anchor_public_key(
            settings.AUDIT_ANCHOR_PUBLIC_KEY, settings.AUDIT_ANCHOR_KEY
        )
    except keys.KeyFormatError as error:
        yield f"{error}: {MAKE_KEYS}"
    else:
        if signing.public_key() != checking:
            yield (
                "AUDIT_ANCHOR_PUBLIC_KEY does not check what AUDIT_ANCHOR_KEY signs: use the "
                "two halves of one pair"
            )


def _take_out(part: Part) -> str:
    return f"take it out of this one's ({part}, PAGES={settings.PAGES}) environment"


def _opens_evidence(part: Part) -> bool:
    return part is Part.SUPERVISOR or (part is Part.WEB and settings.PAGES in {"all", "staff"})


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


def _site() -> Iterator[str]:
    if settings.DEBUG:
        yield "DEBUG=on shows source code and settings to strangers: set DEBUG=off"
    if not settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS is empty: name the site's hosts"
    for host in settings.ALLOWED_HOSTS:
        if "*" in host or host.startswith("."):
            yield f"ALLOWED_HOSTS has the wildcard {host!r}: name each host"
    if not settings.ALLOWED_ORIGINS:
        yield "ALLOWED_ORIGINS is empty, nobody could enter: name the site, as https://chat.example"
    for origin in settings.ALLOWED_ORIGINS:
        parts = urlsplit(origin)
        if parts.scheme != "https" or "*" in origin or origin != f"https://{parts.netloc}":
            yield f"ALLOWED_ORIGINS has {origin!r}: use https://host or https://host:port"
    for node in settings.RELAY_NODES:
        url = node.partition("=")[2]
        if not url.startswith(("/", "wss://")):
            yield f"RELAY_NODES has {url!r}: use wss://host/path, or a path on the site's origin"
    if settings.STAFF_SECOND_FACTOR == "off" and not settings.IS_SECOND_FACTOR_OFF_KNOWINGLY:
        yield (
            "STAFF_SECOND_FACTOR=off lets a stolen password open evidence: set it to required, or "
            "to off-knowingly"
        )


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


def deployment(**_kwargs: object) -> list[checks.CheckMessage]:
    """For `manage.py check --deploy`: what can be seen without asking a service."""
    part = Part.SUPERVISOR
    found = [*always(part), *_secrets(), *_keys(part), *_database(), *_redis(), *_site()]
    return [
        checks.Error(problem, id=f"parley.E{number:03}")
        for number, problem in enumerate(found, start=1)
    ]
