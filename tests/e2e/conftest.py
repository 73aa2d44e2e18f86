"""Fixtures of the stories: a real platform, real browsers, the cast.

No Chromium: the whole directory is skipped and says why; with CI set that is an error instead.
Stories that share a configuration share a platform; one platform runs at a time: two side by side,
each with its browsers, took as long on two cores and were late for each other.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.cast import ADA, BO, GUEST, MALLORY, MOD, Character
from tests.e2e.browsers import NAMES, Browsers, find_chromium, fresh_context
from tests.e2e.person import Person
from tests.e2e.platform import Platform, prepared_models
from tests.e2e.stage import Configuration, Stage

HERE = Path(__file__).parent
STORY_TIMEOUT_S = 150

DESKTOP = (1280, 800)

Cast = Callable[..., Person]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mine = [item for item in items if HERE in item.path.parents]
    for item in mine:
        item.add_marker(pytest.mark.timeout(STORY_TIMEOUT_S))
    _group_by_configuration(items, mine)
    if find_chromium() is not None:
        return
    reason = f"no Chromium on PATH (looked for {', '.join(NAMES)})"
    if mine and os.environ.get("CI"):
        raise pytest.UsageError(f"{reason}; with CI set the stories are obligatory")
    for item in mine:
        item.add_marker(pytest.mark.skip(reason=reason))


def _group_by_configuration(items: list[pytest.Item], mine: list[pytest.Item]) -> None:
    """Put stories with one configuration side by side: each platform starts only once."""
    order: dict[str, int] = {}
    for item in mine:
        order.setdefault(_configuration(item).name, len(order))
    grouped = sorted(mine, key=lambda item: order[_configuration(item).name])
    chosen = set(map(id, mine))
    others = [item for item in items if id(item) not in chosen]
    items[:] = [*others, *grouped]


def _configuration(item: pytest.Item) -> Configuration:
    assert isinstance(item, pytest.Function)
    configuration: Configuration = item.module.CONFIGURATION
    return configuration


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Runs one platform at a time, by configuration."""
    stage = Stage(folder=tmp_path_factory.mktemp("platforms"), models=prepared_models())
    yield stage
    stage.clear()


@pytest.fixture(scope="session")
def browsers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    with sync_playwright() as playwright:
        browsers = Browsers(playwright, tmp_path_factory.mktemp("clips"))
        yield browsers
        browsers.close()


@pytest.fixture
def platform(stage: Stage, request: pytest.FixtureRequest) -> Platform:
    """The platform in the configuration that the story's module names (`CONFIGURATION`)."""
    configuration: Configuration = request.module.CONFIGURATION
    return stage.platform(configuration)


@pytest.fixture
def enter_cast(platform: Platform, browsers: Browsers) -> Iterator[Cast]:
    """Makes a person of a character: own browser context, closed when the story is over."""
    present: list[Person] = []

    def invite(character: Character, *, size: tuple[int, int] = DESKTOP) -> Person:
        browser = browsers.with_camera(character.camera)
        context = fresh_context(browser, platform.url, width=size[0], height=size[1])
        person = Person(character, context)
        present.append(person)
        return person

    yield invite
    errors = {person.character.name: person.errors for person in present if person.errors}
    for person in present:
        person.close()
    assert not errors, f"the page raised errors: {errors}"


@pytest.fixture
def ada(enter_cast: Cast) -> Person:
    return enter_cast(ADA)


@pytest.fixture
def bo(enter_cast: Cast) -> Person:
    return enter_cast(BO)


@pytest.fixture
def mallory(enter_cast: Cast) -> Person:
    return enter_cast(MALLORY)


@pytest.fixture
def mod(enter_cast: Cast) -> Person:
    return enter_cast(MOD)


@pytest.fixture
def guest(enter_cast: Cast) -> Person:
    return enter_cast(GUEST)
