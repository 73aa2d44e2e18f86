"""What the stories of staff share: accounts by role, and folders for what is sealed."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from pytest_django.fixtures import Settings

from reports.roles import Role
from tests.report_cases import staff


@pytest.fixture
def sealed_folders(settings: Settings, tmp_path: Path) -> None:
    """Evidence and anchors of this test's own; nudges go nowhere, unless they are the story."""
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
