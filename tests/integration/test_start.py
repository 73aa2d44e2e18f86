"""`manage.py start PART` in production: what it says when it refuses, and that it says no more."""

import subprocess
import sys

import pytest
from django.conf import settings

from config import children
from config.management.commands.start import PARTS
from tests import deployment


def start(part: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The process to its end, which has to come by itself."""
    return subprocess.run(
        [sys.executable, "manage.py", "start", part],
        cwd=settings.BASE_DIR,
        env=deployment.environment()
        | {"MODELS_DIR": str(settings.MODELS_DIR), "REDIS_URL": "unix:///nobody.sock"}
        | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_refusal_is_a_line_for_each_problem_and_no_stack(part: str) -> None:
    refused = start(part, SECRET_KEY="", DATABASE_OWNER_URL="postgresql://parley_owner@db/parley")
    assert refused.returncode == 1
    first, *problems = refused.stderr.strip().splitlines()
    assert first == "Parley does not start:"
    assert all(line.startswith("- ") for line in problems), refused.stderr
    assert any("Redis can't be asked" in line for line in problems)
    # Not dropped quietly: whoever gave it away should know.
    assert any("DATABASE_OWNER_URL is for `manage.py migrate` alone" in line for line in problems)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "Unexpected value PORT=http, use a whole number"),
        ("DATABASE_URL", "mysql://db", "DATABASE_URL must start with postgresql://"),
        ("REDIS_URL", "http://redis", "REDIS_URL must start with redis://, rediss:// or unix://"),
        (
            *("TRUSTED_PROXIES", "nginx"),
            "Unexpected value in TRUSTED_PROXIES, use networks like 10.0.0.0/8: 'nginx' does not "
            "appear to be an IPv4 or IPv6 network",
        ),
    ],
)
def test_an_unexpected_value_is_one_line(name: str, value: str, said: str) -> None:
    refused = start("web", **{name: value})
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [said]


def test_the_supervisor_gives_no_secret_and_no_database_to_screening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    withheld = ("SECRET_KEY", "DATABASE_URL", "DATABASE_OWNER_URL", "EVIDENCE_PRIVATE_KEY")
    for name in withheld:
        monkeypatch.setenv(name, "a secret")
    environment = children.screening().environment
    assert {environment[name] for name in withheld} == {""}
