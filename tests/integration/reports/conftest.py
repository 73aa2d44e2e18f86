"""What the stories of `reports` need: staff with roles, and an evidence folder of their own."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import TestCase

from reports.roles import Role
from tests.report_cases import staff


@pytest.fixture(autouse=True)
def _own_folders(sealed_folders: None) -> None:
    """In every story here."""


@pytest.fixture
def other_guardian(db: None) -> User:
    return staff("other-guardian", Role.CHILD_SAFETY)


@pytest.fixture
def other_lead(db: None) -> User:
    return staff("other-lead", Role.LEAD)


@pytest.fixture
def committing(db: None) -> Iterator[None]:
    """Run what waits for the commit, though the test's own transaction never commits."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield
