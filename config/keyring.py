"""Which secrets a process must hold, and which it must not: every problem with its fix."""

from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config.parts import Part
from reports import keys

SECRET_MIN_CHARS = 50
SECRET_MIN_DIFFERENT = 10
PLACEHOLDER = "change-me"
"""What .env.example says where a secret belongs."""
MAKE_KEYS = "make a pair with: manage.py make_keys"


def problems(part: Part) -> Iterator[str]:
    """What is wrong with the secrets of a process in production."""
    if part is not Part.SCREENING:
        yield from _secret_key()
    yield from _evidence_keys(part)
    yield from _anchor_keys(part)
    if settings.DATABASE_OWNER_URL and part is not Part.SUPERVISOR:
        yield f"DATABASE_OWNER_URL is for `manage.py migrate` alone: {_take_out(part)}"


def _secret_key() -> Iterator[str]:
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


def _evidence_keys(part: Part) -> Iterator[str]:
    public = None
    # A screening worker seals nothing but frames for prevalence.
    if part is not Part.SCREENING or settings.PREVALENCE_FRAMES_PER_HOUR:
        try:
            public = keys.evidence_public_key(settings.EVIDENCE_PUBLIC_KEY)
        except keys.KeyFormatError as error:
            yield f"{error}: {MAKE_KEYS}"
    if not _opens_evidence(part):
        for name in ("EVIDENCE_PRIVATE_KEY", "EVIDENCE_PRIVATE_KEYS_BEFORE"):
            if getattr(settings, name):
                only = f"{name} is for the web process that serves staff alone"
                yield f"{only}: {_take_out(part)}"
        return
    try:
        private = keys.evidence_private_key(settings.EVIDENCE_PRIVATE_KEY)
        keys.evidence_keyring(settings.EVIDENCE_PRIVATE_KEY, settings.EVIDENCE_PRIVATE_KEYS_BEFORE)
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


def _opens_evidence(part: Part) -> bool:
    return part is Part.SUPERVISOR or (part is Part.WEB and settings.PAGES in {"all", "staff"})


def _take_out(part: Part) -> str:
    return f"take it out of this one's ({part}, PAGES={settings.PAGES}) environment"
