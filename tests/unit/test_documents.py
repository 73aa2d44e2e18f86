"""What the documents name is there: modules, functions, tests, and the pages they link to."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
APPS = ("config", "chat", "moderation", "reports")

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
DOTTED = re.compile(rf"`((?:{'|'.join(APPS)})(?:\.\w+)+)`")
TEST_PATH = re.compile(r"`?(tests/[\w/]+\.(?:py|js|mjs))(?:::(\w+))?`?")


def _named(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [
        (str(document.relative_to(ROOT)), name if isinstance(name, str) else "::".join(name))
        for document in DOCUMENTS
        for name in pattern.findall(document.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize(("document", "target"), _named(LINK))
def test_a_link_leads_somewhere(document: str, target: str) -> None:
    assert ((ROOT / document).parent / target).exists()


@pytest.mark.parametrize(("document", "name"), _named(DOTTED))
def test_a_module_or_function_that_is_named_exists(document: str, name: str) -> None:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        if path.with_suffix(".py").is_file():
            source, rest = path.with_suffix(".py").read_text(encoding="utf-8"), parts[length:]
            break
    else:
        assert ROOT.joinpath(*parts).is_dir(), f"{document} names {name}"
        return
    for word in rest:
        assert re.search(rf"(?:def|class) {word}\b|^\s*{word}\b[:\s].*=", source, re.MULTILINE)


@pytest.mark.parametrize(("document", "name"), _named(TEST_PATH))
def test_a_test_that_is_named_exists(document: str, name: str) -> None:
    path, _, function = name.partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert not function or f"def {function}(" in source, f"{document} names {name}"


def test_each_decision_has_a_number_of_its_own() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [decision.name[:4] for decision in decisions]
    assert numbers == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for decision, number in zip(decisions, numbers, strict=True):
        assert decision.read_text(encoding="utf-8").startswith(f"# {number} ")
