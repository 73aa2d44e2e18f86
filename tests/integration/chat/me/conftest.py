"""Two browsers that have entered nothing yet."""

import pytest

from tests.integration.chat.me.cases import Browser


@pytest.fixture
def ada(transactional_db: None, redis_url: str) -> Browser:
    return Browser()


@pytest.fixture
def bo(transactional_db: None, redis_url: str) -> Browser:
    return Browser()
