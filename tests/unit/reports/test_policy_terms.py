from dataclasses import asdict, replace
from typing import Any

import pytest

from reports.house_rules import policies
from reports.house_rules.policy_terms import Terms, changes, complaints

LANGUAGES = ("id", "es", "hi")


def shipped(code: str) -> tuple[Terms, bool]:
    found = next(one for one in policies.POLICIES if one.code == code)
    fields = asdict(found)
    names = [name for name in Terms.__slots__ if name in fields]
    return Terms(**{name: fields[name] for name in names}), found.is_child_safety


def refused(code: str, *, is_root: bool = True, **edit: Any) -> list[str]:
    least, is_child_safety = shipped(code)
    return complaints(
        replace(least, **edit),
        least=least,
        is_child_safety=is_child_safety,
        languages=LANGUAGES,
        is_root=is_root,
    )


@pytest.mark.parametrize("code", [one.code for one in policies.POLICIES])
def test_what_the_program_comes_with_is_within_its_bounds(code: str) -> None:
    assert refused(code) == []


@pytest.mark.parametrize(
    ("code", "edit"),
    [
        ("grooming", {"floor": 94}),
        ("grooming", {"floor": None}),
        ("grooming", {"needs_two_to_dismiss": False}),
        ("grooming", {"severity": 0.9}),
        ("grooming", {"ladder": "strikes"}),
        ("minor", {"strike_weight": 1}),
        ("threat", {"floor": 89}),
        ("threat", {"needs_two_to_dismiss": False}),
        ("self-harm", {"strike_weight": 1}),
        ("blackmail", {"floor": 79}),
        ("nudity", {"ladder": "person"}),
    ],
)
def test_what_protects_people_is_never_weakened(code: str, edit: dict[str, Any]) -> None:
    assert len(refused(code, **edit)) == 1


@pytest.mark.parametrize(
    "edit",
    [
        {"floor": 95},
        {"floor": 101},
        {"ladder": "hold"},
        {"ladder": "nonsense"},
        {"severity": 1.1},
        {"strike_weight": 4},
        {"title": "Junk"},
        {"text": " "},
        {"text": "x" * 2001},
        {"dsa_category": "STATEMENT_CATEGORY_NONSENSE"},
        {"dsa_keywords": []},
        {"dsa_keywords": ["KEYWORD_NONSENSE"]},
        {"words": {"es": {"title": "Basura", "text": ""}}},
        {"words": {"tlh": {"title": "a", "text": "b"}}},
    ],
)
def test_what_makes_no_sense_is_refused(edit: dict[str, Any]) -> None:
    assert refused("spam", **edit)


@pytest.mark.parametrize(
    "edit",
    [
        {"severity": 0.9},
        {"floor": 94},
        {"needs_two_to_dismiss": True},
        {"ladder": "strikes", "strike_weight": 3},
        {"text": "Nobody may advertise."},
        {"words": {"es": {"title": "Basura", "text": "Nadie puede anunciar."}}},
    ],
)
def test_the_rest_is_a_leads_to_change(edit: dict[str, Any]) -> None:
    assert refused("spam", **edit) == []


def test_a_finer_policy_has_a_title_of_its_own() -> None:
    assert refused("spam", is_root=False, title="Selling accounts") == []


def test_only_what_differs_is_a_change() -> None:
    terms, _ = shipped("spam")
    found = changes(terms, replace(terms, severity=0.5))
    assert [(one.name, one.before, one.after) for one in found] == [("severity", 0.3, 0.5)]
