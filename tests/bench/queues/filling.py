"""A queue as full as years make it: real reports, copied by the database with ids of their own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.utils import timezone

from reports.incoming import findings, intake
from reports.models import MachineFinding, Report, Reporter
from reports.rules import Rule
from reports.snapshots import Score, Speaker, UserReport
from tests.report_cases import finding, person, snapshot

RECEIVED = 100
LINES = 12
SUBJECTS = 20_000
"""So many people are reported; everybody has some history."""

_PERSONS_RULES = (Rule.HARASSMENT, Rule.SPAM, Rule.HATE, Rule.SEXUAL_PRESSURE)


def receive() -> None:
    """Real intakes, half by people and half by the machine, each about somebody else."""
    now = timezone.now()
    said = snapshot().lines[0]
    for number in range(RECEIVED):
        taken = snapshot(
            subject=person(1000 + number),
            partner=person(5000 + number),
            started_at=now - timedelta(minutes=2),
            taken_at=now,
            lines=tuple(
                type(said)(
                    at=now - timedelta(seconds=LINES - turn),
                    speaker=Speaker.SUBJECT if turn % 2 else Speaker.PARTNER,
                    text="a line as long as people's lines are, more or less",
                    was_withheld=False,
                )
                for turn in range(LINES)
            ),
            scores=(Score(label="FEMALE_BREAST_EXPOSED", value=0.8),),
        )
        if number % 2:
            findings.record(finding(cut=False, evidence=(), snapshot=taken, found_at=now))
        else:
            rule = _PERSONS_RULES[number // 2 % len(_PERSONS_RULES)]
            intake.receive(UserReport(rule=rule, note="", snapshot=taken, reported_at=now))


_DECIDE = """
INSERT INTO reports_decision (report_id, queue, kind, reason, decided_by_id, at)
SELECT r.id, r.queue, act.kind, '', r.closed_by_id, r.closed_at - act.earlier
FROM reports_report r,
    (VALUES ('claimed', interval '5 minutes'), ('dismissed', interval '0')) AS act (kind, earlier)
WHERE r.state = 'closed'
"""


def multiply(reports: int) -> None:
    """Have `reports` of them, half waiting and half decided, over 30 days."""
    there = Report.objects.count()
    copies = max(0, reports - there) // there
    waits = "n % 2 = 0"
    hours = f"make_interval(mins => (n * 7919) % {30 * 24 * 60})"
    opened = f"r.opened_at - {hours}"
    subject = f"(n * 31 + r.priority::int) % {SUBJECTS}"
    report = {
        "id": _derived("r.id", "report"),
        "conversation": _derived("r.id", "conversation"),
        "subject_participant": f"md5('participant' || {subject})::uuid",
        "subject_device": f"md5('device' || {subject})::uuid",
        "state": f"CASE WHEN {waits} THEN 'open' ELSE 'closed' END",
        "outcome": f"CASE WHEN {waits} THEN '' ELSE 'dismissed' END",
        "closed_by_id": f"CASE WHEN {waits} THEN NULL ELSE (SELECT min(id) FROM auth_user) END",
        "closed_at": f"CASE WHEN {waits} THEN NULL ELSE {opened} + interval '1 hour' END",
        "opened_at": opened,
        "due_at": f"r.due_at - {hours}",
        "rank": f"r.priority * random() - extract(epoch FROM {opened}) / 3600",
    }
    of_report = {
        "report_id": _derived("r.report_id", "report"),
        "conversation": _derived("r.report_id", "conversation"),
    }
    reporter = of_report | {"receipt": "substr(md5(r.receipt || n), 1, 24)"}
    machine_finding = of_report | {"finding": "gen_random_uuid()"}
    # As the tables' owner, whose statements may take as long as they do.
    with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
        _copy(owner, Report._meta.db_table, report, copies)
        _copy(owner, Reporter._meta.db_table, reporter, copies)
        _copy(owner, MachineFinding._meta.db_table, machine_finding, copies)
        owner.execute(_DECIDE)
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        # What autovacuum does by itself within a minute.
        owner.execute("VACUUM ANALYZE")


def _derived(column: str, what: str) -> str:
    """An id of the copy `n` that the copies of other tables can name, too."""
    return f"md5('{what}' || {column} || n)::uuid"


def _copy(
    owner: psycopg.Connection[Any], table: str, changed: Mapping[str, str], copies: int
) -> None:
    """Insert so many copies `n` of each of the table's rows `r`, with columns `changed`."""
    found = owner.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s "
        "AND table_schema = current_schema() AND is_identity = 'NO'",
        [table],
    )
    columns = [str(name) for (name,) in found.fetchall()]
    values = ", ".join(changed.get(name, f'r."{name}"') for name in columns)
    names = ", ".join(f'"{name}"' for name in columns)
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {values} "
        f"FROM {table} r, generate_series(1, {copies}) n"
    )
    owner.execute(statement.encode())
