"""The report page: complete, escaped, on the record, and absent for who may not know of it."""

from datetime import timedelta
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from reports.models import AuditEntry, Report
from reports.rules import Rule
from reports.snapshots import SnapshotLine, Speaker
from tests.integration.staff.conftest import (
    SignIn,
    a_finding,
    a_report,
    address,
    claimed,
    verbs,
)

HOSTILE = '"><script>window.hacked=1</script><img src=x onerror="window.hacked=1">'
FORMULA = '=HYPERLINK("javascript:alert(1)")'


class Tags(HTMLParser):
    """Every tag with its attributes, and all text outside of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _line(text: str, speaker: Speaker = Speaker.SUBJECT) -> SnapshotLine:
    at = timezone.now() - timedelta(seconds=30)
    return SnapshotLine(at=at, speaker=speaker, text=text, was_withheld=False)


def test_what_was_found_in_a_camera_check_says_that_there_was_no_partner(
    browser: SignIn, mod: User
) -> None:
    found = a_finding(partner=None, mode="check")

    text = Tags(browser(mod).get(address(found)).content.decode()).text

    assert "nobody: a camera check" in text


def test_what_the_machine_was_not_sure_of_says_so_and_a_cut_does_not(
    browser: SignIn, mod: User
) -> None:
    unsure = browser(mod).get(address(a_finding(cut=False))).content.decode()
    cut = browser(mod).get(address(a_finding())).content.decode()

    assert 'data-testid="unsure"' in unsure
    assert 'data-testid="unsure"' not in cut


@pytest.mark.parametrize("who", ["mod", "auditor", "chief"])
def test_what_is_sealed_does_not_exist_for_others(
    who: str, sealed: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))
    unknown = client.get(f"/admin/reports/report/{uuid4()}/")

    page = client.get(address(sealed))

    assert (page.status_code, unknown.status_code) == (404, 404)
    assert page.content == unknown.content


def test_the_child_safety_team_sees_it(guardian: User, sealed: Report, browser: SignIn) -> None:
    page = browser(guardian).get(address(sealed))

    assert page.status_code == 200
    assert b"Propose dismissal" not in page.content
    assert (
        b"Propose dismissal"
        in browser(guardian).get(address(claimed(browser(guardian), sealed))).content
    )


@pytest.mark.parametrize("who", ["auditor", "chief"])
def test_who_reviews_nothing_gets_no_report_at_all(
    who: str, found: Report, browser: SignIn, request: pytest.FixtureRequest
) -> None:
    client = browser(request.getfixturevalue(who))

    assert client.get(address(found)).status_code == 404
    assert client.get("/admin/reports/report/").status_code == 404


@pytest.mark.parametrize("pk", ["1", "../../auth/user", "%00", "not-a-uuid"])
def test_a_forged_id_is_a_missing_page(pk: str, mod: User, browser: SignIn) -> None:
    assert browser(mod).get(f"/admin/reports/report/{pk}/").status_code == 404


def test_hostile_text_is_text_wherever_it_stands(mod: User, browser: SignIn) -> None:
    report = a_report(
        note=HOSTILE + FORMULA,
        lines=(_line(HOSTILE), _line(FORMULA, Speaker.PARTNER)),
        pool=HOSTILE,
        mode="text",
    )

    parsed = Tags(browser(mod).get(address(report)).content.decode())

    assert parsed.text.count(HOSTILE) == 3
    assert parsed.text.count(FORMULA) == 2
    assert all("onerror" not in attributes for _tag, attributes in parsed.tags)
    assert all(attributes.get("src") for tag, attributes in parsed.tags if tag == "script")


def test_the_page_holds_no_script_of_its_own_and_no_original(
    mod: User, found: Report, browser: SignIn
) -> None:
    page = browser(mod).get(address(found))
    parsed = Tags(page.content.decode())

    inline = [tag for tag, attributes in parsed.tags if tag == "script" and "src" not in attributes]
    assert inline == []
    assert b"/original/" not in page.content
    assert b"/mosaic/" in page.content
    assert "no-store" in page.headers["Cache-Control"]


def test_lines_stand_in_order_with_who_said_them(mod: User, browser: SignIn) -> None:
    report = a_report(lines=(_line("one", Speaker.PARTNER), _line("two"), _line("three")))

    parsed = Tags(browser(mod).get(address(report)).content.decode())

    speakers = [
        attributes["data-speaker"]
        for _tag, attributes in parsed.tags
        if "data-speaker" in attributes
    ]
    assert speakers == ["partner", "subject", "subject"]
    assert parsed.text.index("one") < parsed.text.index("two") < parsed.text.index("three")


def test_showing_lines_is_written_down(mod: User, browser: SignIn) -> None:
    report = a_report()
    client = browser(mod)

    client.get(address(report))

    entry = AuditEntry.objects.order_by("-sequence")[0]
    assert (entry.verb, entry.actor, entry.object_id) == (
        "report.lines_served",
        mod.pk,
        str(report.pk),
    )


def test_history_keeps_quiet_about_sealed_reports(
    mod: User, guardian: User, sealed: Report, browser: SignIn
) -> None:
    ordinary = a_finding()

    for_mod = browser(mod).get(address(ordinary)).content
    for_guardian = browser(guardian).get(address(ordinary)).content

    assert str(sealed.pk).encode() not in for_mod
    assert str(sealed.pk).encode() in for_guardian


def test_scores_carry_the_versions_that_made_them(
    mod: User, found: Report, browser: SignIn
) -> None:
    page = browser(mod).get(address(found)).content

    for word in (b"female breast exposed", b"0.82", b"320n@1"):
        assert word in page


def test_a_claim_that_ran_out_opens_nothing(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)
    Report.objects.filter(pk=found.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))

    page = client.get(address(found))

    assert b"/original/" not in page.content
    assert b'data-testid="claim"' in page.content


def test_the_heartbeat_keeps_the_claim(mod: User, found: Report, browser: SignIn) -> None:
    client = browser(mod)
    claimed(client, found)
    soon = timezone.now() + timedelta(seconds=5)
    Report.objects.filter(pk=found.pk).update(claimed_until=soon)

    response = client.post(address(found, "heartbeat"))

    found.refresh_from_db()
    assert response.status_code == 200
    assert found.claimed_until is not None
    assert found.claimed_until > soon


def test_the_heartbeat_of_another_is_told_who_has_it(
    mod: User, other_mod: User, found: Report, browser: SignIn
) -> None:
    claimed(browser(other_mod), found)

    response = browser(mod).post(address(found, "heartbeat"))

    assert response.status_code == 409
    assert response.json() == {"winner": "other-mod"}
    assert "report.claimed" in verbs()


def test_the_rule_is_called_what_the_person_reads_on_their_statement(
    mod: User, browser: SignIn
) -> None:
    report = a_report(rule=Rule.SELF_HARM)
    client = browser(mod)

    page = Tags(client.get(address(report)).content.decode())
    queue = Tags(client.get("/admin/reports/report/").content.decode())

    assert "Self-harm" in page.text
    for shown in (page, queue):
        assert "self_harm" not in shown.text.lower()
        assert "self harm" not in shown.text.lower()
