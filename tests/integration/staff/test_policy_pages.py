"""Policies as staff read them, and as leads change them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reports.models import Policy, PolicyEdit
from reports.roles import Role
from tests.integration.staff.conftest import SignIn
from tests.report_cases import staff

LIST = "/admin/reports/policy/"
DRAFTS = "/admin/reports/policyedit/"

pytestmark = pytest.mark.django_db


def page(code: str, act: str = "") -> str:
    row = Policy.objects.get(code=code, is_current=True)
    return f"{LIST}{row.pk}/{act}{'/' if act else ''}"


def fields(client: Client, path: str, **changed: Any) -> dict[str, Any]:
    """What a browser would send of the form at `path`."""
    form = client.get(path).context["form"]
    sent = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in sent.items() if value not in (None, False)} | changed


@pytest.mark.parametrize("who", ["mod", "guardian", "auditor"])
def test_who_is_no_lead_reads_and_changes_nothing(
    who: str, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    assert client.get(page("spam")).status_code == 200
    assert b"policy-edit" not in client.get(page("spam")).content
    assert client.get(DRAFTS).status_code == 404
    for act in ("edit", "finer"):
        assert client.get(page("spam", act)).status_code == 404
        assert client.post(page("spam", act), {"title": "x"}).status_code == 404
    assert client.post(page("spam", "retire")).status_code == 404


def test_a_lead_changes_no_policy_of_child_safety(lead: User, browser: SignIn) -> None:
    client = browser(lead)
    assert client.get(page("grooming", "edit")).status_code == 404
    assert b"policy-edit" not in client.get(page("grooming")).content


def test_a_lead_drafts_looks_and_publishes(lead: User, browser: SignIn) -> None:
    client, edit = browser(lead), page("spam", "edit")
    sent = fields(
        client,
        edit,
        text="Nobody may <b>advertise</b>.",
        severity="0.5",
        title_es="Basura",
        text_es="Nadie.",
    )
    answer = client.post(edit, sent)
    draft = PolicyEdit.objects.get()
    assert answer.headers["Location"] == f"{DRAFTS}{draft.pk}/"
    look = client.get(f"{DRAFTS}{draft.pk}/").content.decode()
    assert "Nobody may &lt;b&gt;advertise" in look
    assert "Nadie." in look
    assert Policy.objects.get(code="spam", is_current=True).version == 2

    client.post(f"{DRAFTS}{draft.pk}/publish/", {"reason": "clearer"})

    made = Policy.objects.get(code="spam", is_current=True)
    assert (made.version, made.severity, made.words["es"]["title"]) == (3, 0.5, "Basura")
    shown = client.get(page("spam")).content.decode()
    assert "Nadie." in shown
    versions = shown.partition('data-testid="policy-versions"')[2].partition("</table>")[0]
    assert "clearer" in versions
    assert f"{DRAFTS}{draft.pk}/" in versions


def test_out_of_bounds_is_said_on_the_form(browser: SignIn) -> None:
    client = browser(staff("both", Role.LEAD, Role.CHILD_SAFETY))
    edit = page("grooming", "edit")
    sent = fields(client, edit, floor="10")
    sent.pop("needs_two_to_dismiss")
    answer = client.post(edit, sent)
    assert answer.status_code == 422
    assert answer.content.count(b'role="alert"') == 2
    assert not PolicyEdit.objects.exists()


def test_publishing_takes_a_reason(lead: User, browser: SignIn) -> None:
    client, edit = browser(lead), page("spam", "edit")
    client.post(edit, fields(client, edit, severity="0.5"))
    draft = PolicyEdit.objects.get()
    client.post(f"{DRAFTS}{draft.pk}/publish/", {"reason": " "})
    assert Policy.objects.get(code="spam", is_current=True).version == 2
    client.post(f"{DRAFTS}{draft.pk}/discard/")
    draft.refresh_from_db()
    assert draft.closed_by == lead


def test_a_finer_policy_stands_below_its_own_and_is_offered(lead: User, browser: SignIn) -> None:
    client, finer = browser(lead), page("spam", "finer")
    sent = fields(client, finer, code="spam-accounts", title="Selling accounts", text="Nobody.")
    assert client.post(finer, sent | {"code": "spam"}).status_code == 422
    client.post(finer, sent)
    client.post(f"{DRAFTS}{PolicyEdit.objects.get().pk}/publish/", {"reason": "often seen"})
    listed = client.get(LIST).content.decode()
    assert listed.index("is-finer") < listed.index("Selling accounts")
    new = client.get("/admin/reports/sanction/new/").content.decode()
    assert "Selling accounts (spam-accounts)" in new
