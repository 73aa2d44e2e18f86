"""docs/audit.md names every act that is recorded, and each of them is tried by a test."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "audit.md"
ROW = re.compile(r"^\| (`[a-z_]+\.[a-z_]+`(?:, `[a-z_]+\.[a-z_]+`)*) \|", re.MULTILINE)
VERB = re.compile(r"[a-z]+(?:_[a-z]+)*\.(?:[a-z_]+|\{\})")
RECORDS = re.compile(r"^from reports\.trail import .*\baudit\b", re.MULTILINE)
NO_VERBS = {"staff.seen", "staff.since"}
"""What a session keeps is named alike."""
PACKAGES = ("reports", "moderation", "chat", "config")


def documented() -> set[str]:
    table = DOCUMENT.read_text(encoding="utf-8").partition("## What is recorded")[2]
    return set(re.findall(r"`([a-z_.]+)`", " ".join(ROW.findall(table))))


def recorded() -> dict[str, str]:
    """Every text in a module that records which looks like a verb, by where it is; a part that is
    only known when it runs is {}."""
    found: dict[str, str] = {}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "migrations" not in path.parts and RECORDS.search(source):
                verbs = _verbs(source) - NO_VERBS
                found |= dict.fromkeys(verbs, path.relative_to(ROOT).as_posix())
    return found


def _verbs(source: str) -> set[str]:
    verbs = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)):
                verbs.add(text)
            case ast.JoinedStr(values=parts):
                verbs.add(
                    "".join(
                        str(part.value) if isinstance(part, ast.Constant) else "{}"
                        for part in parts
                    )
                )
    return {
        verb for verb in verbs if VERB.fullmatch(verb) and not verb.endswith((".html", ".toml"))
    }


def _fits(verb: str, pattern: str) -> bool:
    return verb == pattern or (
        pattern.endswith("{}") and verb.startswith(pattern.removesuffix("{}"))
    )


def test_every_act_that_code_records_has_its_row() -> None:
    missing = {
        f"{pattern} ({where})"
        for pattern, where in recorded().items()
        if not any(_fits(verb, pattern) for verb in documented())
    }
    assert sorted(missing) == [], "add a row to the table in docs/audit.md"


def test_no_row_is_about_what_nothing_records() -> None:
    patterns = recorded()
    assert patterns
    surplus = {
        verb for verb in documented() if not any(_fits(verb, pattern) for pattern in patterns)
    }
    assert sorted(surplus) == []


def test_every_row_is_tried() -> None:
    tests = "".join(
        path.read_text(encoding="utf-8")
        for folder in ("integration", "e2e")
        for path in (ROOT / "tests" / folder).rglob("*.py")
    )
    assert sorted(verb for verb in documented() if f'"{verb}"' not in tests) == []
