"""How leads change the policies: draft, look at what changes, publish.

An edit makes a new version; what was decided points at the version that it was decided under. What
may not change is in `reports.house_rules.policy_terms`. A finer policy stands below the one of a
rule and is for people to choose: reports come in, and machines act, under the rule's own.

    PolicyEditError      a retry does not help
    ├── BoundsError      the terms leave their bounds; `complaints` say where
    ├── CodeTakenError   there is a policy of that code
    ├── MustStayError    policies that came with the program, or have finer ones, can't be retired
    └── OutdatedError    the policy was changed, or the draft closed, since

`NotAllowedError`, `Policy.DoesNotExist` and `PolicyEdit.DoesNotExist` are raised as they are.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError

from reports.house_rules import policies
from reports.house_rules.policy_terms import Change, Terms, changes, complaints
from reports.models import Policy, PolicyEdit
from reports.roles import Right, require
from reports.trail import audit, chain

_NUMBERS = ("severity", "strike_weight", "floor", "needs_two_to_dismiss", "ladder")
"""What the trail keeps as it is; of words it keeps a digest."""


class PolicyEditError(Exception):
    """The policy can't be changed as asked."""


class BoundsError(PolicyEditError):
    """The terms are out of bounds."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__("; ".join(found))
        self.complaints = tuple(found)


class CodeTakenError(PolicyEditError):
    """Codes are given once, also those of retired policies."""


class MustStayError(PolicyEditError):
    """It can't vanish."""


class OutdatedError(PolicyEditError):
    """Look again."""


def terms_of(policy: Policy) -> Terms:
    """What the version says and leads to."""
    return Terms(**{name: getattr(policy, name) for name in Terms.__slots__})


def draft(policy: Policy, terms: Terms, *, acting_user: User, now: datetime) -> PolicyEdit:
    """Keep what `policy` is to become; one open draft per policy, the newest words count."""
    _require(policy, acting_user)
    _check(terms, policy)
    return _keep(
        policy.code, policy.parent, policy, asdict(terms), acting_user=acting_user, now=now
    )


def draft_finer(
    parent: Policy, code: str, terms: Terms, *, acting_user: User, now: datetime
) -> PolicyEdit:
    """Keep what a finer policy below `parent` is to be."""
    _require(parent, acting_user)
    if Policy.objects.filter(code=code).exists():
        raise CodeTakenError(f"there is, or was, a policy {code}")
    _check_finer(terms, parent)
    return _keep(code, parent.code, None, asdict(terms), acting_user=acting_user, now=now)


def draft_retirement(policy: Policy, *, acting_user: User, now: datetime) -> PolicyEdit:
    """Keep that nobody is to decide under `policy` any more."""
    _require(policy, acting_user)
    _require_may_go(policy)
    return _keep(policy.code, policy.parent, policy, {}, acting_user=acting_user, now=now)


def preview(edit: PolicyEdit) -> list[Change]:
    """What publishing changes; for a new policy everything."""
    after = Terms(**edit.terms)
    if edit.based_on is not None:
        return changes(terms_of(edit.based_on), after)
    return [Change(name=name, before="", after=value) for name, value in asdict(after).items()]


def publish(edit_id: int, *, reason: str, acting_user: User, now: datetime) -> Policy:
    """Make the draft the current version, or retire the policy; returns that version."""
    require(acting_user, Right.EDIT_POLICIES)
    with audit.trail():
        edit = _open(edit_id)
        rows = Policy.objects.select_for_update().filter(code__in=(edit.code, edit.parent))
        by_code = {row.code: row for row in rows if row.is_current}
        standing = by_code.get(edit.code)
        if (standing and standing.pk) != edit.based_on_id:
            raise OutdatedError("the policy was changed since; draft it anew")
        base = standing or by_code.get(edit.parent)
        if base is None:
            raise OutdatedError("the policy above is gone")
        _require(base, acting_user)
        if not edit.terms:
            made = _retire(base)
        else:
            terms = Terms(**edit.terms)
            if standing is None:
                _check_finer(terms, base)
            else:
                _check(terms, standing)
                _check_below(terms, standing)
            made = _new_version(edit, base, standing, terms)
        _close(edit, reason=reason, acting_user=acting_user, now=now, made=made)
        audit.record(
            "policy.published" if edit.terms else "policy.retired",
            target=f"policy:{edit.code}",
            payload=_payload(edit, made),
            acting_user=acting_user,
            now=now,
        )
    return made


def discard(edit_id: int, *, acting_user: User, now: datetime) -> None:
    """Drop a draft."""
    require(acting_user, Right.EDIT_POLICIES)
    with audit.trail():
        edit = _open(edit_id)
        _close(edit, reason="", acting_user=acting_user, now=now, made=None)
        audit.record(
            "policy.draft_discarded",
            target=f"policy:{edit.code}",
            payload={"draft": edit.pk},
            acting_user=acting_user,
            now=now,
        )


def is_shipped(policy: Policy) -> bool:
    """Whether the policy came with the program: then it stays, within its bounds."""
    return policy.code in _SHIPPED


_SHIPPED = {one.code: one for one in policies.POLICIES}


def _require(policy: Policy, user: User) -> None:
    require(user, Right.EDIT_POLICIES)
    if policy.is_child_safety:
        require(user, Right.CHILD_SAFETY)


def _check(terms: Terms, policy: Policy) -> None:
    """Held against what the program came with; a finer one against the one above."""
    shipped = _SHIPPED.get(policy.code)
    if shipped is None:
        _check_finer(terms, Policy.objects.get(code=policy.parent, is_current=True))
        return
    fields = asdict(shipped)
    least = Terms(**{name: fields[name] for name in Terms.__slots__ if name in fields})
    _complain(terms, least, is_child_safety=shipped.is_child_safety, is_root=True)


def _check_finer(terms: Terms, parent: Policy) -> None:
    _complain(terms, terms_of(parent), is_child_safety=parent.is_child_safety, is_root=False)


def _check_below(terms: Terms, policy: Policy) -> None:
    """Finer policies may not end up weaker than the one above them."""
    for finer in Policy.objects.filter(parent=policy.code, is_current=True):
        try:
            _complain(terms_of(finer), terms, is_child_safety=policy.is_child_safety, is_root=False)
        except BoundsError as error:
            raise BoundsError([f"{finer.code}: {one}" for one in error.complaints]) from error


def _complain(terms: Terms, least: Terms, *, is_child_safety: bool, is_root: bool) -> None:
    found = complaints(
        terms,
        least=least,
        is_child_safety=is_child_safety,
        is_root=is_root,
        languages=[code for code, _name in settings.LANGUAGES if code != "en"],
    )
    if found:
        raise BoundsError(found)


def _require_may_go(policy: Policy) -> None:
    if is_shipped(policy):
        raise MustStayError("a policy that came with the program can't be retired")
    if Policy.objects.filter(parent=policy.code, is_current=True).exists():
        raise MustStayError("retire the finer policies below it first")


def _keep(
    code: str,
    parent: str,
    based_on: Policy | None,
    terms: dict[str, Any],
    *,
    acting_user: User,
    now: datetime,
) -> PolicyEdit:
    """A row of its own for each: what is published is the very draft that was looked at."""
    try:
        with audit.trail():
            earlier = PolicyEdit.objects.select_for_update().filter(code=code, closed_at=None)
            for row in earlier:
                _close(row, reason="", acting_user=acting_user, now=now, made=None)
            edit = PolicyEdit.objects.create(
                code=code, parent=parent, based_on=based_on, terms=terms, by=acting_user, at=now
            )
            audit.record(
                "policy.drafted",
                target=f"policy:{code}",
                payload={"draft": edit.pk},
                acting_user=acting_user,
                now=now,
            )
    except IntegrityError as error:
        raise OutdatedError("somebody else drafted it at the same moment; look again") from error
    return edit


def _open(edit_id: int) -> PolicyEdit:
    edit = PolicyEdit.objects.select_for_update().get(pk=edit_id)
    if edit.closed_at is not None:
        raise OutdatedError("this draft was published or discarded")
    return edit


def _new_version(edit: PolicyEdit, base: Policy, standing: Policy | None, terms: Terms) -> Policy:
    if standing is not None:
        standing.is_current = False
        standing.save(update_fields=["is_current"])
    newest = Policy.objects.filter(code=edit.code).order_by("-version").first()
    return Policy.objects.create(
        code=edit.code,
        parent=edit.parent,
        version=newest.version + 1 if newest else 1,
        rule=base.rule,
        is_child_safety=base.is_child_safety,
        **asdict(terms),
    )


def _retire(policy: Policy) -> Policy:
    _require_may_go(policy)
    policy.is_current = False
    policy.save(update_fields=["is_current"])
    return policy


def _close(
    edit: PolicyEdit, *, reason: str, acting_user: User, now: datetime, made: Policy | None
) -> None:
    edit.closed_by, edit.closed_at = acting_user, now
    edit.reason, edit.made = reason, made
    edit.save()


def _payload(edit: PolicyEdit, made: Policy) -> dict[str, Any]:
    if not edit.terms:
        return {"version": made.version}
    found = preview(edit)
    return {
        "version": made.version,
        "changed": [change.name for change in found],
        "numbers": {
            change.name: [change.before, change.after]
            for change in found
            if change.name in _NUMBERS
        },
        "words": hashlib.sha256(
            chain.canonical({"title": made.title, "text": made.text, "words": made.words}).encode()
        ).hexdigest(),
    }
