"""What a policy says and leads to, and how far a lead may change it. Pure.

The bounds are in code, so that no edit makes a gap: what protects children or lives can't be
weakened, a rule that came with the program can't vanish, and nothing else rises as high as those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from reports.house_rules.priority import CHILD_SAFETY_FLOOR

TITLE_MAX = 120
TEXT_MAX = 2000
STRIKE_WEIGHT_MAX = 3
HOLD, STRIKES, PERSON = "hold", "strikes", "person"
_STRENGTH = {PERSON: 0, STRIKES: 1, HOLD: 2}

CATEGORIES = tuple(
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        "ANIMAL_WELFARE",
        "CONSUMER_INFORMATION",
        "CYBER_VIOLENCE",
        "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        "ILLEGAL_OR_HARMFUL_SPEECH",
        "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS",
        "NOT_SPECIFIED_NOTICE",
        "OTHER_VIOLATION_TC",
        "PROTECTION_OF_MINORS",
        "RISK_FOR_PUBLIC_SECURITY",
        "SCAMS_AND_FRAUD",
        "SELF_HARM",
        "UNSAFE_AND_PROHIBITED_PRODUCTS",
        "VIOLENCE",
    )
)
KEYWORDS = tuple(
    f"KEYWORD_{name}"
    for name in (
        "ADULT_SEXUAL_MATERIAL",
        "AGE_SPECIFIC_RESTRICTIONS_MINORS",
        "CHILD_SEXUAL_ABUSE_MATERIAL",
        "CYBER_HARASSMENT",
        "GROOMING_SEXUAL_ENTICEMENT_MINORS",
        "HATE_SPEECH",
        "NON_CONSENSUAL_IMAGE_SHARING",
        "NUDITY",
        "OTHER",
    )
)
"""The words of the EU Transparency Database that fit what happens here."""

Words = Mapping[str, Mapping[str, str]]
"""`{language: {"title": …, "text": …}}`; what is missing falls back to English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an edit may change; fields as in `reports.models.Policy`."""

    title: str
    text: str
    words: Words = field(default_factory=dict)
    severity: float
    strike_weight: int
    ladder: str
    floor: int | None
    needs_two_to_dismiss: bool
    dsa_category: str
    dsa_keywords: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field that an edit changes, as shown before it is published."""

    name: str
    before: Any
    after: Any


def changes(before: Terms, after: Terms) -> list[Change]:
    """What differs, in the order of the fields."""
    old, new = asdict(before), asdict(after)
    return [
        Change(name=name, before=old[name], after=new[name])
        for name in old
        if old[name] != new[name]
    ]


def complaints(
    terms: Terms, *, least: Terms, is_child_safety: bool, languages: Sequence[str], is_root: bool
) -> list[str]:
    """Why the terms can't be published, in English; empty when they can.

    `least` is what they are measured by: the terms the program came with, or a parent's for a finer
    policy.
    """
    return [
        *_wrong_words(terms, least, languages, is_root=is_root),
        *_wrong_numbers(terms, least, is_child_safety=is_child_safety),
        *_wrong_labels(terms),
    ]


def _wrong_words(
    terms: Terms, least: Terms, languages: Sequence[str], *, is_root: bool
) -> list[str]:
    found = []
    if is_root and terms.title != least.title:
        found.append("the title of a rule is the same on every page and stays")
    pairs = [(terms.title, terms.text)]
    for language, said in terms.words.items():
        if language not in languages:
            found.append(f"{language} is no language of this site")
        pairs.append((said.get("title", ""), said.get("text", "")))
    for title, text in pairs:
        if not title.strip() or not text.strip():
            found.append("a title needs its text in the same language, and a text its title")
        if len(title) > TITLE_MAX or len(text) > TEXT_MAX:
            found.append(f"a title has at most {TITLE_MAX} characters, a text {TEXT_MAX}")
    return found


def _wrong_numbers(terms: Terms, least: Terms, *, is_child_safety: bool) -> list[str]:
    found = []
    floor, floor_least = terms.floor or 0, least.floor or 0
    if not 0.0 <= terms.severity <= 1.0:
        found.append("severity is between 0 and 1")
    if is_child_safety and terms.severity < least.severity:
        found.append("the severity of child safety can't be lowered")
    if floor < floor_least:
        found.append(f"the least priority can't be below {floor_least}")
    if not is_child_safety and floor >= CHILD_SAFETY_FLOOR:
        found.append(f"a least priority of {CHILD_SAFETY_FLOOR} and more is for child safety")
    if floor > 100:
        found.append("a priority is at most 100")
    if least.needs_two_to_dismiss and not terms.needs_two_to_dismiss:
        found.append("dismissing reports under it takes two people, and goes on to")
    if terms.ladder not in _STRENGTH or _STRENGTH[terms.ladder] < _STRENGTH[least.ladder]:
        found.append("what a machine's finding leads to can't be weakened")
    elif terms.ladder == HOLD and not is_child_safety:
        found.append("only child safety holds somebody until a person decides")
    if not 0 <= terms.strike_weight <= STRIKE_WEIGHT_MAX:
        found.append(f"a strike weighs 0 to {STRIKE_WEIGHT_MAX}")
    if least.strike_weight == 0 and terms.strike_weight:
        found.append("it protects and punishes nobody: it has no strike")
    return found


def _wrong_labels(terms: Terms) -> list[str]:
    found = []
    if terms.dsa_category not in CATEGORIES:
        found.append("the EU's database has no such category")
    if not terms.dsa_keywords or not set(terms.dsa_keywords) <= set(KEYWORDS):
        found.append("choose at least one keyword of the EU's database")
    return found
