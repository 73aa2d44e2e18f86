"""Known pictures in the browser: picked on a report, agreed on by another, revoked (I17)."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.utils import timezone

from reports.admin.bank_pages import TONES
from reports.hashing.sightings import BankMatch, Crop, Orientation
from reports.house_rules.policies import current
from reports.incoming import findings
from reports.known_pictures import banks
from reports.models import BankEntry, EntryState, Evidence, EvidenceView, Report, Sanction
from reports.reviewing import claims, review
from reports.rules import Rule
from reports.sanctions.ladder import Length
from tests.integration.staff.conftest import SignIn, a_finding, address, verbs
from tests.report_cases import finding

LIST = "/admin/reports/bankentry/"


def decided(report: Report, user: User) -> Report:
    """The report, confirmed by this account."""
    claims.claim(report.pk, version=report.version, acting_user=user, now=timezone.now())
    report.refresh_from_db()
    review.confirm(
        report.pk,
        version=report.version,
        policy=current(Rule.NUDITY, is_child_safety=report.queue != "standard"),
        length=Length.DAYS_7,
        reason="seen",
        acting_user=user,
        now=timezone.now(),
    )
    report.refresh_from_db()
    return report


@pytest.fixture
def frame(found: Report, mod: User) -> Evidence:
    """A frame of a report that mod confirmed."""
    return decided(found, mod).evidence.get()


@pytest.fixture
def entry(frame: Evidence, mod: User) -> BankEntry:
    return banks.propose(frame.pk, reason="shows it", acting_user=mod, now=timezone.now())


def page(entry: BankEntry, act: str = "") -> str:
    return f"{LIST}{entry.public_id}/{act}{'/' if act else ''}"


def original(frame: Evidence) -> str:
    return address(frame.report, f"evidence/{frame.pk}/original")


@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_who_reviews_nothing_sees_no_bank(
    who: str, entry: BankEntry, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    assert client.get(LIST).status_code == 404
    assert client.get(page(entry)).status_code == 404
    assert client.post(f"{LIST}pick/{entry.evidence_id}/", {"reason": "x"}).status_code == 404


def test_every_state_has_a_colour_that_the_styles_know() -> None:
    styles = Path(str(finders.find("reports/staff/surface.css"))).read_text()
    for tone in filter(None, TONES.values()):
        assert f".staff-badge.is-{tone}," in styles


def test_an_undecided_report_offers_nothing_to_pick(
    found: Report, mod: User, browser: SignIn
) -> None:
    assert b'data-testid="pick"' not in browser(mod).get(address(found)).content


def test_a_confirmed_frame_is_picked_with_a_reason(
    frame: Evidence, mod: User, browser: SignIn
) -> None:
    client = browser(mod)
    assert b'data-testid="pick"' in client.get(address(frame.report)).content
    client.post(f"{LIST}pick/{frame.pk}/", {"reason": " "})
    assert not BankEntry.objects.exists()
    shown = client.post(f"{LIST}pick/{frame.pk}/", {"reason": "a known shock picture"}, follow=True)
    made = BankEntry.objects.get()
    assert (made.proposal, made.state) == ("a known shock picture", EntryState.PROPOSED)
    assert b'data-testid="entry-waits"' in shown.content
    assert b'data-testid="picked"' in client.get(address(frame.report)).content


def test_who_picked_it_is_not_asked_and_cannot_agree(
    frame: Evidence, lead: User, browser: SignIn
) -> None:
    own = banks.propose(frame.pk, reason="it", acting_user=lead, now=timezone.now())
    client = browser(lead)
    assert b'data-testid="entry-approve"' not in client.get(page(own)).content
    answer = client.post(page(own, "approve"), follow=True)
    assert b"needs a second person" in answer.content
    own.refresh_from_db()
    assert own.state == EntryState.PROPOSED


def test_a_lead_looks_at_the_original_and_agrees(
    entry: BankEntry, lead: User, browser: SignIn
) -> None:
    client = browser(lead)
    assert b'data-testid="evidence-open"' in client.get(page(entry)).content
    assert entry.evidence is not None
    shown = client.post(original(entry.evidence), {"purpose": "bank"})
    assert shown.status_code == 200
    assert shown["Content-Type"] == "image/png"
    assert EvidenceView.objects.get().viewer == lead
    client.post(page(entry, "approve"))
    entry.refresh_from_db()
    assert (entry.state, entry.approved_by) == (EntryState.LOG_ONLY, lead)
    assert "bank_entry.approved" in verbs()


def test_nobody_else_opens_the_original_for_it(
    entry: BankEntry, mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    assert entry.evidence is not None
    for user in (mod, other_mod):
        assert b"opening the original" not in browser(user).get(page(entry)).content
        answer = browser(user).post(original(entry.evidence), {"purpose": "bank"})
        assert answer.status_code == 403
    banks.approve(entry.pk, acting_user=lead, now=timezone.now())
    assert browser(lead).post(original(entry.evidence), {"purpose": "bank"}).status_code == 403


def test_revoking_takes_a_reason_and_lifts(entry: BankEntry, lead: User, browser: SignIn) -> None:
    banks.approve(entry.pk, acting_user=lead, now=timezone.now())
    banks.settle(timezone.now() + banks.LOG_ONLY)
    match = BankMatch(entry=entry.pk, distance=9, orientation=Orientation.UPRIGHT, crop=Crop.WHOLE)
    findings.record(finding(match=match, found_at=timezone.now()))
    client = browser(lead)
    client.post(page(entry, "revoke"), {"reason": ""})
    assert Sanction.objects.filter(bank_hits__entry=entry, lifted_at=None).exists()
    shown = client.post(page(entry, "revoke"), {"reason": "an advert"}, follow=True)
    assert b"Why it was revoked" in shown.content
    assert not Sanction.objects.filter(bank_hits__entry=entry, lifted_at=None).exists()
    assert b"an advert" in shown.content


def test_the_report_says_bank_entry_distance_and_orientation(
    entry: BankEntry, lead: User, guardian: User, browser: SignIn
) -> None:
    banks.approve(entry.pk, acting_user=lead, now=timezone.now())
    banks.settle(timezone.now() + banks.LOG_ONLY)
    match = BankMatch(
        entry=entry.pk, distance=9, orientation=Orientation.MIRRORED, crop=Crop.INNER_90
    )
    made = findings.record(finding(match=match, found_at=timezone.now()))
    shown = browser(guardian).get(address(Report.objects.get(pk=made.report))).content.decode()
    for words in (
        "Confirmed here",
        f">{entry.short_id}<",
        "9 of 256 bits",
        "mirrored left to right",
    ):
        assert words in shown


def test_a_sealed_entry_does_not_exist_for_others(
    guardian: User, mod: User, lead: User, browser: SignIn
) -> None:
    report = a_finding()
    Report.objects.update(queue="child_safety", is_safety_floor=True)
    report.refresh_from_db()
    picked = decided(report, guardian).evidence.get()
    sealed = banks.propose(picked.pk, reason="it", acting_user=guardian, now=timezone.now())
    assert browser(guardian).get(page(sealed)).status_code == 200
    for user in (mod, lead):
        client = browser(user)
        for act in ("approve", "refuse", "revoke"):
            assert client.post(page(sealed, act), {"reason": "x"}).status_code == 404
        assert client.get(page(sealed)).status_code == 404
        for query in ("", f"?q={sealed.pk}", f"?q={sealed.pdq[:12]}", "?state=all"):
            assert b"bank-entry-row" not in client.get(f"{LIST}{query}").content
