"""What stops a boot: every problem with its fix, all of them at once.

`manage.py up`, the web and relay processes and the workers ask before they serve anybody;
`manage.py check --deploy` lists the same. Development is held only to what can't work at all.

`ImproperlyConfigured` — something stands in the way; a retry does not help.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InvalidStorageError

from config import keyring, stores
from config.parts import Part
from moderation import thresholds
from moderation.lines import judge as line_judge
from moderation.lines import rulebook
from moderation.model_files import loading
from reports.house_rules import retention_rules
from reports.storages import storage_of


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
    try:
        line_judge.shipped()
    except rulebook.RulebookError as error:
        yield str(error)
    try:
        retention_rules.load(
            settings.RETENTION_RULES, appeal_within_days=settings.APPEAL_WITHIN_DAYS
        )
    except retention_rules.RetentionRulesError as error:
        yield str(error)
    names = [node.partition("=")[0] for node in settings.RELAY_NODES]
    if settings.RELAY_NODE and settings.RELAY_NODE not in names:
        yield f"RELAY_NODE={settings.RELAY_NODE} is not in RELAY_NODES: add it, or use one of them"


def production(part: Part) -> Iterator[str]:
    """What development allows and production doesn't.

    A screening worker decodes what strangers send, and needs Redis and nothing else: what it
    doesn't hold can't be taken from it, so that it is asked for no secret, database or site.
    """
    yield from _configuration(part)
    yield from stores.services(part)
    yield from _folders(part)


def _configuration(part: Part) -> Iterator[str]:
    """What can be seen without asking anybody."""
    if settings.DEBUG:
        yield "DEBUG=on shows source code and settings to strangers: set DEBUG=off"
    yield from keyring.problems(part)
    yield from stores.addresses(part)
    if part is not Part.SCREENING:
        yield from _site()


def _models() -> Iterator[str]:
    try:
        loading.verify(settings.MODELS_DIR)
    except loading.ModelFileError as error:
        yield str(error)


def _site() -> Iterator[str]:
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
    if settings.PROOF_OF_WORK == "off" and not settings.IS_PROOF_OF_WORK_OFF_KNOWINGLY:
        yield (
            "PROOF_OF_WORK=off lets a machine make identities for nothing: set it to on, or to "
            "off-knowingly"
        )
    if settings.CAMERA_CHECK == "off" and not settings.IS_CAMERA_CHECK_OFF_KNOWINGLY:
        yield (
            "CAMERA_CHECK=off lets people look for video who show no face: set it to on, or to "
            "off-knowingly"
        )


def _folders(part: Part) -> Iterator[str]:
    """What would else be found out by the first page, or by evidence that is lost."""
    if part is Part.WEB and settings.PAGES != "health":
        yield from _is_collected(Path(settings.STATIC_ROOT))
    if part is Part.OPS:
        for storage, folder in (
            ("EVIDENCE_STORAGE", "EVIDENCE_DIR"),
            ("AUDIT_ANCHOR_STORAGE", "AUDIT_ANCHOR_DIR"),
        ):
            if setting := getattr(settings, storage):
                yield from _can_be_made(storage, setting)
            else:
                yield from _can_be_written(folder, Path(getattr(settings, folder)))


def _is_collected(folder: Path) -> Iterator[str]:
    if not (folder / "staticfiles.json").is_file():
        yield f"STATIC_DIR={folder} has no collected files: run `manage.py collectstatic`"


def _can_be_made(name: str, setting: dict[str, Any]) -> Iterator[str]:
    """Without asking the store anything; what the setting says may be a secret."""
    try:
        storage_of(setting)
    except (InvalidStorageError, ImportError, TypeError) as error:
        yield (
            f"{name} names no storage that can be made ({type(error).__name__}): "
            "docs/operations.md has an example"
        )


def _can_be_written(name: str, folder: Path) -> Iterator[str]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        yield (
            f"{name}={folder} can't be written to ({error.strerror}): make it a folder of the "
            "user that this process runs as"
        )


def deployment(**_kwargs: object) -> list[checks.CheckMessage]:
    """For `manage.py check --deploy`: what can be seen without asking a service."""
    found = [*always(Part.SUPERVISOR), *_configuration(Part.SUPERVISOR)]
    return [
        checks.Error(problem, id=f"parley.E{number:03}")
        for number, problem in enumerate(found, start=1)
    ]
