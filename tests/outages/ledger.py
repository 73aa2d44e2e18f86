"""What was answered, held against the rows: what was taken is there once, and nothing else is."""

import redis
from django.conf import settings

from moderation.stores import keys
from reports.models import (
    Appeal,
    AuditEntry,
    Decision,
    DecisionKind,
    Evidence,
    MachineFinding,
    Notice,
    Reporter,
    Sanction,
)
from reports.trail import verification
from tests.outages.rehearsal import BUSY_LETTERS, LETTERS, Rehearsal
from tests.outages.writers import Writer


def expect_everything_once(play: Rehearsal) -> None:
    """Each letter that was taken is one row, the one its answer speaks of; no other row came."""
    _expect_receipts(play.notices, "letter")
    _expect_receipts(play.busy_notices, "busy")
    assert Notice.objects.count() == LETTERS + BUSY_LETTERS
    assert Appeal.objects.count() == LETTERS
    assert {row.receipt for row in Reporter.objects.all()} == {
        answer.leads_to for answer in play.reports.taken.values()
    }
    assert Reporter.objects.count() == LETTERS
    decided = Decision.objects.filter(report__in=play.decided, kind=DecisionKind.CONFIRMED)
    assert sorted(decided.values_list("report", flat=True)) == sorted(play.decided)
    _expect_findings(play)
    seen = verification.verify([])
    assert seen.broken_at is None
    assert seen.count == AuditEntry.objects.count()


def expect_plain_refusals(play: Rehearsal) -> None:
    """Everybody was refused at least once, and each time told that nothing was filed; what they
    had written stood there."""
    for writer, said, text in (
        (play.notices, "nothing was filed", "letter "),
        (play.busy_notices, "nothing was filed", "busy "),
        (play.appeals, "nothing was filed", "not me"),
        (play.decisions, "Nothing was decided", "Plainly visible."),
        (play.reports, "nothing was filed", ""),
    ):
        assert writer.refused, said
        for answer in writer.refused:
            assert answer.status == 503, (answer.status, answer.page[:300])
            assert said in answer.page
            assert text in answer.page


def _expect_receipts(writer: Writer, name: str) -> None:
    for number, answer in writer.taken.items():
        row = Notice.objects.get(explanation=f"{name} {number}")
        assert answer.leads_to == f"/receipt/{row.receipt}/"


def _expect_findings(play: Rehearsal) -> None:
    ids = [found.id for found in play.findings]
    rows = MachineFinding.objects.filter(finding__in=ids)
    assert sorted(rows.values_list("finding", flat=True)) == sorted(ids)
    reports = [row.report_id for row in rows]
    assert Sanction.objects.filter(report__in=reports).count() == len(ids)
    assert Evidence.objects.filter(report__in=reports).count() == len(ids)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        for found in play.findings:
            assert not client.exists(keys.device_bar(found.snapshot.subject.device))
