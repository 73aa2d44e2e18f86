"""Second decisions in the browser: blind means that no page tells the first decision."""

import re
from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.house_rules.policies import current
from reports.incoming import findings, intake
from reports.models import AuditEntry, EvidenceView, QualityItem, Report, Sanction
from reports.reviewing import quality_drawing, review
from reports.rules import Rule
from reports.sanctions.ladder import Length
from reports.snapshots import SnapshotLine, Speaker, UserReport
from tests.integration.staff.conftest import SignIn, a_finding, address, verbs
from tests.report_cases import finding, frame, person, snapshot

QUALITY = "/admin/reports/qualityitem/"
HOSTILE = '"><script>window.hacked=1</script>=1+1'


class _Words(HTMLParser):
    """All text of a page, outside of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data


def _drawn(lead: User) -> None:
    now = timezone.now() + timedelta(seconds=1)
    quality_drawing.draw_now("seed", days=7, size=50, acting_user=lead, now=now)


def _decided(mod: User, *, is_confirmed: bool, who: int = 50) -> Report:
    """A cut of the same moment, with the same lines and the same picture, decided so or so."""
    at = timezone.now().replace(microsecond=0, second=0) - timedelta(hours=1)
    line = SnapshotLine(at=at, speaker=Speaker.SUBJECT, text=HOSTILE, was_withheld=False)
    taken = snapshot(subject=person(who), taken_at=at, started_at=at, lines=(line,))
    made = findings.record(finding(found_at=at, snapshot=taken, evidence=(frame(),)))
    partner_says = UserReport(rule=Rule.NUDITY, note="bare", snapshot=taken, reported_at=at)
    intake.receive(partner_says)
    report = Report.objects.get(pk=made.report)
    if is_confirmed:
        review.confirm(
            report.pk,
            version=report.version,
            policy=current(Rule.NUDITY, is_child_safety=False),
            length=Length.AS_IS,
            reason="TELLTALE",
            acting_user=mod,
            now=timezone.now(),
        )
    else:
        review.dismiss(
            report.pk,
            version=report.version,
            reason="TELLTALE",
            acting_user=mod,
            now=timezone.now(),
        )
    report.refresh_from_db()
    return report


def _neutral(page: str) -> str:
    """The page without what differs for every request and row."""
    page = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", page)
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "TOKEN", page)


def _take(browser: SignIn, user: User) -> tuple[QualityItem, str]:
    client = browser(user)
    client.post(f"{QUALITY}next/")
    item = QualityItem.objects.get(held_by=user)
    return item, client.get(f"{QUALITY}{item.pk}/").content.decode()


@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_who_reviews_nothing_finds_nothing_here(
    who: str, lead: User, mod: User, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    _decided(mod, is_confirmed=True)
    _drawn(lead)
    client = browser(request.getfixturevalue(who))
    item = QualityItem.objects.get()

    for path in ("", f"{item.pk}/"):
        assert client.get(f"{QUALITY}{path}").status_code == 404
    for act in ("next", "draw", f"{item.pk}/answer", f"{item.pk}/note", f"{item.pk}/resolve"):
        assert client.post(f"{QUALITY}{act}/").status_code == 404


def test_the_blind_page_is_the_same_however_it_ended(
    mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    confirmed = _decided(mod, is_confirmed=True, who=50)
    _drawn(lead)
    item, after_confirming = _take(browser, other_mod)
    assert item.report_id == confirmed.pk
    browser(other_mod).post(f"{QUALITY}{item.pk}/give-back/")
    QualityItem.objects.update(withdrawn_at=timezone.now())

    dismissed = _decided(mod, is_confirmed=False, who=51)
    _drawn(lead)
    item, after_dismissing = _take(browser, other_mod)

    assert item.report_id == dismissed.pk
    assert HOSTILE in _Words(after_confirming).text
    assert "<script>window" not in after_confirming
    assert "evidence-mosaic" in after_confirming
    assert _neutral(after_confirming) == _neutral(after_dismissing)
    for telltale in ("TELLTALE", "mod<", str(confirmed.pk)[:8], str(confirmed.subject_device)):
        assert telltale not in after_confirming.replace("other-mod", "")


def test_no_other_page_tells_of_it_meanwhile(
    mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    report = _decided(mod, is_confirmed=True)
    again = a_finding(subject=person(50))
    sanction = Sanction.objects.get(report=report)
    _drawn(lead)
    QualityItem.objects.exclude(report=report).delete()
    _take(browser, other_mod)
    client = browser(other_mod)
    picture = report.evidence.get()

    assert client.get(address(report)).status_code == 404
    assert client.get(f"{address(report)}evidence/{picture.pk}/mosaic/").status_code == 404
    assert client.get(f"/admin/reports/sanction/{sanction.pk}/").status_code == 404
    searches = {
        "/admin/reports/report/?state=all&q=": (report.pk, report.conversation),
        "/admin/reports/sanction/?q=": (sanction.participant, sanction.statement.code),
    }
    for path, terms in searches.items():
        for term in terms:
            found = client.get(f"{path}{term}").content.decode()
            assert f"/report/{report.pk}/" not in found
            assert f"/sanction/{sanction.pk}/" not in found
    history = client.get(address(again)).content.decode()
    assert str(report.pk) not in history
    assert str(sanction.pk) not in history
    assert str(report.pk) in browser(lead).get(address(again)).content.decode()


def test_pictures_open_for_who_judges_and_say_what_for(
    mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    report = _decided(mod, is_confirmed=True)
    _drawn(lead)
    item, _page = _take(browser, other_mod)
    picture = f"{QUALITY}{item.pk}/evidence/{report.evidence.get().pk}"

    assert browser(lead).get(f"{picture}/mosaic/").status_code == 404
    assert browser(lead).post(f"{picture}/original/", {"purpose": "quality"}).status_code == 404
    assert browser(other_mod).get(f"{picture}/mosaic/").status_code == 200
    opened = browser(other_mod).post(f"{picture}/original/", {"purpose": "quality"})
    assert opened.status_code == 200
    assert b"".join(opened).startswith(b"\x89PNG")
    assert set(EvidenceView.objects.values_list("rendition", flat=True)) == {"mosaic", "original"}
    entry = AuditEntry.objects.filter(verb="evidence.opened").latest("sequence")
    assert '"purpose":"quality"' in entry.payload
    assert "report.lines_served" in verbs()


def test_an_item_is_nobodys_page_before_it_is_answered(
    mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    _decided(mod, is_confirmed=True)
    _drawn(lead)
    item, _page = _take(browser, other_mod)

    assert browser(lead).get(f"{QUALITY}{item.pk}/").status_code == 404
    assert browser(mod).get(f"{QUALITY}{item.pk}/").status_code == 404
    assert browser(lead).get(f"{QUALITY}{uuid4()}/").status_code == 404


@pytest.mark.parametrize(
    "data", [{"verdict": "broken", "reason": "seen"}, {"verdict": "none", "reason": ""}]
)
def test_an_answer_needs_what_it_needs(
    data: dict[str, str], mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    _decided(mod, is_confirmed=True)
    _drawn(lead)
    item, _page = _take(browser, other_mod)

    answered = browser(other_mod).post(f"{QUALITY}{item.pk}/answer/", data)

    item.refresh_from_db()
    assert answered.status_code == 422
    assert item.answer == ""
    assert item.held_by == other_mod


def test_a_disagreement_is_discussed_and_settled_on_one_page(
    mod: User, other_mod: User, lead: User, browser: SignIn
) -> None:
    report = _decided(mod, is_confirmed=True)
    _drawn(lead)
    item, _page = _take(browser, other_mod)
    client = browser(other_mod)
    client.post(f"{QUALITY}{item.pk}/answer/", {"verdict": "none", "reason": "a knee"})
    page = f"{QUALITY}{item.pk}/"

    assert 'data-testid="disputed"' in client.get(QUALITY).content.decode()
    client.post(f"{page}note/", {"text": HOSTILE})
    seen = client.get(page).content.decode()
    assert HOSTILE in _Words(seen).text
    assert "<script>window" not in seen
    assert "a colleague" in seen
    assert 'data-testid="resolve"' not in seen
    assert client.post(f"{page}resolve/", {"resolution": "keep", "reason": "x"}).status_code == 404
    leading = browser(lead)
    assert "other-mod" in leading.get(page).content.decode()
    assert leading.post(f"{page}resolve/", {"resolution": "burn", "reason": "x"}).status_code == 422
    leading.post(f"{page}resolve/", {"resolution": "reopen", "reason": "a knee, yes"})

    report.refresh_from_db()
    assert report.state == "open"
    assert "Decide the report again" in leading.get(page).content.decode()
    assert verbs()[-2:] == ["report.reopened", "quality.resolved"]


def test_what_is_sealed_is_seen_by_the_child_safety_team_alone(
    sealed: Report, mod: User, lead: User, guardian: User, browser: SignIn
) -> None:
    now = timezone.now() + timedelta(seconds=1)
    quality_drawing.draw_now("seed", days=1, size=5, acting_user=guardian, now=now)
    item = QualityItem.objects.get(report=sealed)

    for who in (mod, lead):
        page = browser(who).get(QUALITY).content.decode()
        assert 'data-testid="sample"' not in page
        assert "0 second decisions" in page
        browser(who).post(f"{QUALITY}next/")
    assert not QualityItem.objects.filter(held_by__isnull=False).exists()
    assert 'data-testid="sample"' in browser(guardian).get(QUALITY).content.decode()
    _item, page = _take(browser, guardian)
    assert _item == item
    assert 'data-testid="blind"' in page


def test_only_leads_draw_and_samples_tell_no_outcome(
    mod: User, lead: User, guardian: User, browser: SignIn
) -> None:
    _decided(mod, is_confirmed=True)
    assert browser(mod).post(f"{QUALITY}draw/", {"days": 1, "size": 5}).status_code == 404
    assert browser(lead).post(f"{QUALITY}draw/", {"days": 9, "size": 0}).status_code == 422

    browser(lead).post(f"{QUALITY}draw/", {"days": 1, "size": 5})

    page = browser(lead).get(QUALITY).content.decode()
    assert "0 of 1" in page
    for word in ("Confirmed", "Dismissed", "Automatic"):
        assert word not in page
