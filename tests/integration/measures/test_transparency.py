"""What is published of a month: nothing small, nothing that small numbers follow from, once."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reports.incoming import findings, intake
from reports.models import AuditEntry, TransparencyMonth
from reports.public import transparency
from reports.rules import Rule
from tests.report_cases import NOW, finding, line_finding, person, snapshot, user_report

FEBRUARY = datetime(2026, 2, 10, 12, tzinfo=UTC)
MARCH = NOW


@pytest.fixture
def february(sealed_folders: None, db: None) -> None:
    """Six people report harassment, four spam; the machine cuts five times and finds four minors.
    In March two more report harassment."""
    minutes = iter(range(100))

    def at() -> datetime:
        return FEBRUARY + timedelta(minutes=next(minutes))

    def reported(rule: Rule, who: int, when: datetime) -> None:
        taken = snapshot(subject=person(who), partner=person(500 + who))
        intake.receive(user_report(rule=rule, snapshot=taken, reported_at=when))

    for number in range(6):
        reported(Rule.HARASSMENT, 10 + number, at())
    for number in range(4):
        reported(Rule.SPAM, 20 + number, at())
    for number in range(5):
        found = snapshot(subject=person(30 + number))
        findings.record(finding(found_at=at(), evidence=(), snapshot=found))
    for number in range(4):
        found = snapshot(subject=person(40 + number), scores=(), thresholds_version="")
        findings.record(line_finding(found_at=at(), snapshot=found))
    for number in range(2):
        reported(Rule.HARASSMENT, 50 + number, MARCH)


def test_counts_of_five_and_more_are_told_and_smaller_ones_not(february: None) -> None:
    figures = transparency.figures(date(2026, 2, 1))

    assert figures["reports"]["harassment"] == {"machine": None, "person": 6}
    assert figures["reports"]["spam"] == {"machine": None, "person": None}
    assert figures["reports"]["nudity"] == {"machine": 5, "person": None}
    cuts = {"automatic": 5, "both": None, "person": None, "warned": None}
    assert figures["sanctions"]["nudity"] == cuts
    assert figures["appeals"] == {"granted": None, "refused": None}


def test_four_minors_look_like_none(february: None) -> None:
    figures = transparency.figures(date(2026, 2, 1))

    assert figures["reports"]["minor"] == figures["reports"]["grooming"]
    assert figures["sanctions"]["minor"] == figures["sanctions"]["grooming"]


def test_every_rule_has_its_row_and_no_total_stands_beside(february: None) -> None:
    figures = transparency.figures(date(2026, 2, 1))

    assert set(figures["reports"]) == set(Rule)
    assert set(figures) == {
        "reports",
        "sanctions",
        "appeals",
        "median_s_to_decision",
        "prevalence",
    }


def test_only_what_is_over_is_published_and_once(february: None) -> None:
    assert transparency.publish(MARCH) == 1
    assert transparency.publish(MARCH) == 0
    assert [row.month for row in TransparencyMonth.objects.all()] == [date(2026, 2, 1)]
    assert AuditEntry.objects.filter(verb="transparency.published").count() == 1


def test_what_was_published_does_not_change(february: None) -> None:
    transparency.publish(MARCH)
    before = TransparencyMonth.objects.get().figures
    taken = snapshot(subject=person(70), partner=person(570))
    intake.receive(user_report(rule=Rule.HARASSMENT, snapshot=taken, reported_at=FEBRUARY))

    transparency.publish(MARCH + timedelta(days=31))

    assert TransparencyMonth.objects.get(month=date(2026, 2, 1)).figures == before
    assert TransparencyMonth.objects.count() == 2


def test_a_month_from_before_warnings_were_counted_is_still_read(
    february: None, client: Client
) -> None:
    transparency.publish(MARCH)
    row = TransparencyMonth.objects.get()
    for counts in row.figures["sanctions"].values():
        del counts["warned"]
    row.save()

    assert client.get("/transparency/").status_code == 200


def test_an_empty_house_publishes_nothing(db: None) -> None:
    assert transparency.publish(NOW) == 0


@given(st.integers(0, 50))
def test_no_small_count_is_shown(count: int) -> None:
    assert transparency.shown(count) == (count if count >= 5 else None)


def test_everybody_may_read_it_as_a_page_and_as_json(february: None, client: Client) -> None:
    transparency.publish(MARCH)

    page = client.get("/transparency/")
    file = json.loads(client.get("/transparency/?format=json").content)

    assert page.status_code == 200
    assert "February 2026" in page.content.decode()
    assert page.headers["Cache-Control"] == "public, max-age=3600"
    assert file["minimum"] == 5
    assert file["months"][0]["month"] == "2026-02"
    assert file["months"][0]["reports"]["harassment"]["person"] == 6


def test_the_page_has_the_largest_first_and_the_small_ones_in_one_row(
    february: None, client: Client
) -> None:
    transparency.publish(MARCH)

    page = client.get("/transparency/").content.decode()
    reports = page.partition("</caption>")[2].partition("</table>")[0]
    heads = [each.partition("</th>")[0] for each in reports.split('<th scope="row">')[1:]]

    assert heads == ["Harassment", "Nudity on camera", "Each of the others"]


def test_nothing_on_it_names_anybody(february: None, client: Client) -> None:
    transparency.publish(MARCH)

    for form in ("html", "json"):
        said = client.get(f"/transparency/?format={form}").content.decode()
        assert "-".join(str(person(10).device).split("-")[-2:]) not in said
        assert str(person(10).participant) not in said


def test_before_the_first_month_it_says_so_and_every_page_leads_there(
    db: None, client: Client
) -> None:
    page = client.get("/transparency/").content.decode()

    assert "No month has been published yet." in page
    assert 'href="/transparency/"' in page
    assert client.post("/transparency/").status_code == 405
