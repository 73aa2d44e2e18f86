"""`export_audit` writes a file that can be checked without any of our code."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from reports.models import AuditEntry
from reports.trail import audit
from tests.integration.reports.trail import write

pytestmark = pytest.mark.django_db(transaction=True)
DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "audit.md"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    write(5)
    path = tmp_path / "audit.jsonl"
    call_command("export_audit", str(path))
    return path


def check(path: Path) -> tuple[int, str]:
    """What the program in docs/audit.md says of the file; exit code and output."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("```python\n")
    program = path.with_name("check.py")
    program.write_text(rest.partition("```")[0], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(program), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_no_file_is_written_over(exported: Path) -> None:
    before = exported.read_bytes()
    with pytest.raises(CommandError, match="name a new file"):
        call_command("export_audit", str(exported))
    assert exported.read_bytes() == before


def test_the_file_has_its_digest_beside_it_and_the_export_is_on_the_record(exported: Path) -> None:
    digest = hashlib.sha256(exported.read_bytes()).hexdigest()
    assert exported.with_name("audit.jsonl.sha256").read_text() == f"{digest}  audit.jsonl\n"
    assert exported.stat().st_mode & 0o077 == 0
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.verb, entry.payload) == ("audit.exported", '{"last":5}')


def test_the_program_in_the_documents_finds_it_intact(exported: Path) -> None:
    code, said = check(exported)
    assert (code, said) == (0, f"intact: 5 entries, head {entry_hash(5)}\n")


def entry_hash(sequence: int) -> str:
    return AuditEntry.objects.get(sequence=sequence).hash


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (lambda lines: [*lines[:2], *lines[3:]], "entry 3"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], "entry 1"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], "entry 3"),
        (
            lambda lines: [lines[0], lines[1].replace(b"test.done", b"test.none"), *lines[2:]],
            "entry 2",
        ),
        (lambda lines: [lines[0], lines[1].replace(b"number", b"nummer"), *lines[2:]], "entry 2"),
        (lambda lines: lines[:-1], "cut short"),
        (lambda lines: lines[:3], "cut short"),
    ],
)
def test_the_program_in_the_documents_names_what_was_altered(
    damage: "object", named: str, exported: Path
) -> None:
    assert callable(damage)
    lines = exported.read_bytes().splitlines(keepends=True)
    exported.write_bytes(b"".join(damage(lines)))
    code, said = check(exported)
    assert code == 1
    assert named in said


def test_a_tail_cut_with_a_new_end_shows_by_the_head_that_was_anchored(exported: Path) -> None:
    """Whoever writes a new last line can cut the file: the head tells, held against an anchor."""
    lines = exported.read_bytes().splitlines(keepends=True)[:3]
    end = {
        "entries": 3,
        "head": entry_hash(3),
        "sha256": hashlib.sha256(b"".join(lines)).hexdigest(),
    }
    exported.write_bytes(b"".join(lines) + json.dumps({"export": end}).encode() + b"\n")
    code, said = check(exported)
    assert code == 0
    assert audit.head()[1] not in said
