"""`verify_audit`: resumed, killed, told to a program, and not to be led past what is broken."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as configured
from pytest_django.fixtures import Settings

from reports.keys import anchor_private_key, new_anchor_pair
from reports.models import AuditEntry
from reports.tasks import anchor_audit
from reports.trail import anchors, audit, checkpoints, verification
from reports.trail.anchor_stores import FILE_NAME, anchor_store
from reports.trail.anchors import Anchor
from tests.bench.audit_entries import fill
from tests.integration.reports.killing import run_and_kill
from tests.integration.reports.trail import Superuser, rehash, verify, write
from tests.report_cases import NOW
from tests.services import TestServices

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def told(state: Path) -> dict[str, object]:
    """What the command says to a program."""
    code, said = verify(json=True, state_file=state)
    found: dict[str, object] = json.loads(said)
    assert (code != 1) == found["is_intact"]
    return found


def test_without_the_anchor_key_nothing_can_be_resumed(state: Path, settings: Settings) -> None:
    settings.AUDIT_ANCHOR_KEY = ""
    write(1)
    code, said = verify(state_file=state)
    assert code == 2
    assert "AUDIT_ANCHOR_KEY" in said
    assert not state.exists()


def test_a_checkpoint_that_somebody_else_signed_is_refused(state: Path, settings: Settings) -> None:
    write(2)
    own = settings.AUDIT_ANCHOR_KEY
    settings.AUDIT_ANCHOR_KEY = new_anchor_pair().private
    assert "intact" in verify(state_file=state)[1]
    settings.AUDIT_ANCHOR_KEY = own
    code, said = verify(state_file=state)
    assert code == 2
    assert "not a checkpoint signed" in said


def test_the_next_walk_goes_on_where_the_last_one_ended(state: Path) -> None:
    write(3)
    anchor_audit()
    assert (told(state)["verified_before"], told(state)["entries"]) == (0, 3)
    write(2, start=3)
    anchor_audit()
    found = told(state)
    assert found["verified_before"] == 3
    assert found["entries"] == 5
    assert found["anchors"] == 2
    assert found["head"] == audit.head()[1]


def test_a_walk_without_a_checkpoint_looks_at_everything(state: Path, superuser: Superuser) -> None:
    write(5)
    told(state)
    superuser.execute("UPDATE reports_auditentry SET verb = 'x' WHERE sequence = 2")
    assert told(state)["is_intact"]
    code, said = verify()
    assert code == 1
    assert "broken at sequence 2:" in said


@pytest.mark.parametrize(
    ("damage", "broken_at", "fault"),
    [
        ("UPDATE reports_auditentry SET verb = 'x' WHERE sequence = 3", 3, "checkpoint_gone"),
        ("UPDATE reports_auditentry SET payload = '{}' WHERE sequence = 3", 3, "checkpoint_gone"),
        ("DELETE FROM reports_auditentry WHERE sequence >= 3", 3, "checkpoint_gone"),
        ("TRUNCATE reports_auditentry", 3, "checkpoint_gone"),
        ("UPDATE reports_auditentry SET verb = 'x' WHERE sequence = 4", 4, "altered"),
        ("UPDATE reports_auditentry SET payload = '{}' WHERE sequence = 5", 5, "payload_altered"),
        ("DELETE FROM reports_auditentry WHERE sequence = 4", 4, "missing"),
        ("DELETE FROM reports_auditentry WHERE sequence >= 4", 4, "tail_cut"),
        ("UPDATE reports_auditentry SET previous_hash = hash WHERE sequence = 5", 5, "unlinked"),
    ],
)
def test_a_resumed_walk_names_the_first_broken_entry_too(
    state: Path, superuser: Superuser, damage: str, broken_at: int, fault: str
) -> None:
    write(3)
    told(state)
    write(3, start=3)
    anchor_audit()
    superuser.execute(damage)
    found = told(state)
    assert (found["broken_at"], found["fault"]) == (broken_at, fault)
    assert found["problem"]


def test_a_rewrite_before_the_checkpoint_is_found_at_the_checkpoint(
    state: Path, superuser: Superuser
) -> None:
    write(5)
    told(state)
    superuser.execute("UPDATE reports_auditentry SET verb = 'x' WHERE sequence = 2")
    rehash(superuser)
    assert told(state)["fault"] == "checkpoint_gone"


def test_anchors_that_were_cut_or_replaced_since_are_found(state: Path, settings: Settings) -> None:
    for number in range(3):
        write(1, start=number)
        anchor_audit()
    told(state)
    path = Path(settings.AUDIT_ANCHOR_DIR) / FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:2]))
    code, said = verify(state_file=state)
    assert code == 1
    assert "line 3 of the anchors" in said


def test_an_anchor_that_came_late_is_held_against_what_was_verified_before(
    state: Path, superuser: Superuser, settings: Settings
) -> None:
    """The trail is verified between an entry and the anchor that speaks of it."""
    write(3)
    told(state)
    anchor_audit()
    write(2, start=3)
    assert told(state)["anchors"] == 1


@pytest.mark.parametrize(("hash_", "is_intact"), [(None, True), ("f" * 64, False)])
def test_an_anchor_of_an_earlier_entry_counts_too(hash_: str | None, is_intact: bool) -> None:
    write(3)
    key = anchor_private_key(configured.AUDIT_ANCHOR_KEY)
    line = b""
    for sequence in (3, 2):
        own = AuditEntry.objects.get(sequence=sequence).hash
        anchor = Anchor(
            sequence=sequence, hash=(hash_ or own) if sequence == 2 else own, at=NOW.isoformat()
        )
        line = anchors.sign(anchor, line, key)
        anchor_store().append(line)
    write(2, start=3)
    code, said = verify()
    assert (code == 0) == is_intact
    assert is_intact or "broken at sequence 2: its hash is not the one" in said


def test_entries_and_anchors_that_come_during_the_walk_are_walked_too() -> None:
    write(4)
    anchor_audit()
    key = anchor_private_key(configured.AUDIT_ANCHOR_KEY).public_key()

    def lines() -> Iterator[bytes]:
        yield from anchor_store().lines()
        write(3, start=4)
        anchor_audit()
        yield from anchor_store().lines(1)

    found = verification.verify(anchors.read(lines(), key))
    assert (found.is_intact, found.count, found.anchors) == (True, 7, 2)


def test_text_that_json_or_copy_escape_is_read_as_it_was_written() -> None:
    nasty = '"\\\n\r\t\b\f\v\x01\x1f\x7f\\N null \u2028 ﷽ 😀'
    for text in (nasty, "null", "\\N", "\\"):
        with audit.trail():
            audit.record(
                "test.done",
                target=f"thing:{text}",
                payload={"text": nasty, "number": 0.1},
                acting_user=None,
                now=datetime(1, 1, 1, tzinfo=UTC),
            )
    assert "intact" in verify()[1]


def test_a_second_entry_of_the_same_number_is_found(superuser: Superuser) -> None:
    write(4)
    constraint = "reports_auditentry_pkey"
    superuser.execute(f"ALTER TABLE reports_auditentry DROP CONSTRAINT {constraint}")
    try:
        superuser.execute(
            "INSERT INTO reports_auditentry SELECT * FROM reports_auditentry WHERE sequence = 2"
        )
        code, said = verify()
    finally:
        superuser.execute("TRUNCATE reports_auditentry")
        superuser.execute(
            f"ALTER TABLE reports_auditentry ADD CONSTRAINT {constraint} PRIMARY KEY (sequence)"
        )
    assert code == 1
    assert "broken at sequence 2: it was inserted" in said


@pytest.mark.parametrize("number", [0, -7])
def test_an_entry_before_the_first_is_found_in_an_empty_trail_too(
    superuser: Superuser, number: int
) -> None:
    write(1)
    superuser.execute(f"UPDATE reports_auditentry SET sequence = {number}")
    code, said = verify()
    assert code == 1
    assert f"broken at sequence {number}: it was inserted" in said


def test_it_says_when_nothing_would_show_a_cut_tail() -> None:
    write(1)
    code, said = verify()
    assert code == 2
    assert "no anchors" in said
    anchor_audit()
    code, said = verify()
    assert code == 0
    assert "no anchors" not in said


def test_a_trail_rewritten_from_its_beginning_is_not_vouched_for_once_its_anchors_are_gone(
    superuser: Superuser, settings: Settings
) -> None:
    write(3)
    anchor_audit()
    superuser.execute("TRUNCATE reports_auditentry")
    write(2)
    (Path(settings.AUDIT_ANCHOR_DIR) / FILE_NAME).unlink()
    assert verify()[0] == 2


def test_a_head_that_did_not_move_is_anchored_once(settings: Settings) -> None:
    write(1)
    anchor_audit()
    anchor_audit()
    assert len((Path(settings.AUDIT_ANCHOR_DIR) / FILE_NAME).read_bytes().splitlines()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM reports_auditentry WHERE sequence = 3",
        "UPDATE reports_auditentry SET hash = previous_hash WHERE sequence = 3",
    ],
)
def test_anchoring_says_aloud_that_what_was_anchored_is_gone(
    superuser: Superuser, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    write(3)
    anchor_audit()
    anchor_audit()
    assert not caplog.records
    superuser.execute(damage)
    anchor_audit()
    assert "entry 3 is not the one that was anchored" in caplog.text


def test_a_walk_that_was_killed_is_gone_on_with(state: Path, services: TestServices) -> None:
    fill(120_000, NOW)
    run_and_kill(services, "verify_audit", "--state-file", str(state), when=state.exists)
    key = anchor_private_key(configured.AUDIT_ANCHOR_KEY)
    reached = checkpoints.load(state, key).sequence
    assert 0 < reached < 120_000
    found = told(state)
    assert found["verified_before"] == reached
    assert found["entries"] == 120_000
