"""The one place that reads the environment: each variable once, strictly, unit in its name.

Every reader declares its variable, so that a test can hold docs/configuration.md against
`declared` and an unread or misspelt value never passes in silence.

Errors: `ImproperlyConfigured`, naming the variable, what it was and what it may be. A retry
does not help; the boot stops.
"""

import json
import os
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A declared environment variable: its default as text ("" when it has none)."""

    name: str
    default: str
    about: str


_SECRET = re.compile(r"KEY|PASSWORD|SECRET|URL|STORAGE")
"""In a variable's name: its value may open something."""

declared: dict[str, Variable] = {}


def text(name: str, default: str = "", *, about: str) -> str:
    """The variable as it stands, without surrounding white space."""
    variable = Variable(name=name, default=default, about=about)
    # The same one again: Django imports settings a second time when the first attempt failed.
    if declared.setdefault(name, variable) != variable:
        raise ImproperlyConfigured(f"{name} is read twice; read it once and pass it on")
    return os.environ.get(name, default).strip()


def choice(name: str, default: str, *, among: tuple[str, ...], about: str) -> str:
    """One of a closed set of words."""
    value = text(name, default, about=about)
    if value not in among:
        raise ImproperlyConfigured(f"Unexpected value {name}={value!r}, use {_or(among)}")
    return value


def switch(name: str, *, default: bool, about: str) -> bool:
    """`on` or `off`, nothing else."""
    value = choice(name, "on" if default else "off", among=("on", "off"), about=about)
    return value == "on"


def whole(
    name: str, default: int, *, minimum: int = 0, maximum: int | None = None, about: str
) -> int:
    """A whole number within bounds."""
    value = text(name, str(default), about=about)
    try:
        number = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use a whole number") from None
    _check_bounds(name, number, minimum, maximum)
    return number


def number(
    name: str, default: float, *, minimum: float = 0.0, maximum: float | None = None, about: str
) -> float:
    """A finite number within bounds."""
    value = text(name, f"{default:g}", about=about)
    try:
        parsed = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use a number") from None
    _check_bounds(name, parsed, minimum, maximum)
    return parsed


def allowance(name: str, *, burst: int, per_min: float, about: str) -> tuple[int, float]:
    """How often something may be done: `<name>_BURST` at once, then `<name>_PER_MIN`."""
    return (
        whole(f"{name}_BURST", burst, minimum=1, about=f"At once: {about}."),
        number(f"{name}_PER_MIN", per_min, minimum=0.01, about=f"A minute, after that: {about}."),
    )


def words(name: str, default: str = "", *, about: str) -> tuple[str, ...]:
    """A list separated by commas; empty items are dropped."""
    value = text(name, default, about=about)
    return tuple(item.strip() for item in value.split(",") if item.strip())


def storage(name: str, *, about: str) -> dict[str, Any]:
    """A Django storage as JSON, written like one of STORAGES; empty when there is none."""
    value = text(name, about=about)
    if not value:
        return {}
    wanted = f"Unexpected value of {name}, use a JSON object with BACKEND and, if need be, OPTIONS"
    try:
        found = json.loads(value)
    except ValueError:
        raise ImproperlyConfigured(wanted) from None  # may hold a password: not repeated
    if (
        not isinstance(found, dict)
        or "BACKEND" not in found
        or found.keys() - {"BACKEND", "OPTIONS"}
    ):
        raise ImproperlyConfigured(wanted)
    return found


def chosen() -> dict[str, str]:
    """The variables that are not at their defaults; of what may be a secret only that it is set."""
    return {
        name: "set" if _SECRET.search(name) else value
        for name, variable in sorted(declared.items())
        if (value := os.environ.get(name, variable.default).strip()) != variable.default
    }


def _check_bounds(name: str, value: float, minimum: float, maximum: float | None) -> None:
    # Written so that a NaN fails as well.
    if not (value >= minimum and (maximum is None or value <= maximum)):
        upper = "" if maximum is None else f" and at most {maximum:g}"
        raise ImproperlyConfigured(
            f"Unexpected value {name}={value:g}, use at least {minimum:g}{upper}"
        )


def _or(among: tuple[str, ...]) -> str:
    return " or ".join(repr(item) for item in among)
