"""What the stories of `reports` need: staff with roles, and an evidence folder of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import TestCase
from pytest_django.fixtures import Settings

from reports.roles import Role
from tests.report_cases import staff


@pytest.fixture(autouse=True)
def _own_folders(settings: Settings, tmp_path: Path) -> None:
    settings.EVIDENCE_DIR = tmp_path / "evidence"
    settings.AUDIT_ANCHOR_DIR = tmp_path / "anchors"
    # Nudges are tested where they are the story; elsewhere nobody listens.
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
def other_guardian(db: None) -> User:
    return staff("other-guardian", Role.CHILD_SAFETY)


@pytest.fixture
def lead(db: None) -> User:
    return staff("lead", Role.LEAD)


@pytest.fixture
def other_lead(db: None) -> User:
    return staff("other-lead", Role.LEAD)


@pytest.fixture
def auditor(db: None) -> User:
    return staff("auditor", Role.AUDITOR)


@pytest.fixture
def committing(db: None) -> Iterator[None]:
    """Run what waits for the commit, though the test's own transaction never commits."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield
