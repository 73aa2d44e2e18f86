"""Imports of hashes in the browser: looked at, agreed on by another, revoked (I17)."""

import hashlib
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.known_pictures import bank_imports
from reports.known_pictures.bank_imports import Provenance
from reports.models import BankEntry, BankImport, EntryState
from reports.rules import Rule
from tests.integration.staff.conftest import SignIn, verbs

LIST = "/admin/reports/bankimport/"
ENTRIES = "/admin/reports/bankentry/"
HASHES = [hashlib.sha256(name).hexdigest() for name in (b"one", b"two")]


def brought_in(user: User, bank: str = "imported") -> BankImport:
    return bank_imports.propose(
        BytesIO("\n".join(f"pdq {each}" for each in (*HASHES, "nonsense")).encode()),
        Provenance(source="a shared list", licence="its terms", bank=bank, rule=Rule.NUDITY),
        acting_user=user,
        now=timezone.now(),
        on_bad=print,
    )


@pytest.fixture
def imported(mod: User) -> BankImport:
    return brought_in(mod)


def page(imported: BankImport, act: str = "") -> str:
    return f"{LIST}{imported.public_id}/{act}{'/' if act else ''}"


@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_who_reviews_nothing_sees_no_import(
    who: str, imported: BankImport, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 404
    assert client.get(page(imported)).status_code == 404
    assert client.post(page(imported, "approve")).status_code == 404


def test_the_page_shows_source_licence_digest_and_counts(
    imported: BankImport, mod: User, browser: SignIn
) -> None:
    client = browser(mod)
    assert b"a shared list" in client.get(LIST).content
    shown = client.get(page(imported)).content.decode()
    for words in ("a shared list", "its terms", imported.sha256, "Lines that can", "mod"):
        assert words in shown
    assert 'data-testid="import-waits"' in shown
    assert 'data-testid="import-approve"' not in shown


def test_who_brought_it_in_cannot_agree(lead: User, browser: SignIn) -> None:
    own = brought_in(lead)
    client = browser(lead)
    shown = client.get(page(own)).content
    assert b'data-testid="import-approve"' not in shown
    assert b"Take it back" in shown
    assert b"needs a second person" in client.post(page(own, "approve"), follow=True).content
    own.refresh_from_db()
    assert own.state == EntryState.PROPOSED


def test_a_file_that_is_half_read_is_offered_to_nobody(
    imported: BankImport, lead: User, browser: SignIn
) -> None:
    BankImport.objects.update(read_at=None)
    shown = browser(lead).get(page(imported)).content
    assert b'data-testid="import-approve"' not in shown
    assert b"interrupted" in shown


def test_a_lead_agrees_and_revokes_with_a_reason(
    imported: BankImport, lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    client.post(page(imported, "approve"))
    imported.refresh_from_db()
    assert (imported.state, imported.approved_by) == (EntryState.LOG_ONLY, lead)
    assert b'data-testid="import-states"' in client.get(page(imported)).content
    client.post(page(imported, "revoke"), {"reason": " "})
    imported.refresh_from_db()
    assert imported.state == EntryState.LOG_ONLY
    shown = client.post(page(imported, "revoke"), {"reason": "a bad list"}, follow=True)
    assert b"a bad list" in shown.content
    assert {"bank_import.approved", "bank_import.revoked"} <= set(verbs())


def test_entries_are_found_by_import_and_hash_and_do_not_bury_the_picked_ones(
    imported: BankImport, lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    shown = client.get(ENTRIES).content
    assert b"bank-entry-row" not in shown
    assert b" total" not in shown
    of_import = client.get(f"{ENTRIES}?import={imported.public_id}&state=all").content
    assert of_import.count(b"bank-entry-row") == 2
    assert client.get(f"{ENTRIES}?q={HASHES[0][:12]}").content.count(b"bank-entry-row") == 1
    entry = BankEntry.objects.get(pdq=HASHES[0])
    shown = client.get(f"{ENTRIES}{entry.public_id}/").content
    assert b'data-testid="entry-import"' in shown
    assert b'data-testid="entry-approve"' not in shown


def test_a_sealed_import_does_not_exist_for_others(
    guardian: User, mod: User, lead: User, browser: SignIn
) -> None:
    sealed = brought_in(guardian, "imported-child-safety")
    assert browser(guardian).get(page(sealed)).status_code == 200
    for user in (mod, lead):
        client = browser(user)
        for act in ("approve", "refuse", "revoke"):
            assert client.post(page(sealed, act), {"reason": "x"}).status_code == 404
        assert client.get(page(sealed)).status_code == 404
        assert b"a shared list" not in client.get(f"{LIST}?state=all").content
        assert b"a shared list" not in client.get(ENTRIES).content
        assert b"bank-entry-row" not in client.get(f"{ENTRIES}?import={sealed.public_id}").content
