"""Policies that leads change: a draft, a look, a version of its own."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils.translation import override

from reports.house_rules import policies, policy_edits
from reports.house_rules.policy_edits import (
    BoundsError,
    CodeTakenError,
    MustStayError,
    OutdatedError,
    terms_of,
)
from reports.incoming import intake
from reports.models import AuditEntry, Policy, PolicyEdit, Report, Sanction
from reports.roles import NotAllowedError, Role
from reports.rules import Rule
from reports.sanctions import statements
from reports.sanctions.ladder import Length
from tests.integration.reports.desk import SOON, claimed, confirm
from tests.races import at_once
from tests.report_cases import NOW, staff, user_report

pytestmark = pytest.mark.django_db

SPANISH = {"es": {"title": "Basura y fraude", "text": "Nadie puede anunciar nada aquí."}}


def spam() -> Policy:
    return policies.current(Rule.SPAM, is_child_safety=False)


def drafted(user: User, policy: Policy | None = None, **edit: Any) -> PolicyEdit:
    row = policy or spam()
    return policy_edits.draft(row, replace(terms_of(row), **edit), acting_user=user, now=NOW)


def published(user: User, edit: PolicyEdit) -> Policy:
    return policy_edits.publish(edit.pk, reason="needed", acting_user=user, now=NOW)


def finer(user: User, code: str = "spam-accounts", **edit: Any) -> Policy:
    terms = replace(terms_of(spam()), title="Selling accounts", text="Nobody sells.", **edit)
    draft = policy_edits.draft_finer(spam(), code, terms, acting_user=user, now=NOW)
    return published(user, draft)


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.CHILD_SAFETY, Role.AUDITOR])
def test_only_leads_change_a_policy(role: Role, lead: User) -> None:
    draft, other = drafted(lead, severity=0.4), staff("other", role)
    with pytest.raises(NotAllowedError):
        drafted(other, severity=0.5)
    with pytest.raises(NotAllowedError):
        published(other, draft)
    with pytest.raises(NotAllowedError):
        policy_edits.discard(draft.pk, acting_user=other, now=NOW)
    assert spam().version == 2


def test_a_policy_of_child_safety_takes_that_right_too(lead: User) -> None:
    grooming = policies.current(Rule.GROOMING, is_child_safety=True)
    with pytest.raises(NotAllowedError):
        drafted(lead, grooming, text="Nobody may.")
    both = staff("both", Role.LEAD, Role.CHILD_SAFETY)
    made = published(both, drafted(both, grooming, text="Nobody may."))
    assert made.is_child_safety
    assert made.needs_two_to_dismiss


def test_a_draft_changes_nothing(lead: User) -> None:
    drafted(lead, severity=0.9, text="Nobody may.")
    assert (spam().severity, spam().version) == (0.3, 2)


def test_bounds_hold_for_the_draft_and_again_when_it_is_published(lead: User) -> None:
    with pytest.raises(BoundsError):
        drafted(lead, floor=99)
    draft = drafted(lead, severity=0.5)
    PolicyEdit.objects.filter(pk=draft.pk).update(terms=draft.terms | {"floor": 99})
    with pytest.raises(BoundsError):
        published(lead, draft)
    assert spam().version == 2


def test_a_new_version_holds_and_old_decisions_keep_theirs(lead: User, mod: User) -> None:
    intake.receive(user_report(rule=Rule.SPAM))
    confirm(claimed(mod), mod, Length.HOURS_24, Rule.SPAM)
    decided = Sanction.objects.get()
    said = statements.describe(decided.statement).policy

    made = published(lead, drafted(lead, severity=0.9, text="Nobody may advertise."))

    assert made == spam()
    assert (made.version, made.severity) == (3, 0.9)
    decided.refresh_from_db()
    assert decided.policy.version == 2
    assert statements.describe(decided.statement).policy == said
    later = intake.receive(user_report(rule=Rule.SPAM, reported_at=SOON))
    assert Report.objects.get(pk=later.report).factors[0]["points"] == pytest.approx(36.0)


def test_words_of_the_house_are_read_in_their_language_and_english_elsewhere(
    lead: User, mod: User
) -> None:
    published(lead, drafted(lead, text="Nobody may advertise.", words=SPANISH))
    intake.receive(user_report(rule=Rule.SPAM))
    confirm(claimed(mod), mod, Length.HOURS_24, Rule.SPAM)
    statement = Sanction.objects.get().statement
    with override("es"):
        assert statements.describe(statement).title == "Basura y fraude"
        assert statements.describe(statement).policy == SPANISH["es"]["text"]
    with override("hi"):
        assert statements.describe(statement).policy == "Nobody may advertise."
    assert statement.dsa["incompatible_content_ground"] == "Spam and fraud"


def test_a_draft_of_what_was_changed_since_is_outdated(lead: User) -> None:
    draft = drafted(lead, severity=0.5)
    Policy.objects.filter(pk=spam().pk).update(is_current=False)
    standing = Policy.objects.get(code="spam", version=2)
    standing.pk, standing.version, standing.is_current = None, 9, True
    standing.save()
    with pytest.raises(OutdatedError):
        published(lead, draft)


def test_a_draft_is_published_once_or_discarded(lead: User) -> None:
    first = drafted(lead, severity=0.6)
    published(lead, first)
    for again in (
        published,
        lambda user, draft: policy_edits.discard(draft.pk, acting_user=user, now=NOW),
    ):
        with pytest.raises(OutdatedError):
            again(lead, first)
    second = drafted(lead, severity=0.7)
    policy_edits.discard(second.pk, acting_user=lead, now=NOW)
    assert spam().severity == 0.6


def test_a_finer_policy_is_for_people_and_intake_keeps_to_the_rules_own(
    lead: User, mod: User
) -> None:
    made = finer(lead)
    assert (made.rule, made.parent, made.version) == (Rule.SPAM, "spam", 1)
    assert spam().code == "spam"
    intake.receive(user_report(rule=Rule.SPAM))
    assert claimed(mod).rule == Rule.SPAM


def test_a_finer_policy_is_never_weaker_than_the_one_above(lead: User) -> None:
    threat = policies.current(Rule.THREAT, is_child_safety=False)
    for weaker in ({"needs_two_to_dismiss": False}, {"floor": 10}):
        terms = replace(terms_of(threat), title="Threats of strikes", **weaker)
        with pytest.raises(BoundsError):
            policy_edits.draft_finer(threat, "threat-mild", terms, acting_user=lead, now=NOW)
    finer(lead)
    raised = drafted(lead, floor=50)
    with pytest.raises(BoundsError, match="spam-accounts"):
        published(lead, raised)


def test_a_code_is_given_once(lead: User) -> None:
    made = finer(lead)
    draft = policy_edits.draft_retirement(made, acting_user=lead, now=NOW)
    published(lead, draft)
    with pytest.raises(CodeTakenError):
        finer(lead)


@pytest.mark.parametrize("policy", policies.POLICIES, ids=lambda policy: policy.code)
def test_no_rule_that_came_with_the_program_vanishes(policy: policies.PolicyDraft) -> None:
    both = staff("both", Role.LEAD, Role.CHILD_SAFETY)
    row = Policy.objects.get(code=policy.code, is_current=True)
    with pytest.raises(MustStayError):
        policy_edits.draft_retirement(row, acting_user=both, now=NOW)


def test_a_retired_policy_is_offered_no_more_and_still_read(lead: User) -> None:
    made = finer(lead)
    retired = published(lead, policy_edits.draft_retirement(made, acting_user=lead, now=NOW))
    assert not Policy.objects.filter(code=made.code, is_current=True).exists()
    assert Policy.objects.get(pk=retired.pk).text == "Nobody sells."


def test_the_trail_has_numbers_and_a_digest_and_no_words(lead: User) -> None:
    published(lead, drafted(lead, severity=0.9, text="Nobody may advertise."))
    entry = AuditEntry.objects.get(verb="policy.published")
    payload = json.loads(entry.payload)
    assert (entry.object_id, entry.actor) == ("spam", lead.pk)
    assert payload["changed"] == ["text", "severity"]
    assert payload["numbers"] == {"severity": [0.3, 0.9]}
    assert "advertise" not in entry.payload


@pytest.mark.django_db(transaction=True)
def test_published_by_two_at_once_it_is_one_version() -> None:
    leads = [staff(f"lead-{number}", Role.LEAD) for number in range(2)]
    draft = drafted(leads[0], severity=0.9)
    found = at_once(*(partial(published, user, draft) for user in leads), losing=OutdatedError)
    assert sum(isinstance(one, OutdatedError) for one in found) == 1
    assert spam().version == 3


def test_what_is_published_is_the_draft_that_was_looked_at(lead: User, other_lead: User) -> None:
    looked_at = drafted(lead, severity=0.4)
    slipped_in = drafted(other_lead, severity=1.0)
    with pytest.raises(OutdatedError):
        published(lead, looked_at)
    assert spam().version == 2
    assert published(other_lead, slipped_in).severity == 1.0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_draft_at_once_one_draft_is_open() -> None:
    leads = [staff(f"lead-{number}", Role.LEAD) for number in range(2)]
    at_once(*(partial(drafted, user) for user in leads), losing=OutdatedError)
    assert PolicyEdit.objects.filter(closed_at=None).count() == 1
