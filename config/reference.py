"""`python -m config.reference`: writes docs/configuration.md from what the settings declare."""

import os
import re
from pathlib import Path

import django
from django.conf import settings

from config.settings import env

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "configuration.md"

_SECTIONS = {
    "The site": "base",
    "PostgreSQL, Redis and workers": "services",
    "Folders": "places",
    "Chat": "apps/chat",
    "Who comes in": "apps/admission",
    "How often": "apps/limits",
    "Screening": "apps/moderation",
    "Reports, evidence and staff": "apps/reports",
}
_INTRODUCTION = """\
# Configuration

<!-- Written by `make format` from the settings themselves; tests/unit/test_configuration.py holds
it against them. -->

Everything is set by environment variables, read once, strictly and at the start: an unexpected
value stops the boot and the message names the variable. Units are in the names. Switches are `on`
or `off`, lists are separated by commas.

`make run` needs none of them. In development what is missing is made on the first start and kept in
`STATE_DIR`: secrets, an embedded PostgreSQL and an embedded Redis, and `ALLOWED_ORIGINS` names
localhost. In production (`DJANGO_SETTINGS_MODULE=config.settings.production`) each process checks
before it serves, and stops with every problem and its fix: `config.checks`. `manage.py make_keys`
prints fresh secrets.
"""


def document() -> str:
    """The whole page."""
    rest = dict(env.declared)
    parts = [_INTRODUCTION]
    for title, module in _SECTIONS.items():
        source = (ROOT / "config" / "settings" / f"{module}.py").read_text(encoding="utf-8")
        mine = [rest.pop(name) for name in sorted(rest) if _is_declared(name, source)]
        rows = [f"| `{one.name}` | {_default(one)} | {one.about} |" for one in mine]
        parts.append(
            "\n".join([f"## {title}\n", "| variable | default | |", "|---|---|---|", *rows])
        )
    if rest:
        raise LookupError(f"no section for {', '.join(sorted(rest))}")
    return "\n".join(f"{part}\n" if part is not parts[0] else part for part in parts)


def _is_declared(name: str, source: str) -> bool:
    # An allowance declares two variables under the beginning of their names.
    return re.search(rf'"{name}"|\b{name}\b.* = env\.allowance\(', source) is not None


def _default(variable: env.Variable) -> str:
    return f"`{variable.default}`" if variable.default else ""


def main() -> None:
    """Write the page."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
    django.setup()
    assert settings.configured
    DOCUMENT.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
