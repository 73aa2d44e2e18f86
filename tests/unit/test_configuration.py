"""The page of variables is what the settings declare: none missing, none surplus."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import reference
from config.settings import env

ROWS = re.compile(r"^\| `([A-Z_0-9]+)` \|", re.MULTILINE)
ROOT = Path(__file__).resolve().parents[2]
READS_ENVIRONMENT = re.compile(r"os\.environ|getenv")
# Each completes or passes on the environment; none takes a setting from it.
MAY_TOUCH_THE_ENVIRONMENT = {
    "config/asgi.py",
    "config/celery.py",
    "config/children.py",
    "config/management/commands/start.py",
    "config/probe.py",
    "config/reference.py",
    "config/settings/env.py",
    "config/settings/local.py",
    "config/settings/test.py",
    "moderation/classifiers/sessions.py",
}


def documented() -> set[str]:
    return set(ROWS.findall(reference.DOCUMENT.read_text(encoding="utf-8")))


def test_no_variable_is_missing_from_the_page() -> None:
    assert settings.configured
    assert sorted(env.declared.keys() - documented()) == [], "make format writes the page anew"


def test_no_variable_on_the_page_is_surplus() -> None:
    assert settings.configured
    assert sorted(documented() - env.declared.keys()) == [], "make format writes the page anew"


def test_defaults_and_words_are_those_of_the_settings() -> None:
    assert reference.DOCUMENT.read_text(encoding="utf-8") == reference.document()


def test_every_variable_says_what_it_is_for() -> None:
    assert [one.name for one in env.declared.values() if not one.about.endswith(".")] == []


def test_a_variable_is_read_once() -> None:
    with pytest.raises(ImproperlyConfigured, match="read twice"):
        env.text("PORT", about="Again.")


def test_nobody_else_reads_the_environment() -> None:
    found = {
        str(path.relative_to(ROOT))
        for app in ("config", "chat", "moderation", "reports")
        for path in (ROOT / app).rglob("*.py")
        if READS_ENVIRONMENT.search(path.read_text(encoding="utf-8"))
    }
    assert sorted(found - MAY_TOUCH_THE_ENVIRONMENT) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [("two", "use a whole number"), ("-1", "at least 1"), ("70000", "at most 65535")],
)
def test_an_unexpected_number_is_named_with_what_it_may_be(
    value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(env, "declared", {})
    monkeypatch.setenv("WORKERS", value)
    with pytest.raises(ImproperlyConfigured, match=f"WORKERS={value}.*{expected}"):
        env.whole("WORKERS", 1, minimum=1, maximum=65535, about="Workers.")


def test_a_number_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "declared", {})
    monkeypatch.setenv("LIMIT_S", "nan")
    with pytest.raises(ImproperlyConfigured, match="LIMIT_S=nan"):
        env.number("LIMIT_S", 1.0, about="Seconds.")


def test_a_switch_takes_on_and_off_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "declared", {})
    monkeypatch.setenv("VIDEO", "true")
    with pytest.raises(ImproperlyConfigured, match="VIDEO='true', use 'on' or 'off'"):
        env.switch("VIDEO", default=True, about="Video.")
    monkeypatch.setattr(env, "declared", {})
    monkeypatch.setenv("VIDEO", "off")
    assert env.switch("VIDEO", default=True, about="Video.") is False


def test_a_list_drops_empty_items(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "declared", {})
    monkeypatch.setenv("HOSTS", " a, ,b ,")
    assert env.words("HOSTS", about="Hosts.") == ("a", "b")


def test_a_storage_is_one_as_django_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "declared", {})
    for value in ("s3://bucket", "[]", "{}", '{"BACKEND": "x", "OPTION": {}}'):
        monkeypatch.setenv("PLACE", value)
        with pytest.raises(ImproperlyConfigured, match="BACKEND") as refused:
            env.storage("PLACE", about="for a test")
        assert value not in str(refused.value)
    monkeypatch.setenv("PLACE", '{"BACKEND": "x", "OPTIONS": {"a": 1}}')
    assert env.storage("PLACE", about="for a test") == {"BACKEND": "x", "OPTIONS": {"a": 1}}
    monkeypatch.delenv("PLACE")
    assert env.storage("PLACE", about="for a test") == {}
