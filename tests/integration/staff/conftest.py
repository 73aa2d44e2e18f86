"""Who is in the office, and a place for what is sealed there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from reports.roles import Role
from tests.report_cases import staff

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


@pytest.fixture
def mod(db: None) -> User:
    return staff("mod", Role.MODERATOR)


@pytest.fixture
def other_mod(db: None) -> User:
    return staff("other-mod", Role.MODERATOR)


@pytest.fixture
def guardian(db: None) -> User:
    return staff("guardian", Role.CHILD_SAFETY)


@pytest.fixture
def lead(db: None) -> User:
    return staff("lead", Role.LEAD)


@pytest.fixture
def auditor(db: None) -> User:
    return staff("auditor", Role.AUDITOR)


@pytest.fixture
def chief(db: None) -> User:
    """Runs the server: a superuser without any role."""
    return User.objects.create_superuser("chief", "", None)


@pytest.fixture
def browser() -> SignIn:
    """`browser(user)` is a client in which the account is signed in; `browser()` a guest's."""

    def signed_in(user: User | None = None, *, checks_tokens: bool = False) -> Client:
        client = Client(enforce_csrf_checks=checks_tokens)
        if user is not None:
            client.force_login(user)
        return client

    return signed_in
