"""What the rules of one direction are told of: ada, who sends."""

import pytest

from tests.rehearsal import Rehearsal


@pytest.fixture
def ada() -> Rehearsal:
    return Rehearsal()
