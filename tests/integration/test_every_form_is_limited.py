"""Whatever anybody may send has a limit: each address of the site is asked, and no list is kept."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from chat.admission import cookies
from chat.admission.cookies import DeviceCookie
from config.middleware import STAFF_PATH
from config.settings import env
from reports.ids import DeviceId

ORIGIN = "http://localhost:8000"
ARGUMENTS = {"code": "a-code"}


def addresses() -> Iterator[str]:
    """Each address outside the staff pages."""
    yield from _below(get_resolver().url_patterns)


def _below(patterns: Sequence[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and f"/{pattern.pattern}" != STAFF_PATH:
            yield from _below(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            converters = pattern.pattern.converters
            values = {name: ARGUMENTS[name] for name in converters}
            # Those without a name take no arguments.
            yield reverse(pattern.name, kwargs=values) if pattern.name else f"/{pattern.pattern}"


@pytest.fixture
def visitor(transactional_db: None, redis_url: str, settings: Settings) -> Client:
    """A browser that has been here, where each thing may be done once."""
    for name in env.declared:
        if name.endswith("_BURST"):
            setattr(settings, name, 1)
    client = Client()
    device = DeviceCookie(device=DeviceId(uuid4()), is_under_age=False)
    client.cookies[cookies.DEVICE_COOKIE] = cookies.device_value(device)
    return client


@pytest.mark.parametrize("path", list(addresses()))
def test_what_may_be_sent_may_not_be_sent_for_ever(visitor: Client, path: str) -> None:
    def send() -> int:
        return int(visitor.post(path, {}, headers={"origin": ORIGIN}).status_code)

    first, second = send(), send()
    assert (first, second) == (405, 405) or (first != 429 and second == 429)


def test_the_forms_are_among_the_addresses() -> None:
    found = set(addresses())
    assert {"/api/enter", "/me/delete/", "/statement/a-code/appeal/"} <= found
