"""The secrets of a machine without an operator's: made on the first start, kept in STATE_DIR.

Development and tests only; production demands each from the environment.
"""

import json
import os
import secrets
from base64 import b64encode
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_FILE = "secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What `manage.py up` makes once: keys as base64 of their 32 raw bytes, passwords as text."""

    secret_key: str
    evidence_public_key: str
    evidence_private_key: str
    audit_anchor_key: str
    superuser_password: str
    owner_password: str
    app_password: str


def exists(state_dir: Path) -> bool:
    """Whether a first start has been here."""
    return (state_dir / _FILE).is_file()


def load(state_dir: Path) -> Secrets:
    """The secrets as they were made. Raises `FileNotFoundError` before the first start."""
    return Secrets(**json.loads((state_dir / _FILE).read_text(encoding="utf-8")))


def load_or_make(state_dir: Path) -> Secrets:
    """The secrets, made when there are none; the file is readable by this user only."""
    if exists(state_dir):
        return load(state_dir)
    made = _make()
    state_dir.mkdir(parents=True, exist_ok=True)
    partial = state_dir / f"{_FILE}.part"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(made), file, indent=1)
    partial.rename(state_dir / _FILE)
    return made


def environment(state_dir: Path) -> dict[str, str]:
    """The secrets under the names the settings read; empty before the first start."""
    if not exists(state_dir):
        return {}
    kept = load(state_dir)
    return {
        "SECRET_KEY": kept.secret_key,
        "EVIDENCE_PUBLIC_KEY": kept.evidence_public_key,
        "EVIDENCE_PRIVATE_KEY": kept.evidence_private_key,
        "AUDIT_ANCHOR_KEY": kept.audit_anchor_key,
    }


def _make() -> Secrets:
    evidence = X25519PrivateKey.generate()
    return Secrets(
        secret_key=secrets.token_urlsafe(48),
        evidence_public_key=_text(evidence.public_key().public_bytes_raw()),
        evidence_private_key=_text(evidence.private_bytes_raw()),
        audit_anchor_key=_text(Ed25519PrivateKey.generate().private_bytes_raw()),
        superuser_password=secrets.token_urlsafe(24),
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
    )


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
