"""Story: one of two agrees that stills are kept to check the machine, and takes it back."""

from typing import Any

from playwright.sync_api import expect

from tests.cast import ADA, BO
from tests.e2e.configurations import FACES
from tests.e2e.conftest import Cast
from tests.e2e.person import Person
from tests.e2e.platform import Platform
from tests.e2e.waiting import wait_for

CONFIGURATION = FACES

KEPT_WITHIN_S = 90.0
"""One is drawn every ten seconds on average; in so long none once in eight thousand times."""
LOOK_EVERY_S = 3.0
"""Nobody may read their own page without end."""
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"


def kept(person: Person) -> int:
    """How many stills of them are kept, as the page tells them."""
    stored: dict[str, Any] = person.context.request.get("/me/?format=json").json()["stored"]
    return int(stored["frames_kept_to_check_the_machine"])


def test_stills_of_who_agreed_are_kept_in_memory_until_they_take_it_back(
    enter_cast: Cast, platform: Platform
) -> None:
    ada, bo = enter_cast(ADA).enter(), enter_cast(BO).enter()
    own_page = ada.context.new_page()
    own_page.goto("/me/")
    own_page.get_by_test_id("me-checking-agree").click()
    expect(own_page.get_by_test_id("me-checking-on")).to_be_visible()

    for person in (ada, bo):
        person.seek("video")
    ada.expect_paired().expect_picture("shown")
    what = "a still of Ada's is kept"
    wait_for(lambda: kept(ada) > 0, timeout_s=KEPT_WITHIN_S, what=what, every_s=LOOK_EVERY_S)
    assert kept(bo) == 0
    assert platform.files_with(JPEG) == []

    own_page.reload()
    own_page.get_by_test_id("me-checking-stop").click()
    expect(own_page.get_by_test_id("me-checking-agree")).to_be_visible()
    assert kept(ada) == 0
