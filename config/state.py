"""The secrets of a machine without an operator's: made on the first start, kept in STATE_DIR.

Development and tests only; production demands each from the environment.
"""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from reports.keys import new_anchor_pair, new_evidence_pair

_FILE = "secrets.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What is made once: keys as `reports.keys` spells them, passwords as text."""

    secret_key: str
    evidence_public_key: str
    evidence_private_key: str
    audit_anchor_key: str
    audit_anchor_public_key: str
    superuser_password: str
    owner_password: str
    app_password: str

    def environment(self) -> dict[str, str]:
        """The keys under the names the settings read."""
        return {
            "SECRET_KEY": self.secret_key,
            "EVIDENCE_PUBLIC_KEY": self.evidence_public_key,
            "EVIDENCE_PRIVATE_KEY": self.evidence_private_key,
            "AUDIT_ANCHOR_KEY": self.audit_anchor_key,
            "AUDIT_ANCHOR_PUBLIC_KEY": self.audit_anchor_public_key,
        }


def load_or_make(state_dir: Path) -> Secrets:
    """The secrets, made when there are none; the file is readable by this user only."""
    path = state_dir / _FILE
    if not path.is_file():
        state_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        with (state_dir / f"{_FILE}.lock").open("ab") as lock:
            # Two first starts at once: the later one finds what the earlier made.
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.is_file():
                _write(path, _make())
    return Secrets(**json.loads(path.read_text(encoding="utf-8")))


def _write(path: Path, made: Secrets) -> None:
    partial = path.with_suffix(".part")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(made), file, indent=1)
    partial.rename(path)


def _make() -> Secrets:
    evidence = new_evidence_pair()
    anchor = new_anchor_pair()
    return Secrets(
        secret_key=secrets.token_urlsafe(48),
        evidence_public_key=evidence.public,
        evidence_private_key=evidence.private,
        audit_anchor_key=anchor.private,
        audit_anchor_public_key=anchor.public,
        superuser_password=secrets.token_urlsafe(24),
        owner_password=secrets.token_urlsafe(24),
        app_password=secrets.token_urlsafe(24),
    )
