"""What the stories of `reports` need: staff with roles, and an evidence folder of their own."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import TestCase

from config import postgresql
from config.layout import DATABASE
from reports.roles import Role
from tests.integration.reports.trail import Superuser
from tests.report_cases import staff
from tests.services import TestServices


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


@pytest.fixture
def superuser(services: TestServices) -> Iterator[Superuser]:
    """A superuser with triggers at rest: what no role of the application can do."""
    with postgresql.superuser(services.place, services.secrets, database=DATABASE) as open_:
        open_.autocommit = True
        open_.execute("SET session_replication_role = replica")
        yield open_
