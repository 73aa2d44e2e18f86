"""What the sidebar calls a page is what the page calls itself."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory

from reports.admin.navigation import sidebar
from tests.integration.staff.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["guardian", "lead", "auditor", "chief"])
def test_every_entry_leads_to_the_page_of_its_name(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    asked = RequestFactory().get("/admin/")
    asked.user = user
    client = browser(user)
    for group in sidebar(asked):
        for entry in group["items"]:
            page = client.get(entry["link"]).content.decode()
            named = [words.strip() for words in re.findall(r">([^<>]+)<", page)]
            # Once in the sidebar, and once in the page's head.
            assert named.count(entry["title"]) >= 2, entry["title"]
