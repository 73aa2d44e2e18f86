"""The rules of the house as data: what each weighs, what it leads to, and the words people read.

A rule is called by the title of its policy on every page: where somebody reports, where somebody is
barred, in the statement and in the console. Titles and texts are message ids: English here,
translated where they are shown. Leads change policies while the program runs
(`reports.house_rules.policy_edits`); these are what it comes with, and what an edit is measured by.
To change one here, raise its `version` and run `publish` in a new migration: a version that is
there already, and so a house's own of the same number, stays. What was decided keeps pointing at
its version.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from reports.house_rules.priority import CHILD_SAFETY_FLOOR, INTIMATE_IMAGES_FLOOR, LIFE_FLOOR
from reports.models import Ladder, Policy
from reports.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDraft:
    """One version of a rule; fields as in `reports.models.Policy`."""

    code: str
    rule: str
    title: str
    text: str
    severity: float
    dsa_category: str
    dsa_keywords: list[str]
    version: int = 1
    strike_weight: int = 1
    ladder: str = Ladder.PERSON
    floor: int | None = None
    is_child_safety: bool = False
    needs_two_to_dismiss: bool = False


KNOWN_PICTURE = "known-picture"
"""What meeting a bank entry leads to, whatever the picture shows: sealed, and a hold (I11, I15)."""

POLICIES = (
    PolicyDraft(
        code="nudity",
        rule=Rule.NUDITY,
        title=_("Nudity on camera"),
        version=2,
        text=_(
            "Nobody may show intimate parts of the body or sexual acts on camera, their own or "
            "another's."
        ),
        severity=0.7,
        ladder=Ladder.STRIKES,
        dsa_category="STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        dsa_keywords=["KEYWORD_NUDITY"],
    ),
    PolicyDraft(
        code="nudity-age-doubt",
        rule=Rule.NUDITY,
        title=_("Nudity where the age is in doubt"),
        text=_(
            "A picture with intimate parts of the body was stopped, and we can't rule out that it "
            "shows somebody under 18. A person from the child-safety team looks at it first. "
            "If somebody pressed you into this, tell us on this page: you will not be punished."
        ),
        severity=1.0,
        ladder=Ladder.HOLD,
        floor=CHILD_SAFETY_FLOOR,
        is_child_safety=True,
        needs_two_to_dismiss=True,
        dsa_category="STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        dsa_keywords=["KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"],
    ),
    PolicyDraft(
        code=KNOWN_PICTURE,
        rule=Rule.NUDITY,
        title=_("A picture that is known to break the rules"),
        text=_(
            "Your camera showed a picture that people here found to break the rules before, or "
            "that stands on a list of such pictures. A person looks at it before anything else "
            "follows. If it was a mistake, appeal and say so."
        ),
        severity=1.0,
        ladder=Ladder.HOLD,
        floor=CHILD_SAFETY_FLOOR,
        is_child_safety=True,
        needs_two_to_dismiss=True,
        dsa_category="STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        dsa_keywords=["KEYWORD_OTHER"],
    ),
    PolicyDraft(
        code="minor",
        rule=Rule.MINOR,
        title=_("Possibly under 18"),
        version=2,
        text=_(
            "This place is for adults. Something here says that you may be under 18, so you are "
            "kept out until a person has looked at it. If you are an adult, appeal and say so. If "
            "you are not, you have done nothing bad by telling: the help page is for you."
        ),
        severity=1.0,
        strike_weight=0,
        ladder=Ladder.HOLD,
        floor=CHILD_SAFETY_FLOOR,
        is_child_safety=True,
        needs_two_to_dismiss=True,
        dsa_category="STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        dsa_keywords=["KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS"],
    ),
    PolicyDraft(
        code="grooming",
        rule=Rule.GROOMING,
        title=_("Sexual approaches to minors"),
        text=_("Nobody may seek sexual talk, pictures or meetings with somebody under 18."),
        severity=1.0,
        strike_weight=3,
        ladder=Ladder.HOLD,
        floor=CHILD_SAFETY_FLOOR,
        is_child_safety=True,
        needs_two_to_dismiss=True,
        dsa_category="STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
        dsa_keywords=["KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS"],
    ),
    PolicyDraft(
        code="sexual-pressure",
        rule=Rule.SEXUAL_PRESSURE,
        title=_("Sexual pressure"),
        text=_("Nobody may press others to undress or to talk about sex. No means no."),
        severity=0.8,
        dsa_category="STATEMENT_CATEGORY_CYBER_VIOLENCE",
        dsa_keywords=["KEYWORD_CYBER_HARASSMENT"],
    ),
    PolicyDraft(
        code="blackmail",
        rule=Rule.BLACKMAIL,
        title=_("Blackmail"),
        text=_("Nobody may threaten to publish pictures or secrets of others."),
        severity=0.9,
        strike_weight=2,
        floor=INTIMATE_IMAGES_FLOOR,
        dsa_category="STATEMENT_CATEGORY_CYBER_VIOLENCE",
        dsa_keywords=["KEYWORD_NON_CONSENSUAL_IMAGE_SHARING"],
    ),
    PolicyDraft(
        code="threat",
        rule=Rule.THREAT,
        title=_("Threats"),
        text=_("Nobody may threaten others with violence."),
        severity=0.9,
        strike_weight=2,
        floor=LIFE_FLOOR,
        needs_two_to_dismiss=True,
        dsa_category="STATEMENT_CATEGORY_VIOLENCE",
        dsa_keywords=["KEYWORD_OTHER"],
    ),
    PolicyDraft(
        code="self-harm",
        rule=Rule.SELF_HARM,
        title=_("Self-harm"),
        text=_(
            "Nobody may show or call for self-harm. If you are in danger, the help page is for "
            "you: it is no punishment."
        ),
        severity=0.9,
        strike_weight=0,
        floor=LIFE_FLOOR,
        needs_two_to_dismiss=True,
        dsa_category="STATEMENT_CATEGORY_SELF_HARM",
        dsa_keywords=["KEYWORD_OTHER"],
    ),
    PolicyDraft(
        code="hate",
        rule=Rule.HATE,
        title=_("Hate"),
        text=_("Nobody may attack others for what they are: origin, faith, sex, love, disability."),
        severity=0.7,
        dsa_category="STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
        dsa_keywords=["KEYWORD_HATE_SPEECH"],
    ),
    PolicyDraft(
        code="harassment",
        rule=Rule.HARASSMENT,
        title=_("Harassment"),
        text=_("Nobody may insult, humiliate or pursue others."),
        severity=0.5,
        dsa_category="STATEMENT_CATEGORY_CYBER_VIOLENCE",
        dsa_keywords=["KEYWORD_CYBER_HARASSMENT"],
    ),
    PolicyDraft(
        code="violence",
        rule=Rule.VIOLENCE,
        title=_("Violence on camera"),
        text=_("Nobody may show cruelty or violence on camera."),
        severity=0.8,
        dsa_category="STATEMENT_CATEGORY_VIOLENCE",
        dsa_keywords=["KEYWORD_OTHER"],
    ),
    PolicyDraft(
        code="spam",
        rule=Rule.SPAM,
        title=_("Spam and fraud"),
        version=2,
        text=_("Nobody may advertise, send the same lines to many, or lure others elsewhere."),
        severity=0.3,
        ladder=Ladder.STRIKES,
        dsa_category="STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
        dsa_keywords=["KEYWORD_OTHER"],
    ),
    PolicyDraft(
        code="recording",
        rule=Rule.RECORDING,
        title=_("Recording others"),
        text=_("Nobody may record others or spread their pictures without consent."),
        severity=0.8,
        floor=INTIMATE_IMAGES_FLOOR,
        dsa_category="STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
        dsa_keywords=["KEYWORD_NON_CONSENSUAL_IMAGE_SHARING"],
    ),
    PolicyDraft(
        code="other",
        rule=Rule.OTHER,
        title=_("Other breach of the rules"),
        text=_("Something else that the rules of this place don't allow."),
        severity=0.3,
        dsa_category="STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
        dsa_keywords=["KEYWORD_OTHER"],
    ),
)

_TITLES = {
    draft.rule: draft.title
    for draft in POLICIES
    if draft.code not in {"nudity-age-doubt", KNOWN_PICTURE}
}


def title(rule: Rule) -> str:
    """What the rule is called, in the active language."""
    return gettext(_TITLES[rule])


def titles() -> dict[str, str]:
    """What each policy is called now, by its code, in the active language."""
    return {policy.code: policy.shown_title for policy in Policy.objects.filter(is_current=True)}


def publish(policy_model: Any) -> None:
    """Make the drafts above the current versions; versions already there stay as they are.

    Takes the model, so that a migration can pass the historical one.
    """
    for draft in POLICIES:
        if policy_model.objects.filter(code=draft.code, version=draft.version).exists():
            continue
        policy_model.objects.filter(code=draft.code).update(is_current=False)
        policy_model.objects.create(**asdict(draft))


def of(rules: Collection[str]) -> QuerySet[Policy]:
    """The current policies of these rules, without the one that bank entries alone lead to, and
    without finer ones, which only people choose."""
    rows = Policy.objects.filter(rule__in=rules, is_current=True, parent="")
    return rows.exclude(code=KNOWN_PICTURE)


def current(rule: Rule, *, is_child_safety: bool) -> Policy:
    """The current policy of `rule`; with `is_child_safety` the sealed one where there are two."""
    choices = of({rule})
    wanted = choices.filter(is_child_safety=is_child_safety).first()
    return wanted or choices.get()


def known_picture() -> Policy:
    """The current policy of pictures that a bank knows."""
    return Policy.objects.get(code=KNOWN_PICTURE, is_current=True)
