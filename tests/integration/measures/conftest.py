"""The week that every number here is counted in."""

import pytest
from django.contrib.auth.models import User

from tests.integration.measures.history import History, live_through


@pytest.fixture
def week(sealed_folders: None, mod: User, other_mod: User, lead: User) -> History:
    """A week of a small house (`tests.integration.measures.history`)."""
    return live_through(mod, other_mod, lead)
