"""`python -m tests.deployment`: Django's deployment checks, with strong secrets made for it."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from reports.keys import new_anchor_pair, new_evidence_pair

ROOT = Path(__file__).resolve().parents[1]
_PASSED_ON = ("PATH", "HOME", "LANG", "MODELS_DIR")


def environment() -> dict[str, str]:
    """A whole production environment; the services it names need not be there."""
    evidence = new_evidence_pair()
    anchor = new_anchor_pair()
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed_on | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "EVIDENCE_PUBLIC_KEY": evidence.public,
        "EVIDENCE_PRIVATE_KEY": evidence.private,
        "AUDIT_ANCHOR_KEY": anchor.private,
        "AUDIT_ANCHOR_PUBLIC_KEY": anchor.public,
        "DATABASE_URL": f"postgresql://parley_app:{secrets.token_urlsafe()}@postgresql/parley",
        "REDIS_URL": f"redis://:{secrets.token_urlsafe()}@redis:6379/0",
        "ALLOWED_HOSTS": "chat.example",
        "ALLOWED_ORIGINS": "https://chat.example",
    }


def main() -> int:
    """The exit code of `manage.py check --deploy`, warnings included."""
    sys.stdout.write("check --deploy\n")
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment(),
        check=False,
    ).returncode


if __name__ == "__main__":
    raise SystemExit(main())
