"""Addresses of PostgreSQL become Django's settings, and never a message with a password."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.databases import postgresql

LIMITS = {"connect_timeout_s": 3, "statement_timeout_s": 10, "pool_size": 8}


@pytest.mark.parametrize(
    "url", ["mysql://ada:hunter2@host/parley", "postgresql://ada:hunter2@host:port/parley?x=%zz"]
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        postgresql(url, **LIMITS)
    assert "hunter2" not in str(refusal.value)


def test_no_address_is_no_database() -> None:
    assert postgresql("", **LIMITS)["NAME"] == ""


def test_a_socket_folder_is_the_host() -> None:
    entry = postgresql("postgresql://app:p%40ss@/parley?host=%2Frun%2Fpg", **LIMITS)
    assert (entry["HOST"], entry["USER"], entry["PASSWORD"], entry["NAME"]) == (
        "/run/pg",
        "app",
        "p@ss",
        "parley",
    )


def test_every_statement_has_an_end() -> None:
    options = postgresql("postgresql://app@host/parley?sslmode=require", **LIMITS)["OPTIONS"]
    assert "statement_timeout=10000" in options["options"]
    assert options["connect_timeout"] == 3
    assert options["sslmode"] == "require"
    assert options["pool"]["max_size"] == 8
