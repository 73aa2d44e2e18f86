import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import ProgrammingError, connection, transaction
from pytest_django.fixtures import Settings

from reports.models import AuditEntry
from reports.tasks import anchor_audit
from reports.trail import audit, verification
from reports.trail.anchor_stores import FILE_NAME
from reports.trail.audit import OutsideTransactionError
from tests.integration.reports.trail import Superuser, rehash, verify, write
from tests.races import at_once
from tests.report_cases import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_auditentry SET verb = 'nothing'",
        "DELETE FROM reports_auditentry",
        "TRUNCATE reports_auditentry",
        "ALTER TABLE reports_auditentry DISABLE TRIGGER ALL",
        "DROP TABLE reports_auditentry",
    ],
)
def test_the_applications_role_can_change_nothing(statement: str) -> None:
    write(1)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.get().verb == "test.done"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reports_auditentry SET verb = 'nothing'",
        "DELETE FROM reports_auditentry",
        "TRUNCATE reports_auditentry",
    ],
)
def test_even_a_superuser_is_refused_while_the_triggers_stand(
    superuser: Superuser, statement: str
) -> None:
    write(1)
    superuser.execute("SET session_replication_role = origin")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        superuser.execute(statement)


def test_the_applications_role_owns_no_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        assert cursor.fetchone() == (0,)


def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(OutsideTransactionError):
        audit.record("test.done", target="thing:1", payload={}, acting_user=None)


def fail_after_recording(verb: str) -> None:
    with audit.trail():
        audit.record(verb, target="thing:1", payload={}, acting_user=None)
        raise KeyError


def test_what_fails_leaves_no_entry_and_what_was_caught_inside_neither() -> None:
    with pytest.raises(KeyError):
        fail_after_recording("test.failed")
    with audit.trail():
        audit.record("test.outer", target="thing:1", payload={}, acting_user=None)
        with pytest.raises(KeyError):
            fail_after_recording("test.inner")
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["test.outer"]


def test_many_at_once_leave_no_gap() -> None:
    at_once(*(partial(write, 5, start=number * 5) for number in range(6)))
    assert list(AuditEntry.objects.values_list("sequence", flat=True)) == list(range(1, 31))
    anchor_audit()
    assert verify()[0] == 0


def test_an_act_that_is_not_finished_makes_nobody_wait() -> None:
    """The lock is taken last: another entry is written while an act is still under way."""
    recorded, finished = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with audit.trail():
                audit.record("test.slow", target="thing:1", payload={}, acting_user=None)
                recorded.set()
                assert finished.wait(timeout=10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert recorded.wait(timeout=10)
    write(1)
    finished.set()
    thread.join(timeout=10)
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["test.done", "test.slow"]


def test_who_has_the_lock_has_committed_before_hearing_of_it(superuser: Superuser) -> None:
    """A process that is stopped right there keeps nobody from writing."""
    seen: list[tuple[object, ...]] = []

    def look(execute: Callable[..., object], *statement: object) -> object:
        answer = execute(*statement)
        if "reports_audit_append" in str(statement[0]):
            seen.extend(superuser.execute("SELECT verb FROM reports_auditentry").fetchall())
        return answer

    with connection.execute_wrapper(look):
        write(1)
    assert seen == [("test.done",)]


def test_what_the_database_hashes_is_what_the_auditor_does(mod: User) -> None:
    """Whatever the text has in it: the two were written in different languages."""
    nasty = "".join(map(chr, range(1, 0x180))) + "\u2028\u2029\ud7ff\ufeff\uffff😀भाषा"
    with audit.trail():
        audit.record('a"\\/\b', target=f"x:{nasty[:64]}", payload={nasty: nasty}, acting_user=mod)
        for start in range(64, len(nasty), 64):
            part = nasty[start : start + 64]
            audit.record("b", target=f"y:{part}", payload={}, acting_user=None, now=NOW)
    for entry in AuditEntry.objects.all():
        assert entry.hash == audit.entry_hash(entry)
    anchor_audit()
    assert verify()[0] == 0


def test_an_intact_trail_is_said_to_be_so_with_count_and_head() -> None:
    write(3)
    anchor_audit()
    code, said = verify()
    assert code == 0
    assert "entries 3" in said
    assert f"head {audit.head()[1]}" in said
    assert "anchors 1" in said
    assert "intact" in said


def test_it_warns_when_the_role_could_alter_the_trail(superuser: Superuser) -> None:
    assert "warning" not in verify()[1]
    superuser.execute("GRANT UPDATE ON reports_auditentry TO parley_app")
    try:
        assert "warning" in verify()[1]
    finally:
        superuser.execute("REVOKE UPDATE ON reports_auditentry FROM parley_app")


@pytest.mark.parametrize(
    ("damage", "broken_at"),
    [
        ("UPDATE reports_auditentry SET verb = 'x' WHERE sequence = 3", 3),
        ("UPDATE reports_auditentry SET actor = 1 WHERE sequence = 3", 3),
        ("UPDATE reports_auditentry SET object_id = 'x' WHERE sequence = 3", 3),
        ("UPDATE reports_auditentry SET at = at + interval '1 s' WHERE sequence = 3", 3),
        ("UPDATE reports_auditentry SET payload = '{}' WHERE sequence = 3", 3),
        ("DELETE FROM reports_auditentry WHERE sequence = 3", 3),
        ("DELETE FROM reports_auditentry WHERE sequence = 1", 1),
        ("TRUNCATE reports_auditentry", 1),
        (
            "UPDATE reports_auditentry SET sequence = CASE sequence WHEN 3 THEN -4 ELSE -3 END"
            " WHERE sequence IN (3, 4);"
            "UPDATE reports_auditentry SET sequence = -sequence WHERE sequence < 0",
            3,
        ),
        (
            "INSERT INTO reports_auditentry SELECT 0, actor, actor_name, verb, object_type,"
            " object_id, payload, payload_digest, previous_hash, hash, at"
            " FROM reports_auditentry WHERE sequence = 3",
            0,
        ),
        (
            "INSERT INTO reports_auditentry SELECT 6, actor, actor_name, verb, object_type,"
            " object_id, payload, payload_digest, previous_hash, hash, at"
            " FROM reports_auditentry WHERE sequence = 5",
            6,
        ),
        ("DELETE FROM reports_auditentry WHERE sequence > 3", 4),
    ],
)
def test_it_names_the_first_broken_entry(superuser: Superuser, damage: str, broken_at: int) -> None:
    write(5)
    anchor_audit()
    for statement in damage.split(";"):
        superuser.execute(statement)
    code, said = verify()
    assert code == 1
    assert f"broken at sequence {broken_at}:" in said


def test_a_tail_that_was_cut_and_grown_again_is_found(superuser: Superuser) -> None:
    write(5)
    anchor_audit()
    superuser.execute("DELETE FROM reports_auditentry WHERE sequence > 3")
    write(4, start=50)
    code, said = verify()
    assert code == 1
    assert "broken at sequence 5:" in said


def test_a_consistent_rewrite_is_found_by_the_anchors(superuser: Superuser) -> None:
    write(5)
    anchor_audit()
    superuser.execute("UPDATE reports_auditentry SET verb = 'x' WHERE sequence = 2")
    rehash(superuser)
    assert verification.verify([]).is_intact
    code, said = verify()
    assert code == 1
    assert "rewritten" in said


def test_a_forged_anchor_is_found(settings: Settings) -> None:
    write(2)
    anchor_audit()
    path = Path(settings.AUDIT_ANCHOR_DIR) / FILE_NAME
    path.write_text(path.read_text().replace('"sequence": 2', '"sequence": 1'))
    code, said = verify()
    assert code == 1
    assert "line 1" in said


def test_anchors_without_a_key_are_not_taken_on_trust(settings: Settings) -> None:
    write(1)
    anchor_audit()
    settings.AUDIT_ANCHOR_KEY = ""
    settings.AUDIT_ANCHOR_PUBLIC_KEY = ""
    code, said = verify()
    assert code == 2
    assert "AUDIT_ANCHOR_KEY" in said


def test_an_empty_trail_is_not_anchored(settings: Settings) -> None:
    anchor_audit()
    assert not Path(settings.AUDIT_ANCHOR_DIR).exists()


def test_verifying_reads_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "BATCH_ROWS", 2)
    write(5)
    anchor_audit()
    assert verify()[0] == 0
